// What others do to the agent while it runs, and what it finds when it starts.

#include "tests/fakes/gate.hpp"
#include "tests/integration/support/relay.hpp"
#include "tests/integration/support/tasks.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstdlib>
#include <fstream>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

class Mending : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->start();
        run_task("b.json", idle_task("b", "bridge"), "b");
        run_task("v.json", idle_task("v", "awsvpc"), "v");
        bridge_ = sandbox_of(container_of("b", "app"));
        vpc_ = sandbox_of(container_of("v", "~internal~ecs~pause"));
        ASSERT_TRUE(
            eventually(seconds(3), [&] { return answers_in(bridge_) && answers_in(vpc_); }));
    }

    static std::string sandbox_of(const std::string& container) {
        return inspect(container)["NetworkSettings"]["SandboxKey"];
    }

    /// Asks by source address, from inside that network, giving up soon.
    static bool answers_in(const std::string& sandbox) {
        return run({"nsenter", "--net=" + sandbox, "curl", "--silent", "--fail", "--max-time",
                    "0.2", "http://169.254.170.2/v2/metadata"})
                   .status == 0;
    }

    /// Within a second of somebody's deed the containers are answered again, and all stands.
    void expect_back_after(const std::string& deed) {
        SCOPED_TRACE(deed);
        shell(deed);
        const auto done = std::chrono::steady_clock::now();
        EXPECT_TRUE(
            eventually(seconds(3), [&] { return answers_in(bridge_) && answers_in(vpc_); }));
        const auto took = std::chrono::steady_clock::now() - done;
        std::cout << "back " << std::chrono::duration_cast<milliseconds>(took).count()
                  << " ms after " << deed << '\n';
        EXPECT_LT(took, at_this_pace(seconds(1)));
        EXPECT_TRUE(eventually(seconds(1), [&] { return stands(); }));
        EXPECT_EQ(http_get("127.0.0.1", introspection_port, "/healthz").status, 200);
    }

    static bool stands() {
        const auto routes = must({"ip", "route", "show", "table", "main"});
        return must({"nft", "list", "tables"}).find("ecs_node_agent") != std::string::npos &&
               must({"ip", "addr", "show", "dev", "ecs-bridge"}).find("inet 169.254.172.1/22") !=
                   std::string::npos &&
               routes.find("169.254.170.2 dev ecs-bridge") != std::string::npos &&
               routes.find("unreachable 169.254.170.2") != std::string::npos;
    }

    std::string bridge_;
    std::string vpc_;
};

TEST_F(Mending, BringsBackWhatSomebodyRemovesWithinASecond) {
    expect_back_after("ip route del 169.254.170.2 dev ecs-bridge");
    expect_back_after("ip route del unreachable 169.254.170.2");
    expect_back_after("ip addr del 169.254.172.1/22 dev ecs-bridge");
    expect_back_after("ip link set ecs-bridge down");
    const auto neighbour = shell("ip -4 neigh show nud permanent dev ecs-bridge");
    expect_back_after("ip neigh del " + neighbour.substr(0, neighbour.find(' ')) +
                      " dev ecs-bridge");
    expect_back_after("nft delete table ip ecs_node_agent");
    expect_back_after("nft flush table ip ecs_node_agent");
    expect_back_after("ip link del ecs-bridge");
}

TEST_F(Mending, SurvivesAFlushOfAllRules) {
    // Docker's own rules go as well; they are put back when the agent has mended its own.
    shell("iptables-save >" + agent_->directory() + "/rules");
    expect_back_after("nft flush ruleset");
    shell("iptables-restore <" + agent_->directory() + "/rules");
    EXPECT_TRUE(eventually(seconds(1), [&] { return stands() && answers_in(vpc_); }));
}

TEST_F(Mending, PutsThePolicyOfAChainBack) {
    shell("nft 'chain ip ecs_node_agent forward { policy drop; }'");
    EXPECT_TRUE(eventually(seconds(1), [] {
        return must({"nft", "list", "table", "ip", "ecs_node_agent"}).find("policy drop") ==
               std::string::npos;
    }));
}

TEST_F(Mending, PutsTheSettingsOfACableBack) {
    const auto veth = veths().at(0);
    shell("bridge link set dev " + veth + " isolated off; bridge link set dev " + veth +
          " learning on");
    expect_back_after("ip link set " + veth + " nomaster");
    const auto port = must({"bridge", "-d", "link", "show", "dev", veth});
    EXPECT_NE(port.find("isolated on"), std::string::npos) << port;
    EXPECT_NE(port.find("learning off"), std::string::npos) << port;
}

/// Six pulls wait for a credential helper that hangs, four of them in the program.
class HungHelper : public Mending {
protected:
    void SetUp() override {
        Mending::SetUp();
        const auto folder = agent_->directory() + "/helpers";
        shell("mkdir " + folder);
        gate_.emplace(folder + "/gate");
        std::ofstream(folder + "/config.json") << R"({"credsStore":"hung"})";
        std::ofstream(folder + "/docker-credential-hung") << "#!/bin/sh\n" << gate_->wait() << '\n';
        shell("chmod 755 " + folder + "/docker-credential-hung");
        EXPECT_EQ(agent_->stop(), 0);
        agent_->set("DOCKER_CONFIG", folder);
        agent_->set("PATH", folder + ':' + std::getenv("PATH"));
        agent_->start();
        for (const auto& name : names_)
            agent_->put_task(name + ".json", R"({"family":")" + name +
                                                 R"(","containerDefinitions":[{"name":"app",)" +
                                                 R"("image":"127.0.0.1:1/)" + name + R"("}]})");
        ASSERT_TRUE(eventually(seconds(10), [] { return all_hang(); }));
    }
    void TearDown() override {
        if (gate_)
            gate_->open();
        Mending::TearDown();
    }

    static bool all_hang() {
        const auto helpers = http_get("127.0.0.1", introspection_port, "/healthz")
                                 .json()
                                 .at("pools")
                                 .at("login_helpers");
        return helpers.at("running") == 4 && helpers.at("queued") == 2;
    }

    const std::vector<std::string> names_{"h1", "h2", "h3", "h4", "h5", "h6"};
    std::optional<fakes::Gate> gate_;
};

// D5
TEST_F(HungHelper, KeepsNobodyElseWaiting) {
    expect_back_after("ip link set ecs-bridge down");
    expect_back_after("nft delete table ip ecs_node_agent");
    EXPECT_EQ(ask_about(container_of("b", "app"), "/stats").json().count("cpu_stats"), 1U);
    run_task("late.json", idle_task("late", "awsvpc"), "late");
    EXPECT_TRUE(eventually(seconds(1), [&] { return is_ready(container_of("late", "app")); }));
    EXPECT_TRUE(all_hang());
}

class EngineObjects : public AgentTest {};

TEST_F(EngineObjects, ThatSomebodyRemovesWhileUnusedAreMadeAgain) {
    agent_->start();
    run_task("v.json", idle_task("v", "awsvpc"), "v");
    end_task("v.json", "v");
    docker({"network", "rm", "ecs-awsvpc"});
    shell("docker image rm $(docker image ls -q ecs-node-agent/pause)");
    run_task("v.json", idle_task("v", "awsvpc"), "v");
    EXPECT_FALSE(container_of("v", "~internal~ecs~pause").empty());
}

class Refusal : public AgentTest {
protected:
    /// The daemon does not start, says why, and leaves nothing.
    void expect_refused(int status, const std::vector<std::string>& words) {
        agent_->launch();
        EXPECT_EQ(agent_->wait_for_end(seconds(15)), status);
        EXPECT_EQ(agent_->log_lines(words).size(), 1U) << agent_->log();
    }
};

TEST_F(Refusal, OfASecondAgentNamesTheFirst) {
    agent_->start();
    const auto second = agent_->command("daemon");
    EXPECT_EQ(second.status, 5);
    EXPECT_NE(second.err.find("another agent runs on this host (process " +
                              std::to_string(agent_->pid())),
              std::string::npos)
        << second.err;
    EXPECT_EQ(agent_->command("teardown").status, 5);
    EXPECT_EQ(http_get("127.0.0.1", introspection_port, "/healthz").status, 200);
}

TEST_F(Refusal, OfABusyPortNamesAddressAndPort) {
    const base::Fd holder(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(endpoint_port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int reuse = 1;
    ::setsockopt(holder.get(), SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse);
    ASSERT_EQ(::bind(holder.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(holder.get(), 1), 0);
    expect_refused(4, {"error cannot start", "127.0.0.1", "51679", "in use"});
}

TEST_F(Refusal, OfAMissingSocketSaysWhatToDo) {
    agent_->set("DOCKER_HOST", "unix:///var/tmp/there-is-no-engine.sock");
    expect_refused(4, {"error cannot start", "/var/tmp/there-is-no-engine.sock", "start docker"});
    agent_->set("DOCKER_HOST", "unix:///var/run/docker.sock");
}

TEST_F(Refusal, OfAForeignBridgeLeavesItAlone) {
    shell("ip link add ecs-bridge type bridge; ip addr add 10.99.0.1/24 dev ecs-bridge");
    expect_refused(4, {"error cannot start", "ecs-bridge"});
    EXPECT_NE(must({"ip", "addr", "show", "dev", "ecs-bridge"}).find("10.99.0.1/24"),
              std::string::npos);
    shell("ip link del ecs-bridge");
}

TEST_F(Refusal, OfAWrongConfigurationNamesKeyAndValue) {
    agent_->set("ECS_LINK_LOCAL_POOL", "not-a-network");
    agent_->launch();
    EXPECT_EQ(agent_->wait_for_end(seconds(15)), 3);
    EXPECT_NE(agent_->log().find("not-a-network"), std::string::npos);
    agent_->set("ECS_LINK_LOCAL_POOL", "169.254.172.0/22");
}

TEST_F(Refusal, OfAProcessWithoutTheCapabilitiesNamesThem) {
    const auto program = agent_->program();
    const auto lacking = agent_->directory() + "/lacking";
    shell("printf '#!/bin/sh\nexec setpriv --bounding-set -net_admin,-sys_admin " + program +
          " \"$@\"\n' >" + lacking + "; chmod 755 " + lacking);
    agent_->use_program(lacking);
    expect_refused(4, {"error cannot start", "CAP_NET_ADMIN, CAP_SYS_ADMIN", "run it as root"});
    agent_->use_program(program);
    EXPECT_NE(run({"ip", "link", "show", "ecs-bridge"}).status, 0);
}

class EngineAway : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        relay_.emplace(agent_->directory() + "/engine.sock");
        agent_->set("DOCKER_HOST", relay_->host());
    }
    void TearDown() override {
        agent_->set("DOCKER_HOST", "unix:///var/run/docker.sock");
        AgentTest::TearDown();
        relay_.reset();
    }

    static int health() { return http_get("127.0.0.1", introspection_port, "/healthz").status; }

    std::optional<EngineRelay> relay_;
};

TEST_F(EngineAway, IsSaidByHealthWhileAnswersGoOnAndIsOverWithin2SecondsOfItsReturn) {
    agent_->start();
    run_task("b.json", idle_task("b", "bridge"), "b");
    const auto app = container_of("b", "app");
    EXPECT_EQ(health(), 200);
    relay_->cut();
    EXPECT_TRUE(eventually(seconds(5), [] { return health() == 503; }));
    EXPECT_EQ(get_in(app, "$ECS_CONTAINER_METADATA_URI_V4").at("DockerId"), app);
    EXPECT_EQ(get_in(app, "http://169.254.170.2/v2/metadata").at("Family"), "b");
    // What happens meanwhile is known afterwards.
    const Container lone({demo_image, "sleep", "300"});
    agent_->put_task("late.json", idle_task("late", "bridge"));
    std::this_thread::sleep_for(seconds(2));
    relay_->restore();
    const auto query = "/v1/tasks?dockerid=" + lone.id();
    EXPECT_TRUE(eventually(seconds(2), [&] {
        return health() == 200 && http_get("127.0.0.1", introspection_port, query).status == 200;
    }));
    EXPECT_TRUE(eventually(seconds(10), [] { return !container_of("late", "app").empty(); }));
}

TEST_F(EngineAway, AtTheStartIsWaitedFor) {
    agent_->start();
    run_task("b.json", idle_task("b", "bridge"), "b");
    const auto app = container_of("b", "app");
    agent_->kill9();
    relay_->cut();
    relay_->restore();
    agent_->start();
    EXPECT_EQ(get_in(app, "$ECS_CONTAINER_METADATA_URI_V4").at("DockerId"), app);
}

} // namespace integration
