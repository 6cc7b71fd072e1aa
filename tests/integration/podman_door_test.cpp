// Podman's Docker-compatible socket behind the agent's: what is made by Docker's client has the contract, what
// is made by Podman's own passes as it is, and both see what they see at Podman itself.

#include "tests/integration/support/clients.hpp"
#include "tests/integration/support/host_rules.hpp"

#include <set>
#include <string_view>

namespace integration {

using std::chrono::seconds;

namespace {

/// What Podman 4.3 does not do for Docker's client.
const std::set<std::string_view> not_for_docker{"Buildx", "RenameAndUpdate"};
/// What is not as its own client has it, which speaks to /libpod/.
const std::set<std::string_view> not_for_podman{"Buildx", "Events"};

} // namespace

class PodmanDoor : public ClientTest {
protected:
    Words variables(const std::string& socket) const override {
        return {"DOCKER_HOST=unix://" + socket, "DOCKER=" + distributions_docker};
    }
};

TEST_F(PodmanDoor, ARunGetsTheWholeContract) {
    expect_whole_contract();
}

TEST_F(PodmanDoor, AContainerIsTheSameAsWithoutTheDoorButForTheAdditions) {
    expect_the_same_but_for_additions({"--env", "A=1", "--env", "LONG=a b\"c", "--label",
                                       "own=label", "--publish", "8080", "--memory", "32m",
                                       "--cap-add", "NET_ADMIN", "--tmpfs", "/scratch", "--workdir",
                                       "/tmp", "--read-only"});
}

TEST_F(PodmanDoor, AContainerKnowsItselfInItsFirstMoment) {
    expect_it_knew_itself(must(that_asks_first()));
}

TEST_F(PodmanDoor, AProjectOfComposeIsOneTask) {
    const auto web = begin(compose("shop", "web"));
    const auto db = begin(compose("shop", "db"));
    const auto task = own_view(web.id(), "/task");
    EXPECT_EQ(task.at("Family"), "shop");
    ASSERT_EQ(task.at("Containers").size(), 2U) << task;
    EXPECT_EQ(container_in(task, "db").at("DockerId"), db.id());
}

TEST_F(PodmanDoor, ARuleByImageGivesARoleWithItsKeys) {
    EXPECT_EQ(agent_->stop(), 0);
    put_static_keys(*agent_, "AKIADOOR", "door-secret");
    put_rules(*agent_,
              "containers: [{match: {image: \"ecs-node-agent-demo:*\"}, task_role: web}]\n");
    start_and_see_all();
    const auto app = begin({});
    const auto path = variable_of(app.id(), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    ASSERT_FALSE(path.empty());
    EXPECT_TRUE(eventually(seconds(5), [&] {
        const auto answer = try_in(app.id(), "wget -qO- http://169.254.170.2" + path);
        return answer.status == 0 && answer.out.find("AKIADOOR") != std::string::npos;
    }));
}

TEST_F(PodmanDoor, DockersClientSeesWhatItSeesAtPodman) {
    for (const auto& scenario : scenarios)
        if (!not_for_docker.contains(scenario.name))
            expect_the_same(scenario);
}

class PodmansOwnClient : public PodmanDoor {
protected:
    Words variables(const std::string& socket) const override {
        return {"DOCKER=podman --remote --url unix://" + socket};
    }
};

TEST_F(PodmansOwnClient, SeesWhatItSeesAtPodman) {
    for (const auto& scenario : scenarios)
        if (!not_for_podman.contains(scenario.name))
            expect_the_same(scenario);
}

TEST_F(PodmansOwnClient, MakesContainersThatPassAsTheyAre) {
    const std::string script = "$DOCKER run --detach --env A=1 --label l=v $IMAGE sleep 300";
    const auto direct = directly(script);
    const auto through = at_agent(script);
    ASSERT_EQ(direct.status, 0) << direct.err;
    ASSERT_EQ(through.status, 0) << through.err;
    const Newcomer without(direct.out);
    const Newcomer with(through.out);
    auto expected = inspect(without.id())["Config"];
    auto made = inspect(with.id())["Config"];
    for (auto* config : {&expected, &made}) {
        config->erase("Hostname");
        // Podman brings them in another order each time, and the name of the host with them.
        std::set<std::string> environment;
        for (const auto& entry : config->at("Env"))
            if (!entry.get<std::string>().starts_with("HOSTNAME="))
                environment.insert(entry.get<std::string>());
        (*config)["Env"] = environment;
    }
    EXPECT_EQ(made, expected);
    EXPECT_EQ(variable_of(with.id(), "ECS_CONTAINER_METADATA_URI_V4"), "");
    EXPECT_EQ(get_in(with.id(), "http://169.254.170.2/v4").at("DockerId"), with.id())
        << "it came by no door";
}

} // namespace integration
