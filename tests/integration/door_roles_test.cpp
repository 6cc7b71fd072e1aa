// Roles of containers that come through the agent's socket: by rules of the host, by labels that these
// allow, and nobody else's.

#include "tests/integration/support/door.hpp"
#include "tests/integration/support/host_rules.hpp"

namespace integration {

using std::chrono::seconds;

class RolesAtTheDoor : public DoorTest {
protected:
    void SetUp() override {
        DoorTest::SetUp();
        put_static_keys(*agent_, "AKIADOOR", "door-secret");
    }
    static std::string path_of(const Newcomer& container) {
        return variable_of(container.id(), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    }
    static bool has_keys(const Newcomer& container, const std::string& path) {
        const auto answer = try_in(container.id(), "wget -qO- http://169.254.170.2" + path);
        return answer.status == 0 && answer.out.find("AKIADOOR") != std::string::npos;
    }
};

TEST_F(RolesAtTheDoor, AnImageThatARuleNamesHasItsRoleAndNobodyElse) {
    put_rules(*agent_, "containers:\n"
                       "  - match: {compose_service: tools}\n"
                       "    task_role: tools\n");
    agent_->start();
    const auto tools = begin(compose("ai", "tools"));
    const auto other = begin(compose("ai", "other"));
    const auto path = path_of(tools);
    ASSERT_FALSE(path.empty());
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(tools, path); }));
    EXPECT_EQ(path_of(other), "");
    EXPECT_FALSE(has_keys(other, path)) << "not by the id of another";
    const auto environment = inspect(tools.id())["Config"].dump();
    EXPECT_EQ(environment.find("door-secret"), std::string::npos);
    EXPECT_EQ(agent_->log().find("door-secret"), std::string::npos);
    EXPECT_EQ(agent_->log().find(path.substr(path.rfind('/') + 1)), std::string::npos);
}

TEST_F(RolesAtTheDoor, ALabelClaimsOnlyWhatTheRulesAllowToLabels) {
    put_rules(*agent_, "roles_by_label: [\"reader-*\"]\n");
    agent_->start();
    const auto reader = begin({"--label", "ecs-node-agent.task-role=reader-logs"});
    const auto admin = begin({"--label", "ecs-node-agent.task-role=admin"});
    const auto path = path_of(reader);
    ASSERT_FALSE(path.empty());
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(reader, path); }));
    EXPECT_EQ(path_of(admin), "");
}

TEST_F(RolesAtTheDoor, ARoleIsKeptOverARestartAndWithdrawnWithItsRule) {
    put_rules(*agent_,
              "containers: [{match: {image: \"ecs-node-agent-demo:*\"}, task_role: web}]\n");
    agent_->start();
    const auto app = begin({});
    const auto path = path_of(app);
    ASSERT_FALSE(path.empty());
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(app, path); }));
    EXPECT_EQ(agent_->stop(), 0);
    agent_->start();
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(app, path); }));
    put_rules(*agent_, "containers: [{match: {image: \"other:*\"}, task_role: web}]\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(eventually(seconds(5), [&] { return !has_keys(app, path); }));
    put_rules(*agent_,
              "containers: [{match: {image: \"ecs-node-agent-demo:*\"}, task_role: web}]\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(app, path); }));
}

TEST_F(RolesAtTheDoor, ATokenIsToldAndAskedForWhereTheHostSaysSo) {
    put_rules(*agent_,
              "containers: [{match: {image: \"ecs-node-agent-demo:*\"}, task_role: web}]\n");
    agent_->set("ECS_CREDENTIALS_AUTHORIZATION", "true");
    agent_->start();
    const auto app = begin({});
    const auto path = path_of(app);
    const auto token = variable_of(app.id(), "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    ASSERT_FALSE(path.empty() || token.empty());
    const auto has_them_with_token = [&] {
        const auto answer =
            try_in(app.id(), "wget -qO- --header \"Authorization: "
                             "$AWS_CONTAINER_AUTHORIZATION_TOKEN\" http://169.254.170.2" +
                                 path);
        return answer.status == 0 && answer.out.find("AKIADOOR") != std::string::npos;
    };
    EXPECT_TRUE(eventually(seconds(5), has_them_with_token));
    EXPECT_FALSE(has_keys(app, path));
    agent_->kill9();
    agent_->start();
    EXPECT_TRUE(eventually(seconds(5), has_them_with_token));
    EXPECT_FALSE(has_keys(app, path));
    EXPECT_EQ(agent_->log().find(token), std::string::npos);
}

TEST_F(RolesAtTheDoor, AWrongRuleIsToldAndTheOldOnesStayInForce) {
    put_rules(*agent_,
              "containers: [{match: {image: \"ecs-node-agent-demo:*\"}, task_role: web}]\n");
    agent_->start();
    put_rules(*agent_, "containers: [{match: {imagé: x}, task_role: 7}]\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(agent_->logs({"error", "stays in force", "host.yaml", "containers[0]"}))
        << agent_->log();
    const auto app = begin({});
    EXPECT_FALSE(path_of(app).empty());
    agent_->stop();
    agent_->start();
    EXPECT_TRUE(
        agent_->logs({"error", "the host file is wrong", "stays in force", "containers[0]"}));
    const auto later = begin({});
    EXPECT_FALSE(path_of(later).empty());
}

} // namespace integration
