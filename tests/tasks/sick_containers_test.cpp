// D2: a container whose inspection hangs or is not understood keeps no task from being found again after
// a restart of the agent, its own neither.

#include "tasks/tasks_fixture.hpp"

#include <chrono>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Error;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class SickContainersTest : public SupervisorFixture {
protected:
    /// A task with two containers runs, and the agent has ended.
    void run_and_end() {
        begin();
        declare("web.json", R"({"family":"web","containerDefinitions":[
            {"name":"app","image":"busybox"},{"name":"side","image":"busybox","essential":false}]})");
        ASSERT_TRUE(runs()) << log.all();
        settle_down();
        before = task();
        end();
    }
    const model::Container& was(const std::string& name) const { return container(before, name); }
    const model::Container& is(const std::string& name) const { return container(task(), name); }
    /// Runs until it says of itself what it said before.
    bool is_known_again(const std::string& name) {
        loop.run_until([&] { return is(name).endpoint_id == was(name).endpoint_id; });
        return is(name).endpoint_id == was(name).endpoint_id &&
               is(name).metadata_directory == was(name).metadata_directory;
    }

    model::TaskPtr before;
};

TEST_F(SickContainersTest, OneWhoseInspectionHangsIsTakenOverAsItIsListed) {
    run_and_end();
    const auto side = was("side").docker_id;
    docker.hang("inspect", side);
    const auto begun = std::chrono::steady_clock::now();
    begin();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(is("app").endpoint_id, was("app").endpoint_id);
    EXPECT_EQ(is("side").docker_id, side);
    EXPECT_EQ(log.count(Level::warn, side), 1U) << log.all();
    EXPECT_NE(agent->observer.trouble(), "");
    settle_down();
    EXPECT_EQ(story(), Story()) << "nothing is started or ended because nobody could look";
    docker.mend("inspect", side);
    EXPECT_TRUE(is_known_again("side"));
    EXPECT_EQ(agent->observer.trouble(), "");
    settle_down();
    EXPECT_EQ(story(), Story());
}

TEST_F(SickContainersTest, OneThatIsNotUnderstoodKeepsItsTaskAndOthersFromNothing) {
    begin();
    declare("other.json", definition("other", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto other = task()->containers[0];
    end();
    docker.spoil("inspect", other.docker_id, Error(Errc::protocol, "expected a string at /Name"));
    begin();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    declare("web.json", definition("web", {"app"}));
    const auto web_runs = [&] {
        for (const auto& each : tasks())
            if (each->family == "web" && each->known == model::TaskStatus::running)
                return true;
        return false;
    };
    loop.run_until(web_runs);
    EXPECT_TRUE(web_runs()) << log.all();
    EXPECT_EQ(docker.count("stop "), 0U);
    docker.mend("inspect", other.docker_id);
    loop.run_until([&] { return bool(agent->world.find_by_endpoint_id(other.endpoint_id)); });
    EXPECT_TRUE(agent->world.find_by_endpoint_id(other.endpoint_id));
}

TEST_F(SickContainersTest, OneWhoseEndWasToldStaysEnded) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto side = is("side").docker_id;
    docker.die(side, 7);
    loop.run_until([&] { return is("side").known == model::ContainerStatus::stopped; });
    settle_down();
    end();
    docker.hang("inspect", side);
    begin();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(is("side").known, model::ContainerStatus::stopped);
    EXPECT_EQ(is("side").exit_code, 7);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    docker.mend("inspect", side);
    loop.run_until([&] { return agent->observer.trouble().empty(); });
    EXPECT_EQ(agent->observer.trouble(), "") << "it is looked at, although it has ended";
}

TEST_F(SickContainersTest, OneThatNobodyDeclaresAnyMoreHasItsOwnIdWhenItIsWell) {
    run_and_end();
    for (const auto* name : {"agent.db", "agent.db-wal", "agent.db-shm"})
        folder.remove(name);
    undeclare("web.json");
    const auto side = was("side").docker_id;
    docker.hang("inspect", side);
    begin();
    EXPECT_TRUE(agent->world.find_by_endpoint_id(was("app").endpoint_id)) << log.all();
    docker.mend("inspect", side);
    loop.run_until([&] { return bool(agent->world.find_by_docker_id(side)); });
    ASSERT_TRUE(agent->world.find_by_docker_id(side));
    EXPECT_EQ(agent->world.find_by_docker_id(side).container->endpoint_id, was("side").endpoint_id);
}

TEST_F(SickContainersTest, LeftoverWhoseRemovalHangsKeepsNobodyFromAnything) {
    run_and_end();
    docker.make_container("ecs-probe-0123", "bridge", {{"ecs-node-agent", "probe"}});
    docker.hang("remove", "ecs-probe-0123");
    const auto begun = std::chrono::steady_clock::now();
    begin();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 10s);
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(is("app").endpoint_id, was("app").endpoint_id);
    docker.mend("remove", "ecs-probe-0123");
    loop.run_until([&] { return !docker.has_container("ecs-probe-0123"); });
    EXPECT_FALSE(docker.has_container("ecs-probe-0123")) << "it is removed all the same";
}

TEST_F(SickContainersTest, EngineThatIsAwayIsNoReasonToTakeThemForSick) {
    run_and_end();
    make_agent();
    docker.spoil("inspect", was("side").docker_id, Error(Errc::unavailable, "away"));
    docker.fail_next("ping", Error(Errc::unavailable, "away"));
    const auto failed = loop.run(agent->supervisor.restore());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::unavailable);
    EXPECT_FALSE(task()) << "and nobody is told half of it";
}

// D2: one whose inspection breaks the connection each time kept all others from being restored.
TEST_F(SickContainersTest, OneThatBreaksTheConnectionIsNotTheEngineBeingAway) {
    run_and_end();
    make_agent();
    docker.spoil("inspect", was("side").docker_id, Error(Errc::unavailable, "empty reply"));
    EXPECT_TRUE(loop.run(agent->supervisor.restore()));
    EXPECT_TRUE(task());
}

} // namespace
} // namespace agent::tasks
