// The tasks folder: what is refused, what is kept, what is replaced.

#include "tests/integration/support/fixture.hpp"

namespace integration {

using std::chrono::seconds;

namespace {

std::string definition(const std::string& family, const std::string& greeting,
                       const std::string& more = "") {
    return R"({"family": ")" + family + R"(", "containerDefinitions": [{"name": "app", "memory": 32,
        "image": "ecs-node-agent-demo:latest",
        "environment": [{"name": "GREETING", "value": ")" +
           greeting + R"("}],
        "command": ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"])" +
           more + "}]}";
}

/// What `aws ecs describe-task-definition` prints, with all that was not set.
constexpr auto described = R"({
  "taskDefinition": {
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/described:12",
    "containerDefinitions": [
      {
        "name": "app", "image": "ecs-node-agent-demo:latest", "cpu": 0, "memory": 64,
        "links": [], "portMappings": [
          {"containerPort": 80, "hostPort": 0, "protocol": "tcp", "name": "http",
           "appProtocol": "http"}],
        "essential": true, "entryPoint": ["httpd"],
        "command": ["-f", "-p", "80", "-h", "/www"],
        "environment": [{"name": "GREETING", "value": "hello"}], "environmentFiles": [],
        "mountPoints": [], "volumesFrom": [], "secrets": [], "dnsServers": [],
        "dnsSearchDomains": [], "extraHosts": [], "dockerSecurityOptions": [],
        "dockerLabels": {}, "ulimits": [], "systemControls": [], "credentialSpecs": [],
        "readonlyRootFilesystem": false, "privileged": false,
        "logConfiguration": {"logDriver": "json-file", "options": {"max-size": "1m"}}
      }
    ],
    "family": "described", "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
    "networkMode": "bridge", "revision": 12, "volumes": [], "status": "ACTIVE",
    "requiresAttributes": [
      {"name": "com.amazonaws.ecs.capability.docker-remote-api.1.18"},
      {"name": "ecs.capability.execution-role-ecr-pull"}],
    "placementConstraints": [], "compatibilities": ["EXTERNAL", "EC2"],
    "requiresCompatibilities": ["EC2"], "cpu": "256", "memory": "128",
    "registeredAt": "2024-05-06T10:11:12.345000+02:00",
    "registeredBy": "arn:aws:iam::123456789012:user/somebody",
    "enableFaultInjection": false
  },
  "tags": [{"key": "project", "value": "demo"}]
})";

} // namespace

class TasksFolder : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->start();
    }

    /// The log names file, place and reason once.
    void expect_refused(const std::string& file, const std::string& text,
                        const std::vector<std::string>& words) {
        agent_->put_task(file, text);
        auto all = words;
        all.insert(all.end(), {"error a task definition is refused", file});
        EXPECT_TRUE(agent_->logs(all)) << agent_->log();
        EXPECT_EQ(agent_->log_lines(all).size(), 1U);
        EXPECT_NE(agent_->command("check-config").status, 0);
        agent_->remove_task(file);
    }
};

TEST_F(TasksFolder, RefusesWrongDefinitionsByFilePathAndReasonWhileOthersRun) {
    run_task("good.json", definition("good", "x"), "good");
    const auto id = container_of("good", "app");
    expect_refused("broken.json", R"({"family": )", {});
    expect_refused("number.json", definition("n", "x", R"(, "cpu": "many")"),
                   {"containerDefinitions[0].cpu"});
    expect_refused("unknown.json", definition("u", "x", R"(, "colour": "red")"),
                   {"containerDefinitions[0].colour"});
    expect_refused(
        "later.json",
        definition("l", "x", R"(, "dependsOn": [{"containerName": "app", "condition": "START"}])"),
        {"containerDefinitions[0].dependsOn"});
    expect_refused("port.yaml",
                   "family: p\ncontainerDefinitions:\n  - name: app\n    image: x\n"
                   "    memory: 32\n    portMappings: [{containerPort: 70000}]\n",
                   {"containerDefinitions[0].portMappings[0].containerPort"});
    EXPECT_EQ(container_of("good", "app"), id);
    EXPECT_EQ(ask_about(id).status, 200);
}

TEST_F(TasksFolder, TakesTheOutputOfDescribeTaskDefinitionAsItIs) {
    const auto task = run_task("described.json", described, "described");
    const auto app = container_of("described", "app");
    EXPECT_EQ(task.at("Revision"), "12");
    EXPECT_EQ(task.at("Limits"), Json({{"CPU", 0.25}, {"Memory", 128}}));
    EXPECT_EQ(ask_about(app, "/taskWithTags").json().at("TaskTags"), Json({{"project", "demo"}}));
    EXPECT_EQ(inspect(app)["HostConfig"]["LogConfig"]["Config"]["max-size"], "1m");
    EXPECT_TRUE(agent_->logs({"a task definition has fields that change nothing here",
                              "described.json", "requiresCompatibilities"}));
    EXPECT_TRUE(agent_->log_lines({" error "}).empty());
}

TEST_F(TasksFolder, KeepsATaskWhoseFileIsChangedIntoAWrongOne) {
    run_task("web.json", definition("web", "x"), "web");
    const auto id = container_of("web", "app");
    agent_->put_task("web.json", definition("web", "y", R"(, "cpu": -1)"));
    EXPECT_TRUE(agent_->logs({"a task definition is refused", "web.json"}));
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return container_of("web", "app") == id; }));
}

TEST_F(TasksFolder, RunsAChangedFileAsANewTask) {
    const auto before = run_task("web.json", definition("web", "old"), "web");
    const auto id = container_of("web", "app");
    agent_->put_task("web.json", definition("web", "new"));
    EXPECT_TRUE(eventually(seconds(15), [&] {
        const auto now = container_of("web", "app");
        return !now.empty() && now != id && ask_about(now, "/task").status == 200;
    }));
    const auto now = container_of("web", "app");
    EXPECT_EQ(variable_of(now, "GREETING"), "new");
    EXPECT_NE(ask_about(now, "/task").json().at("TaskARN"), before.at("TaskARN"));
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return query_state(*agent_, "select arn from declared_tasks").size() == 1;
    }));
}

TEST_F(TasksFolder, LeavesATaskAloneWhoseFileIsWrittenAgainUnchanged) {
    run_task("web.json", definition("web", "x"), "web");
    const auto id = container_of("web", "app");
    agent_->put_task("web.json", definition("web", "x") + "\n");
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return container_of("web", "app") == id; }));
}

TEST_F(TasksFolder, StopsATaskThatCannotStartAndSaysWhy) {
    const Container holder({"--publish", "28082:80", demo_image, "sleep", "300"});
    agent_->put_task(
        "web.json",
        definition("web", "x", R"(, "portMappings": [{"containerPort": 80, "hostPort": 28082}])"));
    EXPECT_TRUE(agent_->logs({"error a container cannot be brought up", "28082"}, seconds(10)));
    EXPECT_TRUE(container_of("web", "app").empty());
    agent_->remove_task("web.json");
    EXPECT_TRUE(eventually(seconds(5), [&] { return leftovers_of_tasks(*agent_).empty(); }));
}

} // namespace integration
