// What is said of a task as a whole.

#include "tests/integration/definition_fields.hpp"

#include <fstream>

namespace integration {

using std::chrono::seconds;

namespace {

std::string host_namespace(const std::string& kind) {
    return shell("readlink /proc/self/ns/" + kind);
}

std::string own_namespace(FieldBench& bench, const std::string& container,
                          const std::string& kind) {
    return bench.inside(container, "readlink /proc/self/ns/" + kind);
}

std::string limit_in_cgroup(const std::string& controller, const std::string& task,
                            const char* file) {
    std::ifstream stream("/sys/fs/cgroup/" + controller + "/ecs/" + task + '/' + file);
    std::string value;
    stream >> value;
    return value;
}

const FieldTrial family({"family"}, [](FieldBench& bench) {
    const auto labels = bench.config("app")["Labels"];
    EXPECT_EQ(labels["com.amazonaws.ecs.task-definition-family"], "many");
    EXPECT_EQ(bench.task_answer("app").at("Family"), "many");
});

const FieldTrial revision({"revision"}, [](FieldBench& bench) {
    const auto labels = bench.config("app")["Labels"];
    EXPECT_EQ(labels["com.amazonaws.ecs.task-definition-version"], "7");
    EXPECT_EQ(bench.task_answer("app").at("Revision"), "7");
});

const FieldTrial containers({"containerDefinitions"}, [](FieldBench& bench) {
    std::vector<std::string> names;
    const auto task = bench.task_answer("app");
    for (const auto& container : task.at("Containers"))
        names.push_back(container.at("Name"));
    EXPECT_EQ(names, (std::vector<std::string>{"seed", "app", "user", "terminal", "web"}));
});

const FieldTrial network_mode({"networkMode"}, [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("app")["NetworkMode"], "bridge");
    EXPECT_EQ(bench.host_config("hosted")["NetworkMode"], "host");
    EXPECT_EQ(own_namespace(bench, "hosted", "net"), host_namespace("net"));
    EXPECT_EQ(bench.host_config("lonely")["NetworkMode"], "none");
    EXPECT_EQ(bench.inside("lonely", "ls /sys/class/net"), "lo");
    const auto network = bench.host_config("left")["NetworkMode"].get<std::string>();
    EXPECT_TRUE(network.starts_with("container:")) << network;
    EXPECT_EQ(bench.host_config("right")["NetworkMode"], network);
    EXPECT_EQ(own_namespace(bench, "left", "net"), own_namespace(bench, "right", "net"));
});

const FieldTrial pid_mode({"pidMode"}, [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("hosted")["PidMode"], "host");
    EXPECT_EQ(own_namespace(bench, "hosted", "pid"), host_namespace("pid"));
    const auto mode = bench.host_config("left")["PidMode"].get<std::string>();
    EXPECT_TRUE(mode.starts_with("container:")) << mode;
    EXPECT_EQ(bench.host_config("right")["PidMode"], mode);
    EXPECT_EQ(own_namespace(bench, "left", "pid"), own_namespace(bench, "right", "pid"));
    EXPECT_NE(own_namespace(bench, "left", "pid"), own_namespace(bench, "hosted", "pid"));
});

const FieldTrial ipc_mode({"ipcMode"}, [](FieldBench& bench) {
    EXPECT_EQ(bench.host_config("hosted")["IpcMode"], "host");
    EXPECT_EQ(own_namespace(bench, "hosted", "ipc"), host_namespace("ipc"));
    EXPECT_EQ(bench.host_config("lonely")["IpcMode"], "none");
    EXPECT_EQ(bench.inside("lonely", "grep -c ' /dev/shm ' /proc/mounts || true"), "0");
    bench.inside("left", "echo shared >/dev/shm/word");
    EXPECT_EQ(bench.inside("right", "cat /dev/shm/word"), "shared");
    EXPECT_EQ(own_namespace(bench, "left", "ipc"), own_namespace(bench, "right", "ipc"));
});

const FieldTrial size({"cpu", "memory"}, [](FieldBench& bench) {
    const auto id = id_of(bench.up("left"));
    EXPECT_EQ(bench.host_config("left")["CgroupParent"], "/ecs/" + id);
    EXPECT_EQ(limit_in_cgroup("memory", id, "memory.limit_in_bytes"), std::to_string(128 << 20));
    EXPECT_EQ(limit_in_cgroup("cpu", id, "cpu.cfs_quota_us"), "25000");
    EXPECT_EQ(bench.task_answer("left").at("Limits"), Json({{"CPU", 0.25}, {"Memory", 128}}));
});

/// The containers' credentials come later: until then the definition is taken, and kept.
const FieldTrial roles({"taskRoleArn", "executionRoleArn"}, [](FieldBench& bench) {
    const auto kept = bench.kept("many.json");
    EXPECT_EQ(kept.at("taskRoleArn"), "arn:aws:iam::111122223333:role/app");
    EXPECT_EQ(kept.at("executionRoleArn"), "pull");
});

const FieldTrial tags({"tags", "tags[].key", "tags[].value"}, [](FieldBench& bench) {
    EXPECT_EQ(bench.task_answer("app").at("TaskTags"),
              Json({{"project", "fields"}, {"stage", "trial"}}));
});

const FieldTrial metadata_enable_of_tasks({"metadataEnable"}, [](FieldBench& bench) {
    EXPECT_EQ(variable_of(bench.made("left"), "ECS_CONTAINER_METADATA_FILE"), "");
    EXPECT_TRUE(bench.looked_at("left")["Mounts"].empty());
});

const FieldTrial service_name({"x-ecs-node-agent", "x-ecs-node-agent.serviceName"},
                              [](FieldBench& bench) {
                                  EXPECT_EQ(bench.task_answer("app").at("ServiceName"), "shop");
                                  EXPECT_FALSE(bench.task_answer("left").contains("ServiceName"));
                              });

const FieldTrial
    associations({"x-ecs-node-agent.associations", "x-ecs-node-agent.associations[].type",
                  "x-ecs-node-agent.associations[].name", "x-ecs-node-agent.associations[].value",
                  "x-ecs-node-agent.associations[].containers"},
                 [](FieldBench& bench) {
                     const auto list = "/associations/elastic-inference";
                     EXPECT_EQ(bench.ask_about(bench.up("app"), list).json(),
                               Json({{"Associations", {"dev1"}}}));
                     EXPECT_EQ(bench.ask_about(bench.up("app"), std::string(list) + "/dev1").body,
                               "val");
                 });

const FieldTrial run_once({"x-ecs-node-agent.run"}, [](FieldBench& bench) {
    const auto sprint = bench.made("sprint");
    ASSERT_TRUE(eventually(seconds(10), [&] { return state_of(sprint) == "exited"; }));
    // What is always kept running is there again after a second.
    EXPECT_TRUE(all_the_time(seconds(3), [&] {
        return containers_of("once", "sprint") == std::vector<std::string>{sprint};
    }));
});

const FieldTrial replace_unhealthy({"x-ecs-node-agent.replaceUnhealthy"}, [](FieldBench& bench) {
    const auto frail = bench.made("frail");
    EXPECT_TRUE(bench.agent().logs({"task stopped", arn_of(frail), "container frail is UNHEALTHY"},
                                   seconds(20)));
    EXPECT_EQ(state_of(frail), "exited");
});

} // namespace

} // namespace integration
