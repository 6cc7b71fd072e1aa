// The settings of credentials, and what programs that the agent starts are told of its environment.

#include "agent/config/load.hpp"
#include "agent/config/options.hpp"

#include <gtest/gtest.h>

namespace agent::config {
namespace {

TEST(CredentialsSettings, HaveEcsNamesAndDefaults) {
    struct Expected {
        std::string_view key;
        std::string_view environment;
        std::string_view type;
        std::string_view shown;
    };
    for (const auto& [key, environment, type, shown] :
         {Expected{"credentials_file", "ECS_CREDENTIALS_FILE", "text", "/etc/ecs/credentials.yaml"},
          Expected{"enable_task_iam_role", "ECS_ENABLE_TASK_IAM_ROLE", "true/false", "true"},
          Expected{"enable_task_iam_role_network_host", "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST",
                   "true/false", "true"},
          Expected{"enable_awslogs_execution_role_override",
                   "ECS_ENABLE_AWSLOGS_EXECUTIONROLE_OVERRIDE", "true/false", "true"},
          Expected{"credentials_source_check", "ECS_CREDENTIALS_SOURCE_CHECK", "true/false",
                   "true"},
          Expected{"credentials_authorization", "ECS_CREDENTIALS_AUTHORIZATION", "true/false",
                   "false"},
          Expected{"local_endpoints", "ECS_LOCAL_ENDPOINTS", "true/false", "false"},
          Expected{"audit_log_file", "ECS_AUDIT_LOGFILE", "text", "/var/log/ecs/audit.log"},
          Expected{"audit_log_disabled", "ECS_AUDIT_LOGFILE_DISABLED", "true/false", "false"},
          Expected{"awsvpc_block_imds", "ECS_AWSVPC_BLOCK_IMDS", "true/false", "false"},
          Expected{"credentials_rps_limit", "ECS_CREDENTIALS_RPS_LIMIT", "rate", "400,1000"}}) {
        const auto* row = find_row(key);
        ASSERT_NE(row, nullptr) << key;
        EXPECT_EQ(row->environment, environment) << key;
        EXPECT_EQ(row->type, type) << key;
        EXPECT_EQ(row->show({}), shown) << key;
    }
}

TEST(CredentialsSettings, AreReadFromEverySource) {
    const auto usual = assemble({}).value().config;
    EXPECT_TRUE(usual.enable_task_iam_role && usual.enable_task_iam_role_network_host &&
                usual.enable_awslogs_execution_role_override && usual.credentials_source_check);
    EXPECT_FALSE(usual.credentials_authorization || usual.audit_log_disabled ||
                 usual.awsvpc_block_imds);
    Sources sources;
    sources.yaml = FileText{"/y", "credentials_authorization: true\nawsvpc_block_imds: true\n"};
    sources.ecs_config = FileText{"/e", "ECS_ENABLE_TASK_IAM_ROLE=false\n"
                                        "ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST=false\n"
                                        "ECS_AUDIT_LOGFILE_DISABLED=true\n"};
    sources.environment = {{"ECS_CREDENTIALS_FILE", "/c"}, {"ECS_AUDIT_LOGFILE", "/a"}};
    sources.flags = {{"--enable-awslogs-execution-role-override", "false"},
                     {"--credentials-source-check", "false"}};
    const auto read = assemble(sources);
    ASSERT_TRUE(read) << read.error().what();
    EXPECT_TRUE(read->warnings.empty());
    const auto& other = read->config;
    EXPECT_EQ(other.credentials_file, "/c");
    EXPECT_EQ(other.audit_log_file, "/a");
    EXPECT_FALSE(other.enable_task_iam_role || other.enable_task_iam_role_network_host ||
                 other.enable_awslogs_execution_role_override || other.credentials_source_check);
    EXPECT_TRUE(other.credentials_authorization && other.audit_log_disabled &&
                other.awsvpc_block_imds);
}

TEST(HostFileSetting, IsReadFromEverySource) {
    const auto* row = find_row("host_file");
    ASSERT_NE(row, nullptr);
    EXPECT_EQ(row->environment, "ECS_HOST_FILE");
    EXPECT_EQ(row->show({}), "/etc/ecs/host.yaml");
    Sources sources;
    sources.ecs_config = FileText{"/e", "ECS_HOST_FILE=/h\n"};
    const auto read = assemble(sources);
    ASSERT_TRUE(read) << read.error().what();
    EXPECT_EQ(read->config.host_file, "/h");
    EXPECT_TRUE(is_set(*read, "host_file"));
    sources.flags = {{"--host-file", "host.yaml"}};
    EXPECT_EQ(assemble(sources).error().what(),
              "--host-file on the command line: expected an absolute path, got 'host.yaml'");
}

TEST(ForPrograms, IsTheEnvironmentWithoutTheAgentsOwnSecrets) {
    const std::vector<std::string> expected{"AWS_SECRET_ACCESS_KEY=s",
                                            "ECS_CLUSTER=web",
                                            "ECS_ENGINE_AUTH_DATA_2=kept",
                                            "ECS_ENGINE_AUTH_TYPE=docker",
                                            "EMPTY=",
                                            "PATH=/bin:/usr/bin",
                                            "TWO=a=b\nc"};
    EXPECT_EQ(for_programs({{"PATH", "/bin:/usr/bin"},
                            {"TWO", "a=b\nc"},
                            {"EMPTY", ""},
                            {"ECS_CLUSTER", "web"},
                            {"ECS_ENGINE_AUTH_TYPE", "docker"},
                            {"ECS_ENGINE_AUTH_DATA", R"({"r":{"password":"MARKER"}})"},
                            {"ECS_ENGINE_AUTH_DATA_2", "kept"},
                            {"AWS_SECRET_ACCESS_KEY", "s"}}),
              expected);
    EXPECT_TRUE(for_programs({}).empty());
}

// A row whose value is never shown is a secret, so that no program may be given it.
TEST(ForPrograms, LeavesOutEveryRowThatIsNeverShown) {
    for (const auto& row : rows()) {
        const Environment environment{{std::string(row.environment), "MARKER"}};
        EXPECT_EQ(for_programs(environment).empty(), row.type == secret_type) << row.key;
    }
}

} // namespace
} // namespace agent::config
