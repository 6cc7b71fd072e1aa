// Docker's services on one engine in swarm mode: a stack that is deployed through the agent's socket, and the
// volumes that the agent serves to the engine.

#include "tests/integration/support/door.hpp"
#include "tests/integration/support/swarm.hpp"

#include <set>
#include <vector>

namespace integration {

using std::chrono::seconds;

namespace {

const std::string access_key = "AKIASWARM";
const std::string of_the_stack = "com.docker.stack.namespace=shop";

/// Two services, three replicas. They are on the host's own bridge: an overlay network needs a kernel that
/// not every machine of the tests has.
const std::string stack = R"(version: "3.8"
services:
  web:
    image: 127.0.0.1:1/demo:latest
    command: ["sh", "-c", "cat $$ECS_CONTAINER_METADATA_FILE; echo; exec sleep 300"]
    stop_grace_period: 500ms
    deploy: {replicas: 2}
    networks: [outside]
  db:
    image: 127.0.0.1:1/demo:latest
    command: ["sleep", "300"]
    stop_grace_period: 500ms
    networks: [outside]
networks:
  outside: {external: true, name: bridge}
)";

} // namespace

class SwarmTest : public DoorTest {
protected:
    void SetUp() override {
        DoorTest::SetUp();
        prepare_for_swarm(*agent_, access_key);
        put_file(stack_file(), stack, 0644);
        docker({"tag", demo_image, service_image});
    }
    /// With the agent there: which plugins a node has Swarm asks at the beginning, and then every 20 s.
    static void begin_swarm() {
        if (docker({"info", "--format", "{{.Swarm.LocalNodeState}}"}) == "active")
            return;
        // The engine knows a plugin once it was used.
        docker({"volume", "create", "--driver", "ecs-metadata", "ecs-int-first"});
        docker({"volume", "rm", "ecs-int-first"});
        docker({"swarm", "init", "--advertise-addr", "127.0.0.1"});
    }
    void TearDown() override {
        run({"docker", "stack", "rm", "shop"});
        run({"docker", "service", "rm", "lone"});
        run({"docker", "swarm", "leave", "--force"});
        EXPECT_TRUE(eventually(seconds(30), [] { return containers(Which::all).empty(); }));
        // What the agent serves goes by itself, while it runs.
        if (agent_->running()) {
            EXPECT_TRUE(eventually(seconds(30), [&] { return has_no_volumes(*agent_); }));
            EXPECT_TRUE(volumes().empty());
        }
        run({"docker", "rmi", service_image});
        run({"docker", "network", "rm", "docker_gwbridge"});
        DoorTest::TearDown();
    }

    std::string stack_file() const { return agent_->directory() + "/stack.yaml"; }

    void deploy() const {
        begin_swarm();
        must(at_door({"stack", "deploy", "--resolve-image", "never", "--compose-file", stack_file(),
                      "shop"}),
             seconds(120));
        ASSERT_TRUE(eventually(seconds(60), [] { return containers(Which::running).size() == 3; }))
            << run({"docker", "stack", "ps", "--no-trunc", "shop"}).out;
    }
    static std::vector<Listed> containers(Which which) {
        return list_containers(which, {of_the_stack});
    }
    static std::set<std::string> ids() {
        std::set<std::string> ids;
        for (const auto& container : containers(Which::running))
            ids.insert(container.id);
        return ids;
    }
    /// Of the agent's driver.
    static std::vector<std::string> volumes() {
        return lines_of(docker({"volume", "ls", "--quiet", "--filter", "driver=ecs-metadata"}));
    }
    /// The metadata file as the container's command has found it when it began, and written to its log.
    static Json first_words_of(const std::string& container) {
        std::string said;
        EXPECT_TRUE(eventually(seconds(10), [&] {
            said = docker({"logs", container});
            return Json::accept(said);
        })) << said;
        return Json::parse(said);
    }
};

TEST_F(SwarmTest, EachReplicaOfAStackSeesItsOwnTask) {
    agent_->start();
    deploy();
    std::set<std::string> tasks;
    for (const auto& container : containers(Which::running)) {
        const auto view = own_view(container.id);
        EXPECT_EQ(view.at("DockerId"), container.id);
        EXPECT_EQ(endpoint_id_of(container.id), container.labels.at(label_of_swarm_task));
        const auto task = own_view(container.id, "/task");
        EXPECT_EQ(task.at("Family"), "shop");
        EXPECT_EQ(task.at("ServiceName"), container.labels.at(label_of_service));
        EXPECT_EQ(task.at("Containers").size(), 1U);
        tasks.insert(task.at("TaskARN").get<std::string>());
        EXPECT_TRUE(eventually(seconds(5), [&] { return has_ready_file(container.id); }));
        const auto file = metadata_file_in(container.id);
        EXPECT_EQ(file.at("ContainerID"), container.id);
        EXPECT_EQ(file.at("TaskARN"), task.at("TaskARN"));
        EXPECT_NE(try_in(container.id, "echo x > $ECS_CONTAINER_METADATA_FILE").status, 0)
            << "it can write there";
    }
    EXPECT_EQ(tasks.size(), 3U) << "each is a task of its own";
    EXPECT_EQ(volumes().size(), 3U);
}

TEST_F(SwarmTest, TheFileIsThereForTheFirstInstruction) {
    agent_->start();
    deploy();
    for (const auto& container : containers(Which::running)) {
        if (container.labels.at(label_of_service) != "shop_web")
            continue;
        EXPECT_EQ(first_words_of(container.id).at("Cluster"), "default");
    }
}

TEST_F(SwarmTest, OnlyTheServiceOfARuleHasItsRole) {
    agent_->start();
    deploy();
    std::string db;
    std::set<std::string> paths;
    for (const auto& container : containers(Which::running)) {
        const auto path = credentials_path_of(container.id);
        if (container.labels.at(label_of_service) == "shop_db") {
            db = container.id;
            EXPECT_EQ(path, "");
            continue;
        }
        const auto task = container.labels.at(label_of_swarm_task);
        EXPECT_TRUE(path.starts_with("/v2/credentials/" + task + '-')) << path;
        EXPECT_GE(path.size(), sizeof "/v2/credentials/" + task.size() + 32);
        EXPECT_TRUE(
            eventually(seconds(5), [&] { return has_keys(container.id, path, access_key); }));
        EXPECT_FALSE(has_keys(container.id, "/v2/credentials/" + task, access_key))
            << "by what everybody can list";
        paths.insert(path);
    }
    EXPECT_EQ(paths.size(), 2U);
    ASSERT_FALSE(db.empty());
    for (const auto& path : paths)
        EXPECT_FALSE(has_keys(db, path, access_key)) << "not by the id of another";
}

TEST_F(SwarmTest, WithAnotherClustersKeyThereIsNoRoleAndTheLogSaysWhy) {
    agent_->start();
    deploy();
    EXPECT_EQ(agent_->stop(), 0);
    put_file(cluster_key_of(*agent_), std::string(64, 'l'), 0600);
    agent_->start();
    EXPECT_TRUE(agent_->logs({"warn", "gets no role", "this cluster's key", "shop_web"}));
    for (const auto& container : containers(Which::running))
        if (const auto path = credentials_path_of(container.id); !path.empty()) {
            EXPECT_FALSE(has_keys(container.id, path, access_key));
        }
}

TEST_F(SwarmTest, AStackThatIsDeployedAgainAsItIsStaysAsItIs) {
    agent_->start();
    deploy();
    const auto before = ids();
    deploy();
    EXPECT_TRUE(all_the_time(seconds(3), [&] { return ids() == before; }));
    must(at_door({"service", "update", "--detach", "--force", "shop_db"}));
    ASSERT_TRUE(eventually(seconds(60), [&] { return ids() != before && ids().size() == 3; }));
    for (const auto& container : containers(Which::running))
        EXPECT_EQ(own_view(container.id).at("DockerId"), container.id);
}

TEST_F(SwarmTest, WhatTasksLeaveGoesWithTheirContainers) {
    agent_->start();
    deploy();
    must(at_door({"stack", "rm", "shop"}));
    EXPECT_TRUE(eventually(seconds(60), [] { return containers(Which::all).empty(); }));
    EXPECT_TRUE(eventually(seconds(30), [&] { return has_no_volumes(*agent_); }));
    EXPECT_TRUE(volumes().empty());
}

TEST_F(SwarmTest, TasksKeepTheirFilesOverARestartOfTheAgent) {
    agent_->start();
    deploy();
    const auto before = ids();
    agent_->kill9();
    agent_->start();
    EXPECT_EQ(ids(), before);
    for (const auto& container : containers(Which::running)) {
        EXPECT_TRUE(eventually(seconds(5), [&] { return has_ready_file(container.id); }));
        EXPECT_EQ(metadata_file_in(container.id).at("ContainerID"), container.id);
        EXPECT_EQ(own_view(container.id).at("DockerId"), container.id);
    }
    EXPECT_EQ(volumes().size(), 3U);
    EXPECT_TRUE(all_the_time(seconds(5), [] { return volumes().size() == 3; }))
        << "what is on the disk is kept for those who have it";
}

TEST_F(SwarmTest, AVolumeOfAUsersOwnRunTellsOfItsContainer) {
    agent_->start();
    // By no door: the engine asks the plugin itself.
    const Container app({"--mount",
                         "type=volume,volume-driver=ecs-metadata,source=ecs-int-mine,target=/me",
                         demo_image, "sh", "-c", "cat /me/metadata.json; echo; exec sleep 300"});
    EXPECT_EQ(first_words_of(app.id()).at("Cluster"), "default");
    EXPECT_TRUE(eventually(seconds(5), [&] {
        const auto file = Json::parse(exec_in(app.id(), "cat /me/metadata.json"));
        return file.contains("ContainerID") && file.at("ContainerID") == app.id() &&
               file.contains("MetadataFileStatus");
    }));
    docker({"restart", "--time", "1", app.id()});
    EXPECT_TRUE(eventually(seconds(5), [&] {
        const auto file = Json::parse(exec_in(app.id(), "cat /me/metadata.json"));
        return file.contains("ContainerID") && file.at("ContainerID") == app.id();
    }));
    // The engine mounts it a second time and lets go of it again.
    docker({"cp", app.id() + ":/me/metadata.json", agent_->directory() + "/copy.json"});
    EXPECT_EQ(try_in(app.id(), "cat /me/metadata.json").status, 0);
}

TEST_F(SwarmTest, ManyStartsAtOnceHaveEachItsOwn) {
    agent_->start();
    begin_swarm();
    docker({"service", "create", "--detach", "--name", "direct", "--replicas", "0", service_image});
    must(at_door({"service", "create", "--detach", "--no-resolve-image", "--name", "lone",
                  "--network", "bridge", "--replicas", "10", "--stop-grace-period", "500ms",
                  demo_image, "sleep", "300"}),
         seconds(120));
    const auto running = [] {
        return list_containers(Which::running, {label_of_service + "=lone"});
    };
    ASSERT_TRUE(eventually(seconds(120), [&] { return running().size() == 10; }))
        << run({"docker", "service", "ps", "--no-trunc", "lone"}).out;
    for (const auto& container : running()) {
        EXPECT_EQ(own_view(container.id).at("DockerId"), container.id);
        EXPECT_TRUE(eventually(seconds(5), [&] { return has_ready_file(container.id); }));
        EXPECT_EQ(metadata_file_in(container.id).at("ContainerID"), container.id);
    }
    const auto spec = docker({"service", "inspect", "direct"});
    EXPECT_EQ(spec.find("ECS_"), std::string::npos) << "what comes by no door stays as it is";
    docker({"service", "rm", "direct"});
}

} // namespace integration
