// A task's roles from its definition to its containers, and back again after a restart of the agent.

#include "tasks/tasks_fixture.hpp"

#include "agent/containers/task_roles.hpp"

#include <nlohmann/json.hpp>

namespace agent::tasks {
namespace {

using Json = nlohmann::json;

const std::string role = "arn:aws:iam::111122223333:role/web";
const std::string execution_role = "arn:aws:iam::111122223333:role/logs";

class RolesTest : public SupervisorFixture {
protected:
    /// Two containers; the first logs to AWS.
    static std::string with_roles() {
        return R"({"family":"web","taskRoleArn":")" + role + R"(","executionRoleArn":")" +
               execution_role +
               R"(","containerDefinitions":[{"name":"app","image":"busybox","metadataEnable":false,)"
               R"("logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"g",)"
               R"("awslogs-region":"us-east-1"}}},)"
               R"({"name":"side","image":"busybox","metadataEnable":false}]})";
    }
    Json created(const std::string& container) const {
        return Json::parse(docker.create_body(docker_name(container)));
    }
    /// The value of a variable that a container was given; "" for none.
    std::string variable(const std::string& container, const std::string& name) const {
        const auto body = created(container);
        for (const auto& entry : body.at("Env"))
            if (const auto text = entry.get<std::string>(); text.starts_with(name + '='))
                return text.substr(name.size() + 1);
        return {};
    }
    std::string credentials_uri(const std::string& container) const {
        return variable(container, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    }
    /// Where the first container's log driver was sent for its credentials; "" for nowhere.
    std::string log_endpoint() const {
        return created("app")
            .at("HostConfig")
            .at("LogConfig")
            .at("Config")
            .value(std::string(containers::log_credentials_option), "");
    }
    /// The fake engine keeps what it was told of log drivers only in the body of the call.
    void remember_log_options() {
        const auto app = docker_name("app");
        docker.container(app)
            .host_config.log_options[std::string(containers::log_credentials_option)] =
            log_endpoint();
    }
};

TEST_F(RolesTest, EveryContainerIsToldWhereItsTasksCredentialsAre) {
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    ASSERT_TRUE(task()->role);
    EXPECT_EQ(task()->role->arn, role);
    for (const auto* container : {"app", "side"}) {
        EXPECT_EQ(credentials_uri(container), "/v2/credentials/" + task()->role->credentials_id);
        EXPECT_EQ(variable(container, "AWS_CONTAINER_AUTHORIZATION_TOKEN"), "");
    }
}

TEST_F(RolesTest, EveryTaskHasIdsOfItsOwn) {
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    const auto first = task();
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(another_runs(first->arn)) << log.all();
    EXPECT_NE(running_task()->role->credentials_id, first->role->credentials_id);
    EXPECT_NE(running_task()->execution_role->credentials_id,
              first->execution_role->credentials_id);
}

TEST_F(RolesTest, TokenIsToldWhereItIsAskedFor) {
    settings.roles.authorization = true;
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->role->authorization_token.size(), 64U);
    for (const auto* container : {"app", "side"})
        EXPECT_EQ(variable(container, "AWS_CONTAINER_AUTHORIZATION_TOKEN"),
                  task()->role->authorization_token);
}

TEST_F(RolesTest, LogDriverIsToldOnlyWhereThereAreCredentialsForIt) {
    std::vector<std::string> asked;
    bool provided = false;
    is_role_provided = [&](std::string_view arn) {
        asked.emplace_back(arn);
        return provided;
    };
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(log_endpoint(), "");
    ASSERT_FALSE(asked.empty());
    EXPECT_EQ(asked[0], execution_role);
    const auto arn = task()->arn;
    provided = true;
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(another_runs(arn)) << log.all();
    loop.run_until([&] { return task() != nullptr; });
    EXPECT_EQ(log_endpoint(), "/v2/credentials/" + task()->execution_role->credentials_id);
}

TEST_F(RolesTest, LogDriverIsToldNothingWhereNobodyIsThereToSayIt) {
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(log_endpoint(), "");
    EXPECT_TRUE(task()->execution_role);
}

TEST_F(RolesTest, AreKeptOverARestart) {
    settings.roles.authorization = true;
    is_role_provided = [](std::string_view) { return true; };
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    const auto before = task();
    remember_log_options();
    end();
    settings.roles.authorization = false;
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->role, before->role);
    EXPECT_EQ(task()->execution_role, before->execution_role);
    EXPECT_EQ(docker.count("create "), 0U);
}

TEST_F(RolesTest, ContainerThatIsMadeAfterARestartIsToldTheIdsOfItsSibling) {
    docker.add_pullable_image("slow");
    docker.delay("pull", std::chrono::seconds(10));
    begin();
    auto text = with_roles();
    text.replace(text.rfind("busybox"), 7, "slow");
    declare("web.json", text);
    loop.run_until([&] { return docker.count("start ") == 1; });
    const auto uri = credentials_uri("app");
    ASSERT_NE(uri, "");
    end();
    docker.delay("pull", std::chrono::milliseconds(0));
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(credentials_uri("side"), uri);
}

TEST_F(RolesTest, AreNotGivenAgainAfterTheyWereSwitchedOff) {
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    end();
    settings.roles.task_roles = false;
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_FALSE(task()->role);
}

TEST_F(RolesTest, IdsAreInNoLine) {
    settings.roles.authorization = true;
    is_role_provided = [](std::string_view) { return true; };
    base::log::set_level(base::log::Level::debug);
    begin();
    declare("web.json", with_roles());
    ASSERT_TRUE(runs()) << log.all();
    const auto last = task();
    end();
    base::log::set_level(base::log::Level::info);
    for (const auto& secret : {last->role->credentials_id, last->execution_role->credentials_id,
                               last->role->authorization_token})
        EXPECT_EQ(log.all().find(secret), std::string::npos) << log.all();
}

} // namespace
} // namespace agent::tasks
