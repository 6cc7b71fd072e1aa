#include "agent/containers/create_document.hpp"

#include "containers/document_example.hpp"

namespace agent::containers {
namespace {

using Json = nlohmann::ordered_json;

TEST(CreateDocument, SaysNothingThatTheDefinitionDoesNotSay) {
    const Example example;
    EXPECT_EQ(
        example.text(),
        R"({"Image":"nginx:1","Env":["ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/the-id",)"
        R"("ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/the-id",)"
        R"("ECS_AGENT_URI=http://169.254.170.2/api/the-id","AWS_REGION=eu-west-1",)"
        R"("AWS_DEFAULT_REGION=eu-west-1","AWS_EXECUTION_ENV=AWS_ECS_EC2"],"Labels":{"a":"b"},)"
        R"("HostConfig":{"NetworkMode":"bridge","CpuShares":2}})");
}

TEST(CreateDocument, ABodyOfBeforeIsStillTheSame) {
    Example example;
    auto& web = example.web();
    web.command = {"sleep", "a b"};
    web.entry_point = {"/bin/sh"};
    web.environment = {{"MODE", "live"}, {"ECS_AGENT_URI", "forged"}};
    web.cpu = 128;
    web.memory = 64;
    web.port_mappings = {port_mapping(80, 8080), port_mapping(53, 0, definition::Protocol::udp),
                         port_mapping(80, 8081)};
    definition::Volume volume;
    volume.name = "logs";
    volume.host_source_path = "/var/log/shop";
    example.definition.volumes = {volume};
    web.mount_points = {{"logs", "/logs", true}};
    example.facts.metadata_bind = "/data/x:/ecs/metadata/web:ro";
    example.facts.metadata_environment = "ECS_CONTAINER_METADATA_FILE=/f";
    EXPECT_EQ(
        example.text(),
        R"({"Image":"nginx:1","Env":["MODE=live",)"
        R"("ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/the-id",)"
        R"("ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/the-id",)"
        R"("ECS_AGENT_URI=http://169.254.170.2/api/the-id","ECS_CONTAINER_METADATA_FILE=/f",)"
        R"("AWS_REGION=eu-west-1","AWS_DEFAULT_REGION=eu-west-1","AWS_EXECUTION_ENV=AWS_ECS_EC2"],)"
        R"("Labels":{"a":"b"},"Cmd":["sleep","a b"],"Entrypoint":["/bin/sh"],)"
        R"("ExposedPorts":{"80/tcp":{},"53/udp":{}},)"
        R"("HostConfig":{"NetworkMode":"bridge","CpuShares":128,"Memory":67108864,)"
        R"("PortBindings":{"80/tcp":[{"HostPort":"8080"},{"HostPort":"8081"}],)"
        R"("53/udp":[{"HostPort":""}]},)"
        R"("Binds":["/var/log/shop:/logs:ro","/data/x:/ecs/metadata/web:ro"]}})");
}

TEST(CreateDocument, TellsTheContainerAndItsLogDriverWhereCredentialsAre) {
    Example example;
    example.web().log_configuration.emplace().driver = "awslogs";
    example.facts.role_variables = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/1"};
    example.facts.log_credentials = "/v2/credentials/2";
    EXPECT_EQ(
        example.text(),
        R"({"Image":"nginx:1","Env":["ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/the-id",)"
        R"("ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/the-id",)"
        R"("ECS_AGENT_URI=http://169.254.170.2/api/the-id",)"
        R"("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/1","AWS_REGION=eu-west-1",)"
        R"("AWS_DEFAULT_REGION=eu-west-1","AWS_EXECUTION_ENV=AWS_ECS_EC2"],"Labels":{"a":"b"},)"
        R"("HostConfig":{"NetworkMode":"bridge","CpuShares":2,"LogConfig":{"Type":"awslogs",)"
        R"("Config":{"awslogs-credentials-endpoint":"/v2/credentials/2"}}}})");
}

TEST(CreateDocument, CommandAndEntryPointAreTheImagesUnlessSaid) {
    Example example;
    EXPECT_TRUE(example.field("Cmd").is_null());
    EXPECT_TRUE(example.field("Entrypoint").is_null());
    example.web().command = {"sleep", "a b"};
    example.web().entry_point = {"/bin/sh"};
    EXPECT_EQ(example.field("Cmd"), Json({"sleep", "a b"}));
    EXPECT_EQ(example.field("Entrypoint"), Json({"/bin/sh"}));
}

TEST(CreateDocument, WhoWhereAndUnderWhichNameAreTheImagesUnlessSaid) {
    Example example;
    for (const auto* name : {"User", "WorkingDir", "Hostname", "Tty", "OpenStdin", "Healthcheck"})
        EXPECT_TRUE(example.field(name).is_null()) << name;
    auto& web = example.web();
    web.user = "1000:1000";
    web.working_directory = "/srv";
    web.hostname = "shop";
    web.pseudo_terminal = true;
    web.interactive = true;
    EXPECT_EQ(example.field("User"), "1000:1000");
    EXPECT_EQ(example.field("WorkingDir"), "/srv");
    EXPECT_EQ(example.field("Hostname"), "shop");
    EXPECT_EQ(example.field("Tty"), true);
    EXPECT_EQ(example.field("OpenStdin"), true);
}

TEST(CreateDocument, HealthCheckHasNanoseconds) {
    Example example;
    definition::HealthCheck check;
    check.command = {"CMD-SHELL", "true"};
    check.interval = std::chrono::seconds(7);
    check.timeout = std::chrono::seconds(2);
    check.retries = 4;
    check.start_period = std::chrono::seconds(300);
    example.web().health_check = check;
    EXPECT_EQ(example.field("Healthcheck"),
              Json::parse(R"({"Test":["CMD-SHELL","true"],"Interval":7000000000,
                              "Timeout":2000000000,"Retries":4,"StartPeriod":300000000000})"));
}

TEST(CreateDocument, RangesArePublishedOnTheChosenPortsInTheirOrder) {
    Example example;
    example.web().port_mappings = {port_range(7000, 7002), port_mapping(80, 0),
                                   port_range(9000, 9001, definition::Protocol::udp)};
    example.facts.host_ports = {40000, 0, 50000};
    EXPECT_EQ(example.field("ExposedPorts"),
              Json::parse(R"({"7000/tcp":{},"7001/tcp":{},"7002/tcp":{},"80/tcp":{},
                              "9000/udp":{},"9001/udp":{}})"));
    EXPECT_EQ(example.host("PortBindings"),
              Json::parse(R"({"7000/tcp":[{"HostPort":"40000"}],"7001/tcp":[{"HostPort":"40001"}],
                              "7002/tcp":[{"HostPort":"40002"}],"80/tcp":[{"HostPort":""}],
                              "9000/udp":[{"HostPort":"50000"}],
                              "9001/udp":[{"HostPort":"50001"}]})"));
}

TEST(CreateDocument, ARangeUpToTheLastPortEnds) {
    Example example;
    example.web().port_mappings = {port_range(65534, 65535)};
    example.facts.host_ports = {40000};
    EXPECT_EQ(example.field("ExposedPorts").size(), 2U);
}

TEST(CreateDocument, PortsAreExposedAndPublishedInBridgeModeOnly) {
    Example example;
    example.web().port_mappings = {port_mapping(80, 80), port_range(90, 92)};
    for (const auto mode :
         {model::NetworkMode::host, model::NetworkMode::none, model::NetworkMode::awsvpc}) {
        example.definition.network_mode = mode;
        EXPECT_TRUE(example.field("ExposedPorts").is_null());
        EXPECT_TRUE(example.host("PortBindings").is_null());
    }
}

TEST(CreateDocument, BrokenUtf8DoesNotThrow) {
    Example example;
    example.web().environment = {{"NOISE", "\xff\xfe"}};
    EXPECT_EQ(example.variable("NOISE"), "\xef\xbf\xbd\xef\xbf\xbd");
}

} // namespace
} // namespace agent::containers
