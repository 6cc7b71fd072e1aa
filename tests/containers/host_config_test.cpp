#include "agent/containers/host_config.hpp"
#include "agent/containers/log_options.hpp"

#include "containers/document_example.hpp"

namespace agent::containers {
namespace {

using Json = nlohmann::ordered_json;
using definition::Sharing;
using model::NetworkMode;

TEST(HostConfig, NetworkModeIsTheTasksAndAwsvpcJoinsThePauseContainer) {
    Example example;
    const auto mode = [&](NetworkMode wanted) {
        example.definition.network_mode = wanted;
        return example.host("NetworkMode").get<std::string>();
    };
    example.facts.pause_id = "fedc";
    EXPECT_EQ(mode(NetworkMode::bridge), "bridge");
    EXPECT_EQ(mode(NetworkMode::host), "host");
    EXPECT_EQ(mode(NetworkMode::none), "none");
    EXPECT_EQ(mode(NetworkMode::awsvpc), "container:fedc");
}

TEST(HostConfig, ProcessesAndSharedMemoryAreSharedAsTheTaskSays) {
    Example example;
    example.facts.namespace_pause_id = "cdef";
    const auto modes = [&](Sharing pid, Sharing ipc) {
        example.definition.pid_mode = pid;
        example.definition.ipc_mode = ipc;
        return std::pair(example.host("PidMode"), example.host("IpcMode"));
    };
    EXPECT_EQ(modes(Sharing::own, Sharing::own), std::pair(Json(), Json()));
    EXPECT_EQ(modes(Sharing::host, Sharing::none), std::pair(Json("host"), Json("none")));
    EXPECT_EQ(modes(Sharing::task, Sharing::host), std::pair(Json("container:cdef"), Json("host")));
    EXPECT_EQ(modes(Sharing::own, Sharing::task), std::pair(Json(), Json("container:cdef")));
}

TEST(HostConfig, CpuSharesStayWithinWhatTheKernelTakes) {
    Example example;
    const auto shares = [&](std::int64_t cpu) {
        example.web().cpu = cpu;
        return example.host("CpuShares").get<std::int64_t>();
    };
    EXPECT_EQ(shares(0), 2) << "what asks for nothing gets the least, as on ECS";
    EXPECT_EQ(shares(1), 2);
    EXPECT_EQ(shares(256), 256);
    EXPECT_EQ(shares(1'000'000), 262144);
}

TEST(HostConfig, MemoryIsInBytesWhereItIsSaid) {
    Example example;
    EXPECT_TRUE(example.host("Memory").is_null());
    EXPECT_TRUE(example.host("MemoryReservation").is_null());
    example.web().memory = 8192;
    example.web().memory_reservation = 16;
    EXPECT_EQ(example.host("Memory"), 8192LL * 1024 * 1024);
    EXPECT_EQ(example.host("MemoryReservation"), 16LL * 1024 * 1024);
}

TEST(HostConfig, SwapIsBesideTheMemory) {
    Example example;
    auto& parameters = example.web().linux_parameters;
    example.web().memory = 64;
    parameters.swappiness = 10;
    EXPECT_TRUE(example.host("MemorySwap").is_null());
    EXPECT_TRUE(example.host("MemorySwappiness").is_null()) << "not without maxSwap, as on ECS";
    parameters.max_swap_mib = 32;
    EXPECT_EQ(example.host("MemorySwap"), 96LL * 1024 * 1024);
    EXPECT_EQ(example.host("MemorySwappiness"), 10);
    parameters.max_swap_mib = 0;
    EXPECT_EQ(example.host("MemorySwap"), example.host("Memory")) << "no swap at all";
    parameters.swappiness.reset();
    EXPECT_TRUE(example.host("MemorySwappiness").is_null());
}

TEST(HostConfig, MountsVolumesByTheirPathOrTheirNameInDocker) {
    Example example;
    example.definition.volumes.resize(3);
    example.definition.volumes[0].name = "logs";
    example.definition.volumes[0].host_source_path = "/var/log/shop";
    example.definition.volumes[1].name = "data";
    example.definition.volumes[2].name = "etc";
    example.definition.volumes[2].host_source_path = "/srv/etc";
    example.facts.volume_names = {{"data", "ecs-shop-1-data-00"}};
    example.web().mount_points = {
        {"etc", "/etc/shop", true}, {"data", "/data", false}, {"data", "/again", true}};
    example.facts.metadata_bind = "/x:/ecs/metadata/web:ro";
    EXPECT_EQ(example.host("Binds"),
              Json({"/srv/etc:/etc/shop:ro", "ecs-shop-1-data-00:/data",
                    "ecs-shop-1-data-00:/again:ro", "/x:/ecs/metadata/web:ro"}));
}

TEST(HostConfig, OtherContainersAreCalledByTheirNamesInDocker) {
    Example example;
    example.web().volumes_from = {{"cache", false}, {"cache", true}};
    example.web().links = {"cache", "cache:redis"};
    EXPECT_EQ(example.host("VolumesFrom"), Json({"ecs-shop-1-cache-00", "ecs-shop-1-cache-00:ro"}));
    EXPECT_EQ(example.host("Links"),
              Json({"ecs-shop-1-cache-00:cache", "ecs-shop-1-cache-00:redis"}));
    example.definition.network_mode = NetworkMode::host;
    EXPECT_TRUE(example.host("Links").is_null());
    EXPECT_FALSE(example.host("VolumesFrom").is_null());
}

TEST(HostConfig, LogDriverGetsItsOptions) {
    Example example;
    EXPECT_TRUE(example.host("LogConfig").is_null());
    definition::LogConfiguration logs;
    logs.driver = "none";
    example.web().log_configuration = logs;
    EXPECT_EQ(example.host("LogConfig"), Json::parse(R"({"Type":"none","Config":{}})"));
    logs.driver = "awslogs";
    logs.options = {{"awslogs-group", "g"}, {"awslogs-stream-prefix", "p/q"}};
    example.web().log_configuration = logs;
    EXPECT_EQ(example.host("LogConfig"), Json::parse(R"({"Type":"awslogs","Config":
        {"awslogs-group":"g","awslogs-stream":"p/q/web/0123456789abcdef"}})"));
}

TEST(HostConfig, SecretsAreOptionsOfTheLogDriver) {
    Example example;
    auto& logs = example.web().log_configuration.emplace();
    logs.driver = "splunk";
    logs.options = {{"splunk-url", "u"}, {"splunk-token", "written"}};
    example.facts.secret_log_options = {{"splunk-token", base::Secret("t")}};
    EXPECT_EQ(example.host("LogConfig").at("Config"),
              Json({{"splunk-token", "t"}, {"splunk-url", "u"}}));
    example.facts.uses_engine_log_driver = true;
    EXPECT_TRUE(example.host("LogConfig").is_null());
}

TEST(LogOptions, KeysAreTheEnginesWhereNobodySaysWhereToAsk) {
    definition::LogConfiguration logs;
    logs.driver = "awslogs";
    EXPECT_TRUE(needs_engine_keys(logs, ""));
    EXPECT_FALSE(needs_engine_keys(logs, "/v2/credentials/the-id"));
    logs.options = {{"awslogs-credentials-endpoint", "/own"}};
    EXPECT_FALSE(needs_engine_keys(logs, ""));
    logs = {};
    logs.driver = "json-file";
    EXPECT_FALSE(needs_engine_keys(logs, ""));
}

TEST(LogOptions, LackOfKeysIsToldFromOtherFailures) {
    const auto lacks = [](const std::string& what) {
        return is_lack_of_log_keys(base::Error(base::Errc::io, what));
    };
    const std::string driver =
        "500: failed to initialize logging driver: failed to create Cloudwatch ";
    EXPECT_TRUE(lacks(driver + "log stream: NoCredentialProviders: no valid providers in chain."));
    EXPECT_TRUE(lacks(driver +
                      "log stream: operation error CloudWatch Logs: CreateLogStream, get "
                      "identity: get credentials: failed to refresh cached credentials, no "
                      "EC2 IMDS role found"));
    EXPECT_FALSE(lacks(driver + "log stream: AccessDeniedException: not authorized"));
    EXPECT_FALSE(lacks("NoCredentialProviders"));
}

TEST(HostConfig, OnlyAwslogsHasAStreamPrefix) {
    Example example;
    definition::LogConfiguration logs;
    logs.driver = "json-file";
    logs.options = {{"awslogs-stream-prefix", "p"}};
    example.web().log_configuration = logs;
    EXPECT_EQ(example.host("LogConfig").at("Config"), Json({{"awslogs-stream-prefix", "p"}}));
}

TEST(HostConfig, OnlyAwslogsIsToldWhereItsCredentialsAre) {
    Example example;
    const auto config = [&](const std::string& driver, const definition::StringMap& options) {
        auto& logs = example.web().log_configuration.emplace();
        logs.driver = driver;
        logs.options = options;
        return example.host("LogConfig").at("Config");
    };
    EXPECT_EQ(config("awslogs", {{"awslogs-group", "g"}}), Json({{"awslogs-group", "g"}}))
        << "there are none";
    example.facts.log_credentials = "/v2/credentials/the-id";
    EXPECT_EQ(
        config("awslogs", {{"awslogs-group", "g"}}),
        Json({{"awslogs-credentials-endpoint", "/v2/credentials/the-id"}, {"awslogs-group", "g"}}));
    EXPECT_EQ(config("awslogs", {{"awslogs-credentials-endpoint", "/own"}}),
              Json({{"awslogs-credentials-endpoint", "/own"}}))
        << "the definition says it";
    for (const auto* driver : {"json-file", "fluentd", "none", "awsfirelens"})
        EXPECT_EQ(config(driver, {{"tag", "t"}}), Json({{"tag", "t"}})) << driver;
}

TEST(HostConfig, LogsThatDoNotWaitGetABufferOfTenMebibytesUnlessSaid) {
    Example example;
    definition::LogConfiguration logs;
    logs.driver = "json-file";
    logs.options = {{"mode", "non-blocking"}};
    example.web().log_configuration = logs;
    EXPECT_EQ(example.host("LogConfig").at("Config").at("max-buffer-size"), "10m");
    example.web().log_configuration->options["max-buffer-size"] = "2m";
    EXPECT_EQ(example.host("LogConfig").at("Config").at("max-buffer-size"), "2m");
    example.web().log_configuration->options = {{"mode", "blocking"}};
    EXPECT_FALSE(example.host("LogConfig").at("Config").contains("max-buffer-size"));
}

TEST(HostConfig, RightsAndLimitsOfProcesses) {
    Example example;
    for (const auto* name : {"Privileged", "ReadonlyRootfs", "SecurityOpt", "Ulimits"})
        EXPECT_TRUE(example.host(name).is_null()) << name;
    auto& web = example.web();
    web.privileged = true;
    web.read_only_root = true;
    web.ulimits = {{"nofile", 1024, 2048}, {"core", -1, -1}};
    web.security_options = {"no-new-privileges", "label:user:a", "label=level:s0:c1,c2",
                            "apparmor:unconfined"};
    EXPECT_EQ(example.host("Privileged"), true);
    EXPECT_EQ(example.host("ReadonlyRootfs"), true);
    EXPECT_EQ(example.host("Ulimits"), Json::parse(R"([{"Name":"nofile","Soft":1024,"Hard":2048},
                                                       {"Name":"core","Soft":-1,"Hard":-1}])"));
    EXPECT_EQ(example.host("SecurityOpt"), Json({"no-new-privileges", "label=user:a",
                                                 "label=level:s0:c1,c2", "apparmor=unconfined"}));
}

TEST(HostConfig, LinuxParameters) {
    Example example;
    for (const auto* name : {"CapAdd", "CapDrop", "Devices", "Init", "ShmSize", "Tmpfs"})
        EXPECT_TRUE(example.host(name).is_null()) << name;
    auto& parameters = example.web().linux_parameters;
    parameters.add_capabilities = {"NET_ADMIN", "SYS_PTRACE"};
    parameters.drop_capabilities = {"ALL"};
    parameters.devices = {{"/dev/null", "/dev/nothing", "rw"}};
    parameters.init_process = false;
    parameters.shared_memory_mib = 128;
    parameters.tmpfs = {{"/run", 64, {"noexec", "mode=700"}}, {"/tmp", 1, {}}};
    EXPECT_EQ(example.host("CapAdd"), Json({"NET_ADMIN", "SYS_PTRACE"}));
    EXPECT_EQ(example.host("CapDrop"), Json({"ALL"}));
    EXPECT_EQ(example.host("Devices"),
              Json::parse(R"([{"PathOnHost":"/dev/null","PathInContainer":"/dev/nothing",
                               "CgroupPermissions":"rw"}])"));
    EXPECT_EQ(example.host("Init"), false) << "said, so it is not the engine's default";
    EXPECT_EQ(example.host("ShmSize"), 128LL * 1024 * 1024);
    EXPECT_EQ(example.host("Tmpfs"),
              Json::parse(R"({"/run":"size=64m,noexec,mode=700","/tmp":"size=1m"})"));
}

TEST(HostConfig, NamesAreLookedUpAsSaid) {
    Example example;
    for (const auto* name : {"Dns", "DnsSearch", "ExtraHosts"})
        EXPECT_TRUE(example.host(name).is_null()) << name;
    auto& web = example.web();
    web.dns_servers = {"10.0.0.2"};
    web.dns_search_domains = {"shop.internal"};
    web.extra_hosts = {{"db", "10.0.0.3"}, {"six", "fd00::1"}};
    EXPECT_EQ(example.host("Dns"), Json({"10.0.0.2"}));
    EXPECT_EQ(example.host("DnsSearch"), Json({"shop.internal"}));
    EXPECT_EQ(example.host("ExtraHosts"), Json({"db:10.0.0.3", "six:fd00::1"}));
}

TEST(HostConfig, ContainerSetsTheParametersOfItsOwnNamespacesOnly) {
    Example example;
    example.web().system_controls = {{"net.core.somaxconn", "77"},
                                     {"kernel.shmmax", "1"},
                                     {"fs.mqueue.msg_max", "2"},
                                     {"kernel.domainname", "shop"}};
    EXPECT_EQ(example.host("Sysctls").size(), 4U);
    example.definition.network_mode = NetworkMode::awsvpc;
    example.definition.ipc_mode = Sharing::task;
    EXPECT_EQ(example.host("Sysctls"), Json({{"kernel.domainname", "shop"}}));
    example.web().system_controls.pop_back();
    EXPECT_TRUE(example.host("Sysctls").is_null());
}

TEST(HostConfig, CgroupOfTheTaskIsTheParent) {
    Example example;
    EXPECT_TRUE(example.host("CgroupParent").is_null());
    example.facts.cgroup_parent = "/ecs/0123";
    EXPECT_EQ(example.host("CgroupParent"), "/ecs/0123");
}

} // namespace
} // namespace agent::containers
