// Docker's services on several hosts: three engines, an agent beside each, one swarm. What the manager is told
// through its agent's socket the others' tasks have.

#include "tests/integration/support/node.hpp"
#include "tests/integration/support/swarm.hpp"
#include "tests/integration/support/tasks.hpp"

#include <cstdlib>
#include <iostream>
#include <set>
#include <vector>

namespace integration {

using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// Of a plugin whose socket is not there, an engine that starts waits so long for each volume.
constexpr auto wait_for_a_volume = seconds(15);

/// A replica for each host, on its own bridge: not every kernel has what Swarm's networks need.
const std::string stack = R"(version: "3.8"
services:
  web:
    image: 127.0.0.1:1/demo:latest
    command: ["sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1 & wait; done"]
    deploy: {replicas: 3, placement: {max_replicas_per_node: 1}}
    networks: [outside]
networks:
  outside: {external: true, name: bridge}
)";

/// A host of the swarm: an engine, and an agent beside it that has keys of its own to give.
class Host {
public:
    /// The sandbox itself, with its engine.
    Host() : name_("manager"), zone_("us-east-1a") { prepare(); }
    Host(const std::string& name, int number, const std::string& zone) : name_(name), zone_(zone) {
        node_.emplace(name, number, agent_.directory() + "-engine");
        agent_.use_entry(node_->entry());
        engine_ = node_->engine().host();
        agent_.set("DOCKER_HOST", engine_);
        prepare();
    }

    /// While it lives, `docker` and what asks the engine ask this host's.
    class Asked {
    public:
        explicit Asked(const std::string& engine) {
            if (!engine.empty())
                ::setenv("DOCKER_HOST", engine.c_str(), 1);
        }
        ~Asked() { ::unsetenv("DOCKER_HOST"); }
        Asked(const Asked&) = delete;
        Asked& operator=(const Asked&) = delete;
    };
    [[nodiscard]] Asked asked() const { return Asked(engine_); }

    const std::string& name() const { return name_; }
    const std::string& zone() const { return zone_; }
    std::string access_key() const { return "AKIA-" + name_; }
    Agent& agent() { return agent_; }
    Node& node() { return *node_; }
    /// The status with which this host's agent answers about an id.
    std::string status_about(const std::string& endpoint_id) const {
        const auto entry = node_ ? node_->entry() : Words();
        return must(followed(
            entry, {"curl", "--silent", "--output", "/dev/null", "--write-out", "%{http_code}",
                    "http://127.0.0.1:" + std::to_string(endpoint_port) + "/v4/" + endpoint_id}));
    }

private:
    void prepare() {
        prepare_for_swarm(agent_, access_key());
        agent_.set("ECS_AVAILABILITY_ZONE", zone_);
        const auto here = asked();
        docker({"tag", demo_image, service_image});
    }

    std::string name_;
    std::string zone_;
    Agent agent_;
    std::optional<Node> node_;
    std::string engine_; ///< as DOCKER_HOST has it; "" for the sandbox's
};

struct Cluster {
    Host manager;
    Host first{"first", 2, "us-east-1b"};
    Host second{"second", 3, "us-east-1c"};

    std::vector<Host*> hosts() { return {&manager, &first, &second}; }
};

} // namespace

class SwarmNodesTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        require_sandbox();
        cluster_.emplace();
        for (auto* host : cluster_->hosts())
            host->agent().start();
        docker({"swarm", "init", "--advertise-addr", Node::address_of_sandbox,
                // Nothing of a task stays once it has ended.
                "--task-history-limit", "0"});
        const auto token = docker({"swarm", "join-token", "--quiet", "worker"});
        for (auto* host : {&cluster_->first, &cluster_->second}) {
            const auto there = host->asked();
            docker({"swarm", "join", "--token", token, "--advertise-addr", host->node().address(),
                    std::string(Node::address_of_sandbox) + ":2377"});
        }
    }
    static void TearDownTestSuite() {
        if (!cluster_)
            return;
        for (auto* host : cluster_->hosts()) {
            auto& agent = host->agent();
            EXPECT_EQ(agent.stop(), 0);
            for (const auto& complaint : agent.complaints())
                ADD_FAILURE() << "in the log of the agent of " << host->name() << ": " << complaint;
            const auto teardown = agent.command("teardown");
            EXPECT_EQ(teardown.status, 0) << teardown.err;
        }
        run({"docker", "rmi", service_image});
        for (const auto& finding : leftovers_of_host(cluster_->manager.agent()))
            ADD_FAILURE() << "left after teardown: " << finding;
        cluster_.reset();
    }
    void SetUp() override {
        ASSERT_TRUE(cluster_);
        ASSERT_TRUE(eventually(seconds(30), [] { return states() == Words(3, "Ready Active"); }))
            << docker({"node", "ls"});
    }
    void TearDown() override {
        if (!cluster_)
            return;
        run({"docker", "stack", "rm", "shop"});
        run({"docker", "service", "rm", "lone"});
        for (auto* host : cluster_->hosts()) {
            EXPECT_TRUE(eventually(seconds(30), [&] { return has_nothing_of_services(*host); }))
                << host->name();
            if (HasFailure())
                std::cerr << "--- the log of the agent of " << host->name() << " ---\n"
                          << host->agent().log() << "--- end of it ---\n";
        }
    }

    /// Of the nodes, as the manager has them: status and availability.
    static Words states() {
        return lines_of(docker({"node", "ls", "--format", "{{.Status}} {{.Availability}}"}));
    }
    static bool has_nothing_of_services(Host& host) {
        const auto there = host.asked();
        return list_containers(Which::all, {label_of_service}).empty() &&
               has_no_volumes(host.agent());
    }
    static Words at_door(Words words) {
        return followed({"docker", "--host", "unix://" + cluster_->manager.agent().docker_socket()},
                        words);
    }
    /// A service whose tasks go where these constraints let them.
    static void create_service(int replicas, const Words& constraints) {
        Words words{"service",   "create", "--detach",   "--no-resolve-image",    "--name", "lone",
                    "--network", "bridge", "--replicas", std::to_string(replicas)};
        for (const auto& constraint : constraints)
            words = followed(words, {"--constraint", constraint});
        must(at_door(followed(words, {service_image, "sh", "-c", runs_until_told()})));
    }
    static std::vector<Listed> replicas_on(const Host& host, const std::string& service) {
        const auto there = host.asked();
        return list_containers(Which::running, {label_of_service + '=' + service});
    }
    static bool has_one(const Host& host, const std::string& service) {
        return replicas_on(host, service).size() == 1;
    }
    static std::string tasks_of(const std::string& service) {
        return run({"docker", "service", "ps", "--no-trunc", service}).out;
    }
    static std::string errors_of(const std::string& service) {
        return docker({"service", "ps", "--no-trunc", "--format", "{{.Error}}", service});
    }
    static Json own_view(const std::string& container, const std::string& rest = "") {
        return get_in(container, "$ECS_CONTAINER_METADATA_URI_V4" + rest);
    }
    /// What a replica sees of itself is the task that Swarm has there, and that host. The engine of the host is
    /// being asked.
    static void expect_own_view(const Host& host, const Listed& replica) {
        EXPECT_EQ(endpoint_id_of(replica.id), replica.labels.at(label_of_swarm_task));
        EXPECT_EQ(own_view(replica.id).at("DockerId"), replica.id);
        const auto task = own_view(replica.id, "/task");
        EXPECT_EQ(task.at("AvailabilityZone"), host.zone());
        EXPECT_EQ(task.at("ServiceName"), replica.labels.at(label_of_service));
        EXPECT_TRUE(eventually(seconds(5), [&] { return has_ready_file(replica.id); }));
        const auto file = metadata_file_in(replica.id);
        EXPECT_EQ(file.at("ContainerID"), replica.id);
        EXPECT_EQ(file.at("TaskARN"), task.at("TaskARN"));
        EXPECT_EQ(file.at("AvailabilityZone"), host.zone());
    }
    /// Which plugins of volumes the engine of the host says to Swarm that it has.
    static bool knows_the_driver(const Host& host) {
        const auto there = host.asked();
        return docker({"info", "--format", "{{.Plugins.Volume}}"}).find("ecs-metadata") !=
               std::string::npos;
    }
    static milliseconds start_of(PrivateEngine& engine) {
        const auto begun = steady_clock::now();
        engine.start();
        const auto took = duration_cast<milliseconds>(steady_clock::now() - begun);
        std::cout << "the engine was up after " << took.count() << " ms\n";
        return took;
    }

    static inline std::optional<Cluster> cluster_;
};

TEST_F(SwarmNodesTest, EachReplicaOfAStackSeesItsOwnTaskHostAndRole) {
    const auto file = cluster_->manager.agent().directory() + "/stack.yaml";
    put_file(file, stack, 0644);
    must(at_door({"stack", "deploy", "--resolve-image", "never", "--compose-file", file, "shop"}));
    std::set<std::string> instances;
    std::set<std::string> paths;
    for (auto* host : cluster_->hosts()) {
        ASSERT_TRUE(eventually(seconds(60), [&] { return has_one(*host, "shop_web"); }))
            << tasks_of("shop_web");
        const auto replica = replicas_on(*host, "shop_web").front();
        const auto there = host->asked();
        expect_own_view(*host, replica);
        instances.insert(
            metadata_file_in(replica.id).at("ContainerInstanceARN").get<std::string>());
        const auto path = credentials_path_of(replica.id);
        EXPECT_TRUE(eventually(seconds(5), [&] {
            return has_keys(replica.id, path, host->access_key());
        })) << path;
        for (const auto& of_another : paths)
            EXPECT_FALSE(has_keys(replica.id, of_another, "AKIA"));
        paths.insert(path);
    }
    EXPECT_EQ(instances.size(), 3U);
    EXPECT_EQ(paths.size(), 3U);
}

TEST_F(SwarmNodesTest, ATaskThatMovesIsAnsweredByItsNewHostAndForgottenByItsOld) {
    auto& old_host = cluster_->first;
    auto& new_host = cluster_->second;
    create_service(2, {"node.role==worker"});
    ASSERT_TRUE(eventually(seconds(60), [&] {
        return has_one(old_host, "lone") && has_one(new_host, "lone");
    })) << tasks_of("lone");
    const auto task = replicas_on(old_host, "lone").front().labels.at(label_of_swarm_task);
    EXPECT_EQ(old_host.status_about(task), "200");
    EXPECT_FALSE(has_no_volumes(old_host.agent()));

    docker({"node", "update", "--availability", "drain", old_host.name()});
    EXPECT_TRUE(eventually(seconds(60), [&] { return replicas_on(new_host, "lone").size() == 2; }))
        << tasks_of("lone");
    for (const auto& replica : replicas_on(new_host, "lone")) {
        const auto there = new_host.asked();
        expect_own_view(new_host, replica);
    }
    EXPECT_TRUE(eventually(seconds(30), [&] { return has_nothing_of_services(old_host); }))
        << tasks_of("lone");
    for (auto* host : cluster_->hosts())
        EXPECT_EQ(host->status_about(task), "404") << host->name();
    docker({"node", "update", "--availability", "active", old_host.name()});
}

TEST_F(SwarmNodesTest, ANodeWithoutAnAgentSaysWhyAndHasTheTaskOnceThereIsOne) {
    auto& host = cluster_->second;
    {
        const auto there = host.asked();
        docker({"run", "--rm", "--mount",
                "type=volume,volume-driver=ecs-metadata,source=ended,target=/me", demo_image,
                "true"});
        ASSERT_TRUE(eventually(seconds(30), [&] { return has_no_volumes(host.agent()); }));
    }
    EXPECT_EQ(host.agent().stop(), 0);
    host.node().engine().stop();
    EXPECT_LT(start_of(host.node().engine()), wait_for_a_volume)
        << "it remembers the volume of a container that has long ended";
    EXPECT_FALSE(knows_the_driver(host));

    create_service(1, {"node.hostname==" + host.name()});
    EXPECT_TRUE(eventually(seconds(60), [] {
        return errors_of("lone").find("missing plugin on 1 node") != std::string::npos;
    })) << tasks_of("lone");
    std::cout << errors_of("lone") << '\n';
    host.agent().start();
    ASSERT_TRUE(eventually(seconds(60), [&] { return has_one(host, "lone"); })) << tasks_of("lone");
    const auto replica = replicas_on(host, "lone").front();
    const auto there = host.asked();
    expect_own_view(host, replica);
}

// Swarm asks engines which drivers they have, and they say those that somebody has used.
TEST_F(SwarmNodesTest, AnEngineThatComesBackHasTheDriver) {
    auto& host = cluster_->first;
    EXPECT_TRUE(knows_the_driver(host));
    host.node().engine().stop();
    start_of(host.node().engine());
    EXPECT_TRUE(eventually(seconds(10), [&] { return knows_the_driver(host); }));
}

// As at a boot: the socket is there before the engine, and the agent is started by the engine's first question.
TEST_F(SwarmNodesTest, AnEngineThatStartsWithVolumesIsNotHeldByThem) {
    auto& host = cluster_->second;
    auto& engine = host.node().engine();
    auto& agent = host.agent();
    const Words names{"one", "two", "three"};
    for (const auto& name : names) {
        const auto there = host.asked();
        docker({"run", "--detach", "--restart", "always", "--name", name, "--mount",
                "type=volume,volume-driver=ecs-metadata,target=/me,source=" + name, demo_image,
                "sh", "-c", runs_until_told()});
    }
    engine.stop();
    agent.kill9();
    const auto before = agent.log_lines({"Z info ready"}).size();
    agent.use_entry(
        followed(host.node().entry(), {"systemd-socket-activate", "--listen", plugin_socket}));
    agent.launch();
    EXPECT_LT(start_of(engine), wait_for_a_volume);
    EXPECT_TRUE(
        eventually(seconds(20), [&] { return agent.log_lines({"Z info ready"}).size() > before; }));
    {
        const auto there = host.asked();
        for (const auto& name : names)
            EXPECT_TRUE(eventually(seconds(10), [&] {
                const auto id = inspect(name).at("Id").get<std::string>();
                return try_in(name, "grep -q " + id + " /me/metadata.json").status == 0;
            })) << name;
        docker(followed({"rm", "--force"}, names));
    }
    EXPECT_TRUE(eventually(seconds(30), [&] { return has_no_volumes(agent); }));
    EXPECT_EQ(agent.stop(), 0);
    agent.use_entry(host.node().entry());
    agent.start();
}

} // namespace integration
