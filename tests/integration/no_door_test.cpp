// Containers that Docker's client has made at the engine itself: a role and an address of their own, where
// the host's rules or their labels say so.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/host_rules.hpp"
#include "tests/integration/support/leftovers.hpp"

namespace integration {

using std::chrono::seconds;

class NoDoor : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        put_static_keys(*agent_, "AKIAHOST", "host-secret");
        agent_->set("ECS_LOCAL_ENDPOINTS", "true");
    }
    static Container begin(Words words) {
        words.insert(words.end(), {demo_image, "sleep", "300"});
        return Container(std::move(words));
    }
    static bool gets(const std::string& container, const std::string& path,
                     const std::string& word) {
        const auto answer = try_in(container, "timeout 3 wget -qO- http://169.254.170.2" + path);
        return answer.status == 0 && answer.out.find(word) != std::string::npos;
    }
    static bool has_keys(const std::string& container, const std::string& path) {
        return gets(container, path, "AKIAHOST");
    }
    static bool knows_itself(const std::string& container) {
        return gets(container, "/v4", container);
    }
    std::vector<std::string> leases() const {
        return query_state(*agent_, "select owner from leases");
    }
    static std::string own_address(const std::string& container) {
        return exec_in(container,
                       "ip -4 -o addr show dev ecs-eth0 | sed 's/.*inet //; s/[ /].*//'");
    }
};

TEST_F(NoDoor, TheRoleOfARuleIsHadBySourceAddressAndByTheIdThatExplainShows) {
    put_rules(*agent_, "containers: [{match: {labels: {tool: \"1\"}}, task_role: tools}]\n");
    agent_->start();
    const auto tools = begin({"--label", "tool=1"});
    const auto other = begin({});
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(tools.id(), "/creds"); }));
    EXPECT_TRUE(has_keys(tools.id(), "/role/tools"));
    EXPECT_FALSE(has_keys(tools.id(), "/role/admin"));
    EXPECT_FALSE(has_keys(other.id(), "/creds"));
    const auto explained = agent_->command("explain", {tools.id()});
    EXPECT_EQ(explained.status, 0) << explained.err;
    const auto start = explained.out.find("/v2/credentials/");
    ASSERT_NE(start, std::string::npos) << explained.out;
    const auto path = explained.out.substr(start, explained.out.find(',', start) - start);
    EXPECT_TRUE(has_keys(tools.id(), path)) << path;
    EXPECT_FALSE(has_keys(other.id(), path)) << "not by the id of another";
    agent_->kill9();
    agent_->start();
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(tools.id(), path); }));
    EXPECT_EQ(agent_->log().find(path.substr(path.rfind('/') + 1)), std::string::npos);
}

TEST_F(NoDoor, ALabelClaimsARoleThatIsAllowedToItButNotAnImages) {
    put_rules(*agent_, "roles_by_label: [reader]\n");
    agent_->start();
    const std::string label = "ecs-node-agent.task-role=reader";
    const auto own = begin({"--label", label});
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(own.id(), "/creds"); }));
    must({"docker", "commit", "--change", "LABEL " + label, own.id(), "ecs-int-labelled:latest"});
    {
        const Container copy({"ecs-int-labelled:latest", "sleep", "300"});
        EXPECT_TRUE(eventually(seconds(5), [&] { return knows_itself(copy.id()); }));
        EXPECT_FALSE(has_keys(copy.id(), "/creds"));
    }
    must({"docker", "rmi", "ecs-int-labelled:latest"});
}

TEST_F(NoDoor, AnAddressOfItsOwnReachesTheEndpointFromEveryNetworkThatHasNoWayOut) {
    const DockerNetwork internal({"--internal", "ecs-int-internal"});
    agent_->start();
    const auto none = begin({"--network", "none", "--label", "ecs-node-agent.address"});
    const auto inside =
        begin({"--network", "ecs-int-internal", "--label", "ecs-node-agent.address=true"});
    const auto without = begin({"--network", "none"});
    for (const auto* each : {&none, &inside}) {
        EXPECT_TRUE(eventually(seconds(5), [&] { return knows_itself(each->id()); }))
            << agent_->log();
        EXPECT_TRUE(own_address(each->id()).starts_with("169.254.17"));
    }
    EXPECT_FALSE(knows_itself(without.id()));
    EXPECT_NE(own_address(none.id()), own_address(inside.id()));
    EXPECT_EQ(leases().size(), 2U);
    EXPECT_EQ(veths().size(), 2U);
}

TEST_F(NoDoor, AnAddressIsKeptOverTheAgentsDeathAndGoesWithTheContainer) {
    agent_->start();
    auto app = begin({"--network", "none", "--label", "ecs-node-agent.address"});
    ASSERT_TRUE(eventually(seconds(5), [&] { return knows_itself(app.id()); })) << agent_->log();
    const auto address = own_address(app.id());
    agent_->kill9();
    agent_->start();
    EXPECT_TRUE(eventually(seconds(5), [&] { return knows_itself(app.id()); }));
    EXPECT_EQ(own_address(app.id()), address);
    docker({"restart", "--time", "0", app.id()});
    EXPECT_TRUE(eventually(seconds(5), [&] { return knows_itself(app.id()); })) << agent_->log();
    docker({"stop", "--time", "0", app.id()});
    EXPECT_TRUE(eventually(seconds(5), [&] { return leases().empty() && veths().empty(); }));
    docker({"start", app.id()});
    EXPECT_TRUE(eventually(seconds(5), [&] { return knows_itself(app.id()); }));
    // One that goes while nobody looks.
    agent_->kill9();
    docker({"rm", "--force", app.id()});
    agent_->start();
    EXPECT_TRUE(eventually(seconds(5), [&] { return leases().empty() && veths().empty(); }))
        << agent_->log();
}

TEST_F(NoDoor, AnAddressFollowsTheRulesAsTheyAreReloaded) {
    agent_->start();
    const auto app = begin({"--network", "none"});
    put_rules(*agent_, "containers: [{match: {network: none}, address: true}]\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(eventually(seconds(5), [&] { return knows_itself(app.id()); })) << agent_->log();
    put_rules(*agent_, "containers: []\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(eventually(seconds(5), [&] { return leases().empty() && veths().empty(); }));
    EXPECT_FALSE(knows_itself(app.id()));
}

} // namespace integration
