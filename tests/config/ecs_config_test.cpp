// ecs.config as people have it: what ECS's agent takes or only warns of keeps ours from nothing. What
// that agent does with each key is read off its source (agent/config/parse.go and config.go of 1.105).

#include "agent/config/ecs_keys.hpp"
#include "agent/config/load.hpp"
#include "agent/config/options.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>
#include <set>

namespace agent::config {
namespace {

using namespace std::chrono_literals;

base::Result<Loaded> of_file(const std::string& text) {
    Sources sources;
    sources.ecs_config = FileText{"/e", text};
    return assemble(sources);
}

Loaded taken(const std::string& text) {
    auto result = of_file(text);
    EXPECT_TRUE(result) << text << ": " << (result ? "" : result.error().what());
    return result ? std::move(*result) : Loaded{};
}

std::string refusal_of(const std::string& text) {
    const auto result = of_file(text);
    return result ? "no error" : result.error().what();
}

/// What the setting is with this line of ecs.config, and the warning.
struct Outcome {
    std::string value;
    std::string warning;
    bool operator==(const Outcome&) const = default;
};
std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    return out << outcome.value << " (" << outcome.warning << ')';
}

Outcome outcome(const std::string& variable, const std::string& value) {
    const auto result = taken(variable + '=' + value);
    EXPECT_LE(result.warnings.size(), 1U);
    for (const auto& row : rows())
        if (row.environment == variable)
            return {row.show(result.config),
                    result.warnings.empty() ? "" : result.warnings.front()};
    ADD_FAILURE() << "no setting " << variable;
    return {};
}

TEST(EcsConfig, ATimeoutWithoutUnitIsTheDefault) {
    EXPECT_EQ(outcome("ECS_CONTAINER_STOP_TIMEOUT", "120"),
              (Outcome{"30s", "ECS_CONTAINER_STOP_TIMEOUT in /e line 1: expected a duration such "
                              "as 10m, got '120', ignoring"}));
}

TEST(EcsConfig, ATimeoutThatIsTooSmallIsTheLeast) {
    EXPECT_EQ(outcome("ECS_CONTAINER_STOP_TIMEOUT", "10ms"),
              (Outcome{"1s", "ECS_CONTAINER_STOP_TIMEOUT in /e line 1: must be at least 1s, got "
                             "10ms, taking 1s"}));
    EXPECT_EQ(outcome("ECS_CONTAINER_START_TIMEOUT", "1s").value, "45s");
    EXPECT_EQ(outcome("ECS_CONTAINER_CREATE_TIMEOUT", "1s").value, "1m");
    EXPECT_EQ(outcome("ECS_IMAGE_PULL_INACTIVITY_TIMEOUT", "1s").value, "1m");
    EXPECT_EQ(outcome("ECS_IMAGE_PULL_TIMEOUT", "30s").value, "1m");
}

TEST(EcsConfig, OtherValuesOutOfBoundsAreTheDefault) {
    EXPECT_EQ(outcome("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1ms").value, "10m");
    EXPECT_EQ(outcome("ECS_CGROUP_CPU_PERIOD", "1s").value, "100ms");
    EXPECT_EQ(outcome("ECS_CGROUP_PATH", "sys/fs/cgroup").value, "/sys/fs/cgroup");
    EXPECT_EQ(outcome("ECS_IMAGE_CLEANUP_INTERVAL", "1ms").value, "30m");
    EXPECT_EQ(outcome("ECS_NUM_IMAGES_DELETE_PER_CYCLE", "0").value, "5");
    EXPECT_EQ(outcome("ECS_TASK_METADATA_RPS_LIMIT", "0,0").value, "40,60");
    EXPECT_EQ(outcome("ECS_AUDIT_LOGFILE", "audit.log").value, "/var/log/ecs/audit.log");
}

TEST(EcsConfig, ADurationOfNothingSaysNothing) {
    for (const auto* variable : {"ECS_CONTAINER_STOP_TIMEOUT", "ECS_IMAGE_MINIMUM_CLEANUP_AGE",
                                 "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION"}) {
        const auto result = taken(variable + std::string("=0s"));
        EXPECT_TRUE(result.warnings.empty()) << variable;
        EXPECT_TRUE(result.origins.empty()) << variable;
    }
}

TEST(EcsConfig, WordsAreTakenAsEcssAgentTakesThem) {
    EXPECT_EQ(outcome("ECS_LOGLEVEL", "INFO"), (Outcome{"info", ""}));
    EXPECT_EQ(outcome("ECS_LOGLEVEL", "Debug"), (Outcome{"debug", ""}));
    EXPECT_EQ(outcome("ECS_LOGLEVEL", "CRIT"), (Outcome{"error", ""}));
    EXPECT_EQ(outcome("ECS_LOGLEVEL", "loud").value, "info");
    EXPECT_EQ(outcome("ECS_IMAGE_PULL_BEHAVIOR", "sometimes").value, "default");
    EXPECT_EQ(outcome("ECS_DYNAMIC_HOST_PORT_RANGE", "30000"), (Outcome{"30000-30000", ""}));
    EXPECT_EQ(outcome("ECS_DYNAMIC_HOST_PORT_RANGE", "30010-30000").value, "");
    EXPECT_EQ(outcome("ECS_RESERVED_PORTS", "[22, 80]"), (Outcome{"[22,80]", ""}));
    EXPECT_EQ(outcome("ECS_RESERVED_PORTS", "[22, x]").value, "[22,2375,2376,51678,51679]");
    EXPECT_EQ(outcome("ECS_RESERVED_PORTS_UDP", "[70000]").value, "[]");
    EXPECT_EQ(outcome("ECS_NUM_IMAGES_DELETE_PER_CYCLE", "many").value, "5");
    EXPECT_EQ(outcome("ECS_EXCLUDE_UNTRACKED_IMAGE", "a:1,b:2"), (Outcome{R"(["a:1","b:2"])", ""}));
}

TEST(EcsConfig, BooleansAreGos) {
    const std::set<std::string> booleans{"ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT",
                                         "ECS_DISABLE_IMAGE_CLEANUP",
                                         "ECS_ENABLE_TASK_CPU_MEM_LIMIT",
                                         "ECS_ENABLE_CONTAINER_METADATA",
                                         "ECS_EXCLUDE_IPV6_PORTBINDING",
                                         "ECS_ENABLE_TASK_IAM_ROLE",
                                         "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST",
                                         "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE",
                                         "ECS_AUDIT_LOGFILE_DISABLED",
                                         "ECS_AWSVPC_BLOCK_IMDS"};
    for (const auto& variable : booleans) {
        for (const auto* yes : {"1", "t", "T", "TRUE", "true", "True", "\" true \""})
            EXPECT_EQ(outcome(variable, yes), (Outcome{"true", ""})) << variable;
        for (const auto* no : {"0", "f", "F", "FALSE", "false", "False"})
            EXPECT_EQ(outcome(variable, no), (Outcome{"false", ""})) << variable;
        EXPECT_NE(outcome(variable, "yes").warning, "") << variable;
    }
}

TEST(EcsConfig, WhatIsWrongInTheEnvironmentLeavesWhatTheFilesSay) {
    Sources sources;
    sources.ecs_config = FileText{"/e", "ECS_CONTAINER_STOP_TIMEOUT=1m"};
    sources.environment = {{"ECS_CONTAINER_STOP_TIMEOUT", "120"}};
    EXPECT_EQ(assemble(sources).value().config.container_stop_timeout, 1min);
    sources.environment = {{"ECS_CGROUP_CPU_PERIOD", "1h"}};
    sources.yaml = FileText{"/y", "cgroup_cpu_period: 50ms"};
    EXPECT_EQ(assemble(sources).value().config.cgroup_cpu_period, 50ms);
}

TEST(EcsConfig, OurOwnSourcesStayStrict) {
    Sources sources;
    sources.yaml = FileText{"/y", "container_stop_timeout: 10ms"};
    EXPECT_EQ(assemble(sources).error().what(),
              "container_stop_timeout in /y: must be at least 1s, got 10ms");
    sources.yaml.reset();
    sources.flags = {{"--log-level", "loud"}};
    EXPECT_FALSE(assemble(sources));
    // A wrong value in the file is not made up for by one in ecs.config that is passed over.
    sources.flags.clear();
    sources.yaml = FileText{"/y", "container_stop_timeout: 10ms"};
    sources.ecs_config = FileText{"/e", "ECS_CONTAINER_STOP_TIMEOUT=120"};
    EXPECT_FALSE(assemble(sources));
}

TEST(EcsConfig, WhatEcssAgentDoesNotComeUpWithIsAnError) {
    EXPECT_EQ(refusal_of("ECS_CONTAINER_INSTANCE_TAGS={\"a\""),
              "ECS_CONTAINER_INSTANCE_TAGS in /e line 1: expected an object such as "
              "{\"key\":\"value\"}, got '{\"a\"'");
    EXPECT_NE(refusal_of("ECS_CLUSTER=a b"), "no error");
    EXPECT_NE(refusal_of("ECS_BRIDGE_NAME=a b"), "no error") << "it is ours";
    EXPECT_NE(refusal_of("export ECS_CLUSTER=a"), "no error");
}

// ECS's agent goes on without the logins that it does not understand (parseAuthData).

const std::string docker_form =
    R"(expected JSON such as {"<registry>":{"username":"...","password":"..."}})";
const std::string dockercfg_form =
    R"(expected JSON such as {"<registry>":{"auth":"<base64 of user:password>"}})";

/// Of a file that leaves no login; none of it may be shown.
std::vector<std::string> warnings_without_logins(const std::string& text) {
    const auto result = taken(text);
    EXPECT_EQ(result.config.engine_auth_type, EngineAuthType::none) << text;
    EXPECT_EQ(result.config.engine_auth_data.text, "") << text;
    for (const auto& warning : result.warnings)
        EXPECT_EQ(warning.find("MARKER"), std::string::npos) << warning;
    EXPECT_EQ(print_config(result).find("MARKER"), std::string::npos) << text;
    return result.warnings;
}

TEST(EcsConfig, LoginsThatEcssAgentDoesNotTakeAreIgnored) {
    using Warnings = std::vector<std::string>;
    EXPECT_EQ(
        warnings_without_logins("ECS_ENGINE_AUTH_TYPE=MARKER"),
        Warnings{"ECS_ENGINE_AUTH_TYPE in /e line 1: expected dockercfg or docker, ignoring"});
    EXPECT_EQ(
        warnings_without_logins("ECS_ENGINE_AUTH_TYPE=docker"),
        Warnings{"ECS_ENGINE_AUTH_TYPE in /e line 1: needs engine_auth_data as well, ignoring"});
    EXPECT_EQ(
        warnings_without_logins("ECS_ENGINE_AUTH_DATA={\"MARKER\":{}}"),
        Warnings{"ECS_ENGINE_AUTH_DATA in /e line 1: needs engine_auth_type as well (dockercfg "
                 "or docker), ignoring"});
    const Warnings of_data{"ECS_ENGINE_AUTH_DATA in /e line 2: " + docker_form + ", ignoring",
                           "ECS_ENGINE_AUTH_TYPE in /e line 1: needs engine_auth_data as well, "
                           "ignoring"};
    for (const std::string data :
         {"MARKER", R"({"MARKER")", R"({"auths":{}})", R"({"auths":{"MARKER":{"auth":"MARKER"}}})",
          R"(["MARKER"])", R"({"r":{"username":"MARKER"}})", "{}"})
        EXPECT_EQ(
            warnings_without_logins("ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA=" + data),
            of_data)
            << data;
}

TEST(EcsConfig, TheLoginsThatAreRightCountBesideWrongOnes) {
    // "u:p" and "MARKER", without a colon
    const auto packed = taken("ECS_ENGINE_AUTH_TYPE=dockercfg\nECS_ENGINE_AUTH_DATA="
                              R"({"MARKER":{"auth":"TUFSS0VS"},"r":{"auth":"dTpw"}})");
    EXPECT_EQ(packed.config.engine_auth_data.text, R"({"r":{"auth":"dTpw"}})");
    EXPECT_EQ(packed.warnings,
              std::vector<std::string>{"ECS_ENGINE_AUTH_DATA in /e line 2: " + dockercfg_form +
                                       ", taking the logins that are so"});
    EXPECT_EQ(print_config(packed).find("MARKER"), std::string::npos);
    const auto plain = taken("ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA="
                             R"({"auths":{},"r":{"username":"u","password":"p"}})");
    EXPECT_EQ(plain.config.engine_auth_data.text, R"({"r":{"username":"u","password":"p"}})");
}

TEST(EcsConfig, LoginsOfTheEnvironmentAreIgnoredAlikeAndThoseOfOurOwnSourcesRefused) {
    Sources sources;
    sources.environment = {{"ECS_ENGINE_AUTH_TYPE", "docker"}, {"ECS_ENGINE_AUTH_DATA", "MARKER"}};
    const auto result = assemble(sources);
    ASSERT_TRUE(result) << result.error().what();
    EXPECT_EQ(result->config.engine_auth_type, EngineAuthType::none);
    EXPECT_EQ(result->warnings.size(), 2U);
    // What is passed over there leaves what the file says.
    const std::string data = R"({"r":{"username":"u","password":"p"}})";
    sources.yaml = FileText{"/y", "engine_auth_type: docker\nengine_auth_data: '" + data + "'\n"};
    EXPECT_EQ(assemble(sources).value().config.engine_auth_data.text, data);
    sources.environment.clear();
    sources.yaml = FileText{"/y", "engine_auth_type: docker\nengine_auth_data: MARKER\n"};
    EXPECT_EQ(assemble(sources).error().what(), "engine_auth_data in /y: " + docker_form);
    sources.yaml = FileText{"/y", "engine_auth_type: MARKER\n"};
    EXPECT_EQ(assemble(sources).error().what(),
              "engine_auth_type in /y: expected dockercfg or docker");
    sources.yaml.reset();
    sources.flags = {{"--engine-auth-type", "docker"}};
    EXPECT_EQ(assemble(sources).error().what(),
              "--engine-auth-type on the command line: needs engine_auth_data as well");
    sources.flags = {{"--engine-auth-data", data}};
    EXPECT_FALSE(assemble(sources));
}

TEST(EcsConfig, KeysWithoutEffectAreTold) {
    const auto result = taken("ECS_CLUSTER=main\nECS_RESERVED_MEMORY=256\n"
                              "ECS_INSTANCE_ATTRIBUTES={\"a\":\"b\"}\nECS_BACKEND_HOST=\n"
                              "ECS_ENABLE_SPOT_INSTANCE_DRAINING=true\n");
    EXPECT_TRUE(result.warnings.empty());
    EXPECT_EQ(settings_without_effect(result),
              "ECS_ENABLE_SPOT_INSTANCE_DRAINING in /e line 5, ECS_INSTANCE_ATTRIBUTES in /e line "
              "3, ECS_RESERVED_MEMORY in /e line 2");
    const auto printed = print_config(result);
    EXPECT_NE(printed.find("# without effect here: ECS_RESERVED_MEMORY in /e line 2\n"),
              std::string::npos)
        << printed;
    EXPECT_EQ(settings_without_effect(taken("ECS_CLUSTER=main")), "");
    EXPECT_NE(print_config(taken("CLUSTER=main")).find("# warning: /e line 1: unknown key CLUSTER"),
              std::string::npos);
}

TEST(EcsConfig, TheEnvironmentsOwnProxiesAreNotTold) {
    Sources sources;
    sources.environment = {{"HTTP_PROXY", "x"}, {"ECS_RESERVED_MEMORY", "1"}};
    EXPECT_EQ(settings_without_effect(assemble(sources).value()),
              "ECS_RESERVED_MEMORY in the environment");
    EXPECT_EQ(settings_without_effect(taken("HTTP_PROXY=x")), "HTTP_PROXY in /e line 1");
}

TEST(EcsKeys, AreNoSettings) {
    std::set<std::string_view> names;
    for (const auto& [name, why] : keys_without_effect()) {
        EXPECT_TRUE(names.insert(name).second) << name;
        EXPECT_TRUE(why.ends_with('.')) << name;
        EXPECT_EQ(why.find('|'), std::string_view::npos) << "would break the page's table";
        for (const auto& row : rows())
            EXPECT_NE(row.environment, name);
    }
}

/// Each key that the agents' README files document (1.105), and those that are in their sources only.
TEST(EcsKeys, AllOfEcssOwnAreKnown) {
    for (const std::string name : {"ECS_AGENT_APPARMOR_PROFILE",
                                   "ECS_AGENT_CONFIG_FILE_PATH",
                                   "ECS_AGENT_HEALTHCHECK_HOST",
                                   "ECS_AGENT_LABELS",
                                   "ECS_AGENT_PID_NAMESPACE_HOST",
                                   "ECS_AGENT_RUN_PRIVILEGED",
                                   "ECS_ALLOW_OFFHOST_INTROSPECTION_ACCESS",
                                   "ECS_ALTERNATE_CREDENTIAL_PROFILE",
                                   "ECS_APPARMOR_CAPABLE",
                                   "ECS_AUDIT_LOGFILE",
                                   "ECS_AUDIT_LOGFILE_DISABLED",
                                   "ECS_AVAILABLE_LOGGING_DRIVERS",
                                   "ECS_AWSVPC_ADDITIONAL_LOCAL_ROUTES",
                                   "ECS_AWSVPC_BLOCK_IMDS",
                                   "ECS_BACKEND_HOST",
                                   "ECS_CGROUP_CPU_PERIOD",
                                   "ECS_CGROUP_PATH",
                                   "ECS_CHECKPOINT",
                                   "ECS_CLUSTER",
                                   "ECS_CNI_PLUGINS_PATH",
                                   "ECS_CONTAINER_CREATE_TIMEOUT",
                                   "ECS_CONTAINER_INSTANCE_PROPAGATE_TAGS_FROM",
                                   "ECS_CONTAINER_INSTANCE_TAGS",
                                   "ECS_CONTAINER_START_TIMEOUT",
                                   "ECS_CONTAINER_STOP_TIMEOUT",
                                   "ECS_DATADIR",
                                   "ECS_DETAILED_OS_FAMILY",
                                   "ECS_DISABLE_DOCKER_HEALTH_CHECK",
                                   "ECS_DISABLE_IMAGE_CLEANUP",
                                   "ECS_DISABLE_METRICS",
                                   "ECS_DISABLE_PRIVILEGED",
                                   "ECS_DISABLE_TASK_METADATA_AZ",
                                   "ECS_DYNAMIC_HOST_PORT_RANGE",
                                   "ECS_EBSTA_SUPPORTED",
                                   "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE",
                                   "ECS_ENABLE_CONTAINER_METADATA",
                                   "ECS_ENABLE_CPU_UNBOUNDED_WINDOWS_WORKAROUND",
                                   "ECS_ENABLE_FIRELENS_ASYNC",
                                   "ECS_ENABLE_GPU_SUPPORT",
                                   "ECS_ENABLE_HIGH_DENSITY_ENI",
                                   "ECS_ENABLE_INF_SUPPORT",
                                   "ECS_ENABLE_MEMORY_UNBOUNDED_WINDOWS_WORKAROUND",
                                   "ECS_ENABLE_PROMETHEUS_METRICS",
                                   "ECS_ENABLE_RUNTIME_STATS",
                                   "ECS_ENABLE_SPOT_INSTANCE_DRAINING",
                                   "ECS_ENABLE_TASK_CPU_MEM_LIMIT",
                                   "ECS_ENABLE_TASK_ENI",
                                   "ECS_ENABLE_TASK_IAM_ROLE",
                                   "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST",
                                   "ECS_ENABLE_UNTRACKED_IMAGE_CLEANUP",
                                   "ECS_ENGINE_AUTH_DATA",
                                   "ECS_ENGINE_AUTH_TYPE",
                                   "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION",
                                   "ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION_JITTER",
                                   "ECS_EXCLUDE_IPV6_PORTBINDING",
                                   "ECS_EXCLUDE_UNTRACKED_IMAGE",
                                   "ECS_EXTERNAL",
                                   "ECS_FSX_WINDOWS_FILE_SERVER_SUPPORTED",
                                   "ECS_GMSA_SUPPORTED",
                                   "ECS_HOST_DATA_DIR",
                                   "ECS_IMAGE_CLEANUP_INTERVAL",
                                   "ECS_IMAGE_MINIMUM_CLEANUP_AGE",
                                   "ECS_IMAGE_PULL_BEHAVIOR",
                                   "ECS_IMAGE_PULL_INACTIVITY_TIMEOUT",
                                   "ECS_IMAGE_PULL_TIMEOUT",
                                   "ECS_INIT_DOCKER_LOG_FILE_NUM",
                                   "ECS_INIT_DOCKER_LOG_FILE_SIZE",
                                   "ECS_INSTANCE_ATTRIBUTES",
                                   "ECS_INSTANCE_IP_COMPATIBILITY",
                                   "ECS_LOGFILE",
                                   "ECS_LOGLEVEL",
                                   "ECS_LOGLEVEL_ON_INSTANCE",
                                   "ECS_LOG_DRIVER",
                                   "ECS_LOG_MAX_FILE_SIZE_MB",
                                   "ECS_LOG_MAX_ROLL_COUNT",
                                   "ECS_LOG_OPTS",
                                   "ECS_LOG_OUTPUT_FORMAT",
                                   "ECS_LOG_ROLLOVER_TYPE",
                                   "ECS_MANIFEST_PULL_TIMEOUT",
                                   "ECS_NUM_IMAGES_DELETE_PER_CYCLE",
                                   "ECS_NVIDIA_RUNTIME",
                                   "ECS_OFFHOST_INTROSPECTION_INTERFACE_NAME",
                                   "ECS_PAUSE_LABELS",
                                   "ECS_POLLING_METRICS_WAIT_DURATION",
                                   "ECS_POLL_METRICS",
                                   "ECS_PROPAGATE_TASK_MEMORY_LIMIT_CGROUPV2",
                                   "ECS_PULL_DEPENDENT_CONTAINERS_UPFRONT",
                                   "ECS_RESERVED_MEMORY",
                                   "ECS_RESERVED_PORTS",
                                   "ECS_RESERVED_PORTS_UDP",
                                   "ECS_SELINUX_CAPABLE",
                                   "ECS_SHARED_VOLUME_MATCH_FULL_CONFIG",
                                   "ECS_SKIP_LOCALHOST_TRAFFIC_FILTER",
                                   "ECS_TASK_METADATA_RPS_LIMIT",
                                   "ECS_TASK_PIDS_LIMIT",
                                   "ECS_UPDATES_ENABLED",
                                   "ECS_UPDATE_DOWNLOAD_DIR",
                                   "ECS_VOLUME_PLUGIN_CAPABILITIES",
                                   "ECS_WARM_POOLS_CHECK",
                                   "NONECS_NUM_CONTAINERS_DELETE_PER_CYCLE",
                                   "NON_ECS_IMAGE_MINIMUM_CLEANUP_AGE",
                                   "CREDENTIALS_FETCHER_HOST",
                                   "NO_PROXY"}) {
        const bool is_setting =
            std::ranges::any_of(rows(), [&](const Row& row) { return row.environment == name; });
        EXPECT_NE(is_setting, is_key_without_effect(name)) << name;
    }
}

} // namespace
} // namespace agent::config
