#include "agent/engine/create_document.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::engine {
namespace {

using Json = nlohmann::ordered_json;

/// A task of one container, and what is known when it is created.
struct Example {
    Example() {
        task.family = "shop";
        definition.name = "web";
        definition.image = "nginx:1";
        container.endpoint_id = "the-id";
        container.labels = {{"a", "b"}};
        facts.region = "eu-west-1";
    }

    Json document() const {
        return Json::parse(create_document(task, definition, container, facts));
    }
    /// The value of a variable; nothing when it is not set, and a failure when it is set twice.
    std::optional<std::string> variable(const std::string& name) const {
        std::optional<std::string> value;
        const auto all = document();
        for (const auto& entry : all.at("Env")) {
            const auto text = entry.get<std::string>();
            if (!text.starts_with(name + '='))
                continue;
            EXPECT_FALSE(value) << name << " is there twice";
            value = text.substr(name.size() + 1);
        }
        return value;
    }

    definition::TaskDefinition task;
    definition::ContainerDefinition definition;
    model::Container container;
    CreateFacts facts;
};

TEST(CreateDocument, GivesTheContainerItsEndpoints) {
    const Example example;
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI"), "http://169.254.170.2/v3/the-id");
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI_V4"), "http://169.254.170.2/v4/the-id");
    EXPECT_EQ(example.variable("ECS_AGENT_URI"), "http://169.254.170.2/api/the-id");
    EXPECT_EQ(example.variable("AWS_EXECUTION_ENV"), "AWS_ECS_EC2");
    EXPECT_EQ(example.variable("AWS_REGION"), "eu-west-1");
    EXPECT_EQ(example.variable("AWS_DEFAULT_REGION"), "eu-west-1");
    EXPECT_EQ(example.document().at("Image"), "nginx:1");
    EXPECT_EQ(example.document().at("Labels"), Json({{"a", "b"}}));
}

TEST(CreateDocument, OurVariablesWinOverTheDefinitions) {
    Example example;
    example.definition.environment = {{"ECS_CONTAINER_METADATA_URI_V4", "forged"},
                                      {"ECS_AGENT_URI", "forged"},
                                      {"ECS_CONTAINER_METADATA_URI_V4_TOO", "kept"},
                                      {"MODE", "live=1"}};
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI_V4"), "http://169.254.170.2/v4/the-id");
    EXPECT_EQ(example.variable("ECS_AGENT_URI"), "http://169.254.170.2/api/the-id");
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI_V4_TOO"), "kept");
    EXPECT_EQ(example.variable("MODE"), "live=1");
}

TEST(CreateDocument, RegionIsTheUsersWhereverHeSaysOne) {
    Example in_definition;
    in_definition.definition.environment = {{"AWS_REGION", "us-east-2"}};
    EXPECT_EQ(in_definition.variable("AWS_REGION"), "us-east-2");
    EXPECT_EQ(in_definition.variable("AWS_DEFAULT_REGION"), std::nullopt);
    Example other_name;
    other_name.definition.environment = {{"AWS_DEFAULT_REGION", "us-east-2"}};
    EXPECT_EQ(other_name.variable("AWS_REGION"), std::nullopt);
    Example in_image;
    in_image.facts.image_environment = {"PATH=/bin", "AWS_REGION=us-east-2"};
    EXPECT_EQ(in_image.variable("AWS_REGION"), std::nullopt) << "the image's own value counts";
    EXPECT_EQ(in_image.variable("AWS_DEFAULT_REGION"), std::nullopt);
    Example similar;
    similar.facts.image_environment = {"AWS_REGION_HINT=us-east-2"};
    EXPECT_EQ(similar.variable("AWS_REGION"), "eu-west-1");
    Example unknown;
    unknown.facts.region.clear();
    EXPECT_EQ(unknown.variable("AWS_REGION"), std::nullopt);
}

TEST(CreateDocument, ExecutionEnvironmentIsTheUsersWhereHeSaysOne) {
    Example example;
    example.definition.environment = {{"AWS_EXECUTION_ENV", "TEST"}};
    EXPECT_EQ(example.variable("AWS_EXECUTION_ENV"), "TEST");
    example.definition.environment.clear();
    example.facts.image_environment = {"AWS_EXECUTION_ENV=IMAGE"};
    EXPECT_EQ(example.variable("AWS_EXECUTION_ENV"), std::nullopt);
}

TEST(CreateDocument, MetadataFileIsBoundAndNamedOnlyWhereTheFeatureIsOn) {
    Example example;
    EXPECT_FALSE(example.document().at("HostConfig").contains("Binds"));
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_FILE"), std::nullopt);
    example.facts.metadata_bind = "/data/x:/ecs/metadata/web:ro";
    example.facts.metadata_environment =
        "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json";
    example.definition.environment = {{"ECS_CONTAINER_METADATA_FILE", "forged"}};
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_FILE"), "/ecs/metadata/web/metadata.json");
    EXPECT_EQ(example.document().at("HostConfig").at("Binds"),
              Json({"/data/x:/ecs/metadata/web:ro"}));
}

TEST(CreateDocument, MountsVolumesByTheirHostPath) {
    Example example;
    example.task.volumes = {{"logs", "/var/log/shop"}, {"etc", "/srv/etc"}};
    example.definition.mount_points = {{"etc", "/etc/shop", true}, {"logs", "/logs", false}};
    EXPECT_EQ(example.document().at("HostConfig").at("Binds"),
              Json({"/srv/etc:/etc/shop:ro", "/var/log/shop:/logs"}));
}

TEST(CreateDocument, PublishesPortsInBridgeModeOnly) {
    Example example;
    example.definition.port_mappings = {{80, 8080, definition::Protocol::tcp},
                                        {53, 0, definition::Protocol::udp},
                                        {80, 8081, definition::Protocol::tcp}};
    const auto document = example.document();
    EXPECT_EQ(document.at("ExposedPorts").size(), 2U);
    EXPECT_EQ(document.at("HostConfig").at("PortBindings"),
              Json::parse(R"({"80/tcp":[{"HostPort":"8080"},{"HostPort":"8081"}],
                              "53/udp":[{"HostPort":""}]})"));
    for (const auto mode : {definition::NetworkMode::host, definition::NetworkMode::none,
                            definition::NetworkMode::awsvpc}) {
        example.task.network_mode = mode;
        EXPECT_FALSE(example.document().contains("ExposedPorts"));
        EXPECT_FALSE(example.document().at("HostConfig").contains("PortBindings"));
    }
}

TEST(CreateDocument, NetworkModeIsTheTasksAndAwsvpcJoinsThePauseContainer) {
    Example example;
    const auto mode = [&](definition::NetworkMode wanted) {
        example.task.network_mode = wanted;
        return example.document().at("HostConfig").at("NetworkMode").get<std::string>();
    };
    example.facts.pause_id = "fedc";
    EXPECT_EQ(mode(definition::NetworkMode::bridge), "bridge");
    EXPECT_EQ(mode(definition::NetworkMode::host), "host");
    EXPECT_EQ(mode(definition::NetworkMode::none), "none");
    EXPECT_EQ(mode(definition::NetworkMode::awsvpc), "container:fedc");
}

TEST(CreateDocument, CpuSharesStayWithinWhatTheKernelTakes) {
    Example example;
    const auto shares = [&](std::int64_t cpu) {
        example.definition.cpu = cpu;
        return example.document().at("HostConfig").at("CpuShares").get<std::int64_t>();
    };
    EXPECT_EQ(shares(0), 2) << "what asks for nothing gets the least, as on ECS";
    EXPECT_EQ(shares(1), 2);
    EXPECT_EQ(shares(256), 256);
    EXPECT_EQ(shares(1'000'000), 262144);
}

TEST(CreateDocument, MemoryIsALimitInBytesWhereItIsSaid) {
    Example example;
    EXPECT_FALSE(example.document().at("HostConfig").contains("Memory"));
    example.definition.memory = 8192;
    EXPECT_EQ(example.document().at("HostConfig").at("Memory"), 8192LL * 1024 * 1024);
}

TEST(CreateDocument, CommandAndEntryPointAreTheImagesUnlessSaid) {
    Example example;
    EXPECT_FALSE(example.document().contains("Cmd"));
    EXPECT_FALSE(example.document().contains("Entrypoint"));
    example.definition.command = {"sleep", "a b"};
    example.definition.entry_point = {"/bin/sh"};
    EXPECT_EQ(example.document().at("Cmd"), Json({"sleep", "a b"}));
    EXPECT_EQ(example.document().at("Entrypoint"), Json({"/bin/sh"}));
}

TEST(CreateDocument, BrokenUtf8DoesNotThrow) {
    Example example;
    example.definition.environment = {{"NOISE", "\xff\xfe"}};
    EXPECT_EQ(example.variable("NOISE"), "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST(PauseDocument, HasNoRightsNoLogsAndTheTasksNetwork) {
    model::Container pause;
    pause.image = "pause:1";
    pause.labels = {{"a", "b"}};
    const auto document = Json::parse(pause_document(pause, "ecs-awsvpc"));
    EXPECT_EQ(document.at("Image"), "pause:1");
    EXPECT_EQ(document.at("Labels"), Json({{"a", "b"}}));
    const auto& host = document.at("HostConfig");
    EXPECT_EQ(host.at("NetworkMode"), "ecs-awsvpc");
    EXPECT_EQ(host.at("CapDrop"), Json({"ALL"}));
    EXPECT_EQ(host.at("ReadonlyRootfs"), true);
    EXPECT_EQ(host.at("SecurityOpt"), Json({"no-new-privileges"}));
    EXPECT_EQ(host.at("LogConfig").at("Type"), "none");
}

} // namespace
} // namespace agent::engine
