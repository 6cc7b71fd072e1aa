// Containers that Docker's own client makes through the agent's socket.

#include "tests/integration/support/door.hpp"
#include "tests/integration/support/rounds.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <vector>

namespace integration {

using std::chrono::seconds;
namespace fs = std::filesystem;

TEST_F(DoorTest, ARunGetsTheWholeContract) {
    agent_->start();
    expect_whole_contract();
}

TEST_F(DoorTest, AContainerIsTheSameAsWithoutTheDoorButForTheAdditions) {
    agent_->start();
    expect_the_same_but_for_additions(
        {"--env",       "A=1",      "--env",     "LONG=a b\"c", "--label",   "own=label",
         "--publish",   "8080",     "--memory",  "32m",         "--cap-add", "NET_ADMIN",
         "--tmpfs",     "/scratch", "--workdir", "/tmp",        "--cpus",    "0.5",
         "--read-only", "--init",   "--restart", "on-failure",  "--ulimit",  "nofile=99:99"});
}

TEST_F(DoorTest, EachOfManyKnowsItselfInItsFirstMoment) {
    agent_->start();
    std::vector<std::future<std::string>> runs;
    for (int i = 0; i < in_round(20, 100); ++i)
        runs.push_back(std::async(std::launch::async,
                                  [this] { return must(that_asks_first(), seconds(300)); }));
    for (auto& run : runs)
        expect_it_knew_itself(run.get());
}

TEST_F(DoorTest, WhatAUserSaysHimselfStays) {
    agent_->start();
    const auto app = begin({"--env", "AWS_REGION=eu-north-1", "--env",
                            "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4", "--label",
                            label_of_family + "=mine"});
    EXPECT_EQ(variable_of(app.id(), "AWS_REGION"), "eu-north-1");
    EXPECT_EQ(own_view(app.id()).at("DockerId"), app.id()) << "by its address";
    EXPECT_EQ(own_view(app.id(), "/task").at("TaskARN"),
              inspect(app.id())["Config"]["Labels"].at(label_of_task));
    EXPECT_TRUE(eventually(seconds(5), [&] { return is_ready(app.id()); }));
    EXPECT_EQ(inspect(app.id())["Config"]["Labels"].at(label_of_family), "mine");
}

TEST_F(DoorTest, AProjectOfComposeIsOneTaskAndFurtherReplicasAreTheirOwn) {
    agent_->start();
    const auto web = begin(compose("shop", "web"));
    const auto db = begin(compose("shop", "db"));
    const auto replica = begin(compose("shop", "web", "2"));
    const auto task = own_view(web.id(), "/task");
    EXPECT_EQ(task.at("Family"), "shop");
    ASSERT_EQ(task.at("Containers").size(), 2U) << task;
    EXPECT_EQ(container_in(task, "web").at("DockerId"), web.id());
    EXPECT_EQ(container_in(task, "db").at("DockerId"), db.id());
    EXPECT_EQ(own_view(db.id(), "/task").at("TaskARN"), task.at("TaskARN"));
    const auto other = own_view(replica.id(), "/task");
    EXPECT_EQ(other.at("Family"), "shop");
    EXPECT_NE(other.at("TaskARN"), task.at("TaskARN"));
    EXPECT_EQ(other.at("Containers").size(), 1U);
}

TEST_F(DoorTest, AnImageThatWasCommittedBringsNoneOfAnothersIdentity) {
    agent_->start();
    const auto app = begin({"--name", "ecs-int-committed"});
    must({"docker", "commit", app.id(), "ecs-int-committed:latest"});
    {
        const Newcomer copy(must(at_door({"run", "--detach", "ecs-int-committed:latest"})));
        EXPECT_NE(endpoint_id_of(copy.id()), endpoint_id_of(app.id()));
        EXPECT_EQ(own_view(copy.id()).at("DockerId"), copy.id());
        EXPECT_EQ(own_view(app.id()).at("DockerId"), app.id());
        EXPECT_NE(own_view(copy.id(), "/task").at("TaskARN"),
                  own_view(app.id(), "/task").at("TaskARN"));
    }
    must({"docker", "rmi", "ecs-int-committed:latest"});
}

TEST_F(DoorTest, ARestartOfTheAgentLeavesAllAsItWas) {
    agent_->start();
    const auto web = begin(compose("shop", "web"));
    const auto db = begin(compose("shop", "db"));
    ASSERT_TRUE(eventually(seconds(5), [&] { return is_ready(web.id()); }));
    const auto before = own_view(web.id(), "/task").at("TaskARN");
    agent_->kill9();
    agent_->start();
    const auto task = own_view(web.id(), "/task");
    EXPECT_EQ(task.at("TaskARN"), before);
    EXPECT_EQ(task.at("Containers").size(), 2U);
    EXPECT_TRUE(is_ready(web.id()));
    must({"docker", "restart", "--time", "0", web.id()});
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return own_view(web.id()).at("KnownStatus") == "RUNNING" && is_ready(web.id());
    }));
}

TEST_F(DoorTest, NothingOfAContainerStaysThatIsGoneOrNeverCame) {
    agent_->start();
    const auto folder = fs::path(agent_->data_dir()) / "metadata";
    const auto directories = [&] {
        std::size_t count = 0;
        std::error_code none;
        for (const auto& entry : fs::directory_iterator(folder / "~undeclared", none))
            count += entry.is_directory() ? 1U : 0U;
        return count;
    };
    {
        const auto app = begin({"--name", "ecs-int-gone"});
        EXPECT_EQ(directories(), 1U);
        const auto twin = through({"create", "--name", "ecs-int-gone", demo_image, "true"});
        EXPECT_NE(twin.status, 0);
        EXPECT_NE(twin.err.find("already in use"), std::string::npos) << twin.err;
        EXPECT_TRUE(eventually(seconds(5), [&] { return directories() == 1U; }))
            << "none of the one that Docker refused to make";
    }
    EXPECT_TRUE(eventually(seconds(5), [&] { return directories() == 0U; }));
    EXPECT_EQ(agent_->stop(), 0);
    fs::create_directories(folder / "~undeclared" / "0f0e0d0c-0000-4000-8000-000000000000" / "app");
    agent_->start();
    EXPECT_TRUE(eventually(seconds(5), [&] { return directories() == 0U; }))
        << "what one of an earlier run has left";
}

TEST_F(DoorTest, WhatTheEngineRefusesIsRefusedInItsWords) {
    agent_->start();
    for (const Words& words :
         {Words{"create", "--pull", "never", "ecs-int-no-such-image:none", "true"},
          Words{"create", "--volume", "relative/path:x", demo_image},
          Words{"create", "--network", "ecs-int-none", "--memory", "1k", demo_image}}) {
        Words direct{"docker"};
        direct.insert(direct.end(), words.begin(), words.end());
        const auto expected = run(direct);
        const auto outcome = through(words);
        EXPECT_EQ(outcome.status, expected.status);
        EXPECT_EQ(outcome.err, expected.err);
    }
}

TEST_F(DoorTest, StreamsPassAsTheyAre) {
    agent_->start();
    const auto app = begin({});
    EXPECT_EQ(through({"exec", app.id(), "sh", "-c", "echo out; echo err >&2; exit 7"}).status, 7);
    EXPECT_EQ(shell("echo from outside | docker --host unix://" + agent_->docker_socket() +
                    " exec -i " + app.id() + " cat"),
              "from outside");
    EXPECT_EQ(through({"run", "--rm", demo_image, "sh", "-c", "exit 3"}).status, 3);
    const auto folder = agent_->directory();
    shell("head -c 3000000 /dev/urandom > " + folder + "/blob");
    const auto copied = through({"cp", folder + "/blob", app.id() + ":/tmp/blob"});
    EXPECT_EQ(copied.status, 0) << copied.err;
    must(at_door({"cp", app.id() + ":/tmp/blob", folder + "/back"}));
    EXPECT_EQ(shell("cmp " + folder + "/blob " + folder + "/back && echo same"), "same");
    EXPECT_EQ(through({"logs", app.id()}).status, 0);
    EXPECT_NE(through({"ps"}).out.find(app.id().substr(0, 12)), std::string::npos);
}

TEST_F(DoorTest, AContainerThatWantsNothingGetsNothing) {
    agent_->start();
    const auto app = begin({"--label", "ecs-node-agent.opt-out=true"});
    EXPECT_EQ(variable_of(app.id(), "ECS_CONTAINER_METADATA_URI_V4"), "");
    EXPECT_FALSE(inspect(app.id())["Config"]["Labels"].contains(label_of_task));
}

TEST_F(DoorTest, AMountInTheWayCostsTheFileAlone) {
    agent_->start();
    const auto app = begin({"--tmpfs", "/ecs/metadata"});
    EXPECT_EQ(variable_of(app.id(), "ECS_CONTAINER_METADATA_FILE"), "");
    EXPECT_EQ(own_view(app.id()).at("DockerId"), app.id());
}

} // namespace integration
