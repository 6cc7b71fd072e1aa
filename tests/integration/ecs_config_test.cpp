// Settings as people have them in ecs.config, and what they do on a real engine.

#include "tests/integration/support/tasks.hpp"

#include <fstream>
#include <set>

namespace integration {

using std::chrono::seconds;

namespace {

std::string publishing(const std::string& family, const std::string& mapping) {
    return task(family,
                {container("app", runs_until_told(), R"("portMappings": [)" + mapping + "]")});
}

} // namespace

class EcsConfig : public TaskTest {
protected:
    void write_ecs_config(const std::string& text) const {
        std::ofstream(agent_->directory() + "/ecs.config") << text;
    }
};

TEST_F(EcsConfig, WhatEcssAgentTakesOrOnlyWarnsOfStopsNothing) {
    write_ecs_config("ECS_CLUSTER=main\nECS_CONTAINER_START_TIMEOUT=120\n"
                     "ECS_CONTAINER_STOP_TIMEOUT=120\nECS_LOGLEVEL=INFO\n"
                     "ECS_DISABLE_IMAGE_CLEANUP=no\nECS_RESERVED_MEMORY=256\n"
                     "ECS_INSTANCE_ATTRIBUTES={\"a\":\"b\"}\n"
                     "ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA={\"auths\":{}}\n");
    agent_->set("ECS_CONTAINER_STOP_TIMEOUT", ""); // the tests' own
    agent_->start();
    for (const auto* variable : {"ECS_CONTAINER_START_TIMEOUT", "ECS_CONTAINER_STOP_TIMEOUT",
                                 "ECS_DISABLE_IMAGE_CLEANUP", "ECS_ENGINE_AUTH_DATA"})
        EXPECT_EQ(agent_->log_lines({"warning", variable, "ignoring"}).size(), 1U) << variable;
    EXPECT_EQ(agent_
                  ->log_lines({"info", "settings of ECS's agent have no effect here",
                               "ECS_INSTANCE_ATTRIBUTES in", "ECS_RESERVED_MEMORY in"})
                  .size(),
              1U);
    EXPECT_TRUE(agent_->log_lines({"warning", "ECS_RESERVED_MEMORY"}).empty());
    const auto printed = agent_->command("print-config");
    EXPECT_NE(printed.out.find("# without effect here: ECS_RESERVED_MEMORY in "), std::string::npos)
        << printed.out;
    for (const auto* in_force : {"\ncontainer_stop_timeout: 30s  # ", "\nlog_level: info  # "})
        EXPECT_NE(printed.out.find(in_force), std::string::npos) << in_force << printed.out;
    EXPECT_EQ(agent_->command("check-config").status, 0);
}

TEST_F(EcsConfig, HostPort0IsOutOfTheDynamicRangeWithoutCollision) {
    agent_->set("ECS_DYNAMIC_HOST_PORT_RANGE", "30000-30009");
    agent_->set("ECS_RESERVED_PORTS", "[30004]");
    agent_->start();
    constexpr int tasks = 8;
    for (int i = 0; i < tasks; ++i) {
        const auto family = "port" + std::to_string(i);
        agent_->put_task(family + ".json",
                         publishing(family, R"({"containerPort": 80, "hostPort": 0})"));
    }
    std::set<int> ports;
    for (int i = 0; i < tasks; ++i)
        ports.insert(published_port(running("port" + std::to_string(i)), "80/tcp"));
    EXPECT_EQ(ports.size(), static_cast<std::size_t>(tasks));
    EXPECT_GE(*ports.begin(), 30000);
    EXPECT_LE(*ports.rbegin(), 30009);
    EXPECT_FALSE(ports.contains(30004)) << "it is reserved";
    EXPECT_TRUE(agent_->log_lines({"container stopped"}).empty());
}

TEST_F(EcsConfig, AReservedPortIsGivenToNobody) {
    agent_->set("ECS_RESERVED_PORTS", "[18080]");
    agent_->start();
    agent_->put_task("taken.json",
                     publishing("taken", R"({"containerPort": 80, "hostPort": 18080})"));
    EXPECT_TRUE(agent_->logs({"a container cannot be brought up", "step=create",
                              "port 18080 of the host (tcp) is reserved"},
                             seconds(10)));
    agent_->remove_task("taken.json");
}

TEST_F(EcsConfig, AnEnvironmentFileIsReadAsEcsReadsIt) {
    agent_->start();
    const auto file = agent_->directory() + "/app.env";
    std::ofstream(file) << "\xEF\xBB\xBF"
                        << "A=1\nno variable\nexport B=2\n C=3\nD=\"4\"\n";
    agent_->put_task("env.json",
                     task("env", {container("app", runs_until_told(),
                                            R"("environmentFiles": [{"type": "s3", "value": ")" +
                                                file + "\"}]")}));
    const auto app = running("env");
    EXPECT_EQ(variable_of(app, "A"), "1");
    EXPECT_EQ(variable_of(app, "export B"), "2");
    EXPECT_EQ(variable_of(app, " C"), "3");
    EXPECT_EQ(variable_of(app, "D"), "\"4\"");
    EXPECT_TRUE(agent_->logs(
        {"lines of an environment file are no variables", "app.env: line 2", "lines=1"}));
}

} // namespace integration
