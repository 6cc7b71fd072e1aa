#include "tests/integration/support/fixture.hpp"

#include <algorithm>
#include <set>

namespace integration {

using std::chrono::seconds;

namespace {

constexpr auto web = R"({
  "family": "web", "networkMode": "bridge",
  "containerDefinitions": [
    {"name": "app", "image": "ecs-node-agent-demo:latest",
     "command": ["sh", "-c", "trap 'exit 7' TERM; httpd -f -p 80 -h /www & wait"],
     "environment": [{"name": "GREETING", "value": "hello"}], "memory": 32, "cpu": 64,
     "dockerLabels": {"colour": "blue"},
     "portMappings": [{"containerPort": 80, "hostPort": 0}]},
    {"name": "sidecar", "image": "ecs-node-agent-demo:latest", "essential": false, "memory": 32,
     "command": ["sh", "-c", "trap 'exit 0' TERM; httpd -f -p 81 -h /www & wait"],
     "portMappings": [{"containerPort": 81, "hostPort": 28081}]}],
  "tags": [{"key": "project", "value": "demo"}]})";

std::set<std::string> environment_of(const std::string& container) {
    const auto inspected = inspect(container);
    std::set<std::string> environment;
    for (const auto& entry : inspected["Config"]["Env"])
        environment.insert(entry.get<std::string>());
    return environment;
}

/// Id and ports of an answer about `id` are those that the engine knows.
void expect_truth(const Json& container, const std::string& id, int container_port) {
    SCOPED_TRACE(container.dump());
    EXPECT_EQ(container.at("DockerId"), id);
    auto inspected = inspect(id);
    EXPECT_EQ("/" + container.at("DockerName").get<std::string>(), inspected["Name"]);
    std::multiset<std::string> bound; // once for IPv4, and once for IPv6 where the host has it
    for (const auto& binding :
         inspected["NetworkSettings"]["Ports"][std::to_string(container_port) + "/tcp"])
        bound.insert(binding.at("HostPort").get<std::string>());
    std::multiset<std::string> shown;
    for (const auto& port : container.at("Ports")) {
        EXPECT_EQ(port.at("ContainerPort"), container_port);
        shown.insert(std::to_string(port.at("HostPort").get<int>()));
    }
    EXPECT_EQ(shown, bound);
    EXPECT_FALSE(bound.empty());
}

std::vector<std::string> names_in(const Json& task) {
    std::vector<std::string> names;
    for (const auto& container : task.at("Containers"))
        names.push_back(container.at("Name"));
    return names;
}

} // namespace

class BridgeTask : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->set("ECS_CONTAINER_INSTANCE_TAGS", R"({"rack":"7"})");
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "3s");
        agent_->start();
        task_ = run_task("web.json", web, "web");
        app_ = container_of("web", "app");
        sidecar_ = container_of("web", "sidecar");
        ASSERT_TRUE(eventually(seconds(2), [&] { return is_ready(app_) && is_ready(sidecar_); }));
    }

    Json task_;
    std::string app_;
    std::string sidecar_;
};

TEST_F(BridgeTask, GivesAContainerExactlyTheEnvironmentOfECS) {
    const auto id = endpoint_id_of(app_);
    EXPECT_EQ(id.size(), 36U);
    EXPECT_NE(id, endpoint_id_of(sidecar_));
    const std::set<std::string> expected{
        "GREETING=hello",
        "ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/" + id,
        "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + id,
        "ECS_AGENT_URI=http://169.254.170.2/api/" + id,
        "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/app/metadata.json",
        "AWS_REGION=us-east-1",
        "AWS_DEFAULT_REGION=us-east-1",
        "AWS_EXECUTION_ENV=AWS_ECS_EC2"};
    auto seen = environment_of(app_);
    std::erase_if(seen, [](const std::string& entry) { return entry.starts_with("PATH="); });
    EXPECT_EQ(seen, expected);
    EXPECT_EQ(exec_in(app_, "echo $ECS_CONTAINER_METADATA_URI_V4"),
              "http://169.254.170.2/v4/" + id);
}

TEST_F(BridgeTask, GivesContainersTheNamesAndLabelsOfECS) {
    const auto inspected = inspect(app_);
    const auto name = inspected["Name"].get<std::string>();
    EXPECT_TRUE(name.starts_with("/ecs-web-1-app-")) << name;
    const auto arn = task_.at("TaskARN").get<std::string>();
    EXPECT_TRUE(arn.starts_with("arn:aws:ecs:us-east-1:000000000000:task/default/")) << arn;
    EXPECT_EQ(arn.size(),
              std::string("arn:aws:ecs:us-east-1:000000000000:task/default/").size() + 32);
    const Json expected{{"colour", "blue"},
                        {"com.amazonaws.ecs.cluster", "default"},
                        {"com.amazonaws.ecs.container-name", "app"},
                        {"com.amazonaws.ecs.task-arn", arn},
                        {"com.amazonaws.ecs.task-definition-family", "web"},
                        {"com.amazonaws.ecs.task-definition-version", "1"}};
    EXPECT_EQ(nlohmann::json(inspected["Config"]["Labels"]), nlohmann::json(expected));
    EXPECT_EQ(inspected["HostConfig"]["CpuShares"], 64);
    EXPECT_EQ(inspected["HostConfig"]["Memory"], 32 * 1024 * 1024);
}

TEST_F(BridgeTask, AnswersInsideTheContainerInAllVersionsAsTheEngineSays) {
    const std::string host = "http://169.254.170.2";
    for (const auto* uri : {"$ECS_CONTAINER_METADATA_URI", "$ECS_CONTAINER_METADATA_URI_V4"}) {
        SCOPED_TRACE(uri);
        const std::string base = uri;
        expect_truth(get_in(app_, base), app_, 80);
        expect_truth(get_in(sidecar_, base), sidecar_, 81);
        const auto task = get_in(app_, base + "/task");
        EXPECT_EQ(names_in(task), (std::vector<std::string>{"app", "sidecar"}));
        expect_truth(container_in(task, "app"), app_, 80);
        expect_truth(container_in(task, "sidecar"), sidecar_, 81);
        EXPECT_FALSE(task.contains("TaskTags"));
        const auto tagged = get_in(sidecar_, base + "/taskWithTags");
        EXPECT_EQ(tagged.at("TaskTags"), Json({{"project", "demo"}}));
        EXPECT_EQ(tagged.at("ContainerInstanceTags"), Json({{"rack", "7"}}));
    }
    const auto task = get_in(app_, host + "/v2/metadata");
    expect_truth(container_in(task, "sidecar"), sidecar_, 81);
    EXPECT_EQ(task.at("TaskARN"), task_.at("TaskARN"));
    expect_truth(get_in(app_, host + "/v2/metadata/" + sidecar_), sidecar_, 81);
    for (const auto* spelling : {"/v2/metadataWithTags", "/v2/metadata/taskWithTags"})
        EXPECT_EQ(get_in(app_, host + spelling).at("TaskTags"), Json({{"project", "demo"}}));
    const auto typed = exec_in(app_, "printf 'GET /v4 HTTP/1.0\\n\\n' | nc 169.254.170.2 80");
    EXPECT_TRUE(typed.starts_with("HTTP/1.0 200 OK\r\n")) << typed;
    EXPECT_NE(typed.find(app_), std::string::npos) << typed;
}

TEST_F(BridgeTask, ShowsInV4WhatTheContractAddsThere) {
    const auto task = get_in(app_, "$ECS_CONTAINER_METADATA_URI_V4/task");
    EXPECT_EQ(task.at("LaunchType"), "EC2");
    EXPECT_EQ(task.at("AvailabilityZone"), "us-east-1a");
    const auto app = container_in(task, "app");
    EXPECT_EQ(app.at("ContainerARN").get<std::string>().substr(0, 51),
              "arn:aws:ecs:us-east-1:000000000000:container/defaul");
    const auto network = inspect(app_)["NetworkSettings"]["Networks"]["bridge"];
    EXPECT_EQ(app.at("Networks")[0].at("NetworkMode"), "bridge");
    EXPECT_EQ(app["Networks"][0].at("IPv4Addresses"), Json::array({network["IPAddress"]}));
    EXPECT_EQ(app.at("KnownStatus"), "RUNNING");
    EXPECT_EQ(app.at("Limits"), Json({{"CPU", 64}, {"Memory", 32}}));
}

TEST_F(BridgeTask, AnswersTheHostByIdWithLengthAndTypeAndTheSameToHead) {
    const auto answer = ask_about(app_);
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.headers.at("content-type"), "application/json");
    EXPECT_EQ(answer.headers.at("content-length"), std::to_string(answer.body.size()));
    EXPECT_EQ(ask_about(app_).body, answer.body);
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, "/v4/no-such-id").status, 404);
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, "/v3/no-such-id").status, 500);
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, "/v2/metadata").status, 400);
}

TEST_F(BridgeTask, DoesNotAnswerV2AboutAnotherTasksContainer) {
    const Container other({demo_image, "sleep", "300"});
    const auto refused =
        try_in(app_, "timeout 5 wget -qO- http://169.254.170.2/v2/metadata/" + other.id());
    EXPECT_NE(refused.status, 0);
    EXPECT_NE(refused.err.find("400"), std::string::npos) << refused.err;
}

TEST_F(BridgeTask, IsSeenInIntrospectionByListIdAndArn) {
    const auto get = [](const std::string& path) {
        return http_get("127.0.0.1", introspection_port, path);
    };
    const auto instance = get("/v1/metadata").json();
    EXPECT_EQ(instance.at("Cluster"), "default");
    EXPECT_TRUE(
        instance.at("Version").get<std::string>().starts_with("Amazon ECS Agent - v1.105.1 ("));
    const auto arn = task_.at("TaskARN").get<std::string>();
    Json listed;
    const auto list = get("/v1/tasks").json();
    for (const auto& task : list.at("Tasks"))
        if (task.at("Arn") == arn)
            listed = task;
    ASSERT_FALSE(listed.is_null());
    EXPECT_EQ(names_in(listed), (std::vector<std::string>{"app", "sidecar"}));
    expect_truth(container_in(listed, "app"), app_, 80);
    EXPECT_EQ(listed.at("KnownStatus"), "RUNNING");
    for (const auto& query : {"?dockerid=" + app_, "?dockerid=" + sidecar_.substr(0, 12),
                              "?dockerid=" + app_.substr(0, 10), "?taskarn=" + arn})
        EXPECT_EQ(get("/v1/tasks" + query).json(), listed) << query;
    EXPECT_EQ(get("/v1/tasks?dockerid=0123456789abcdef0123").status, 404);
    EXPECT_EQ(get("/v1/tasks?dockerid=" + app_ + "&taskarn=" + arn).status, 400);
    // A container reaches it at its own bridge's gateway, and at the agent's.
    const auto gateway =
        inspect(app_)["NetworkSettings"]["Networks"]["bridge"]["Gateway"].get<std::string>();
    EXPECT_EQ(get_in(app_, "http://" + gateway + ":51678/v1/metadata"), instance);
    EXPECT_EQ(get_in(app_, "http://169.254.172.1:51678/v1/metadata"), instance);
}

TEST_F(BridgeTask, StopsWhenItsEssentialContainerStopsAndTellsTheExitCode) {
    docker({"stop", app_});
    Json task;
    EXPECT_TRUE(eventually(seconds(10), [&] {
        task = ask_about(app_, "/task").json();
        return task.at("KnownStatus") == "STOPPED";
    })) << task.dump();
    EXPECT_EQ(task.at("DesiredStatus"), "STOPPED");
    EXPECT_TRUE(task.contains("ExecutionStoppedAt"));
    EXPECT_EQ(container_in(task, "app").at("ExitCode"), 7);
    EXPECT_EQ(container_in(task, "sidecar").at("ExitCode"), 0);
    EXPECT_EQ(inspect(sidecar_)["State"]["Status"], "exited");
}

TEST_F(BridgeTask, GoesOnWhenAContainerThatIsNotEssentialStops) {
    docker({"stop", sidecar_});
    Json task;
    EXPECT_TRUE(eventually(seconds(5), [&] {
        task = ask_about(app_, "/task").json();
        return container_in(task, "sidecar").at("KnownStatus") == "STOPPED";
    }));
    EXPECT_TRUE(
        all_the_time(seconds(1), [&] { return inspect(app_)["State"]["Running"] == true; }));
    EXPECT_EQ(ask_about(app_, "/task").json().at("DesiredStatus"), "RUNNING");
}

TEST_F(BridgeTask, LeavesNothingWhenItsFileIsRemoved) {
    end_task("web.json", "web");
    EXPECT_TRUE(eventually(seconds(5), [&] { return leftovers_of_tasks(*agent_).empty(); }));
    for (const auto& finding : leftovers_of_tasks(*agent_))
        ADD_FAILURE() << finding;
    const auto arn = task_.at("TaskARN").get<std::string>();
    EXPECT_EQ(http_get("127.0.0.1", introspection_port, "/v1/tasks?taskarn=" + arn).status, 404);
    EXPECT_TRUE(agent_->logs({"task removed", arn}));
}

} // namespace integration
