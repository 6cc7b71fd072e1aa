// The engine after a restart of the agent: everything is found again where it was left.

#include "engine/engine_fixture.hpp"

#include <filesystem>

namespace agent::engine {
namespace {

using namespace std::chrono_literals;
using Story = std::vector<std::string>;

class RestoreTest : public EngineFixture {};

TEST_F(RestoreTest, RunningTaskKeepsItsIdsAndIsNotTouched) {
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[
        {"name":"app","image":"busybox"},{"name":"side","image":"busybox"}]})");
    ASSERT_TRUE(runs()) << log.all();
    const auto before = task();
    end();
    begin();
    settle_down();
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    for (std::size_t i = 0; i < 2; ++i) {
        const auto& then = before->containers[i];
        const auto& now = task()->containers[i];
        EXPECT_EQ(now.docker_id, then.docker_id);
        EXPECT_EQ(now.endpoint_id, then.endpoint_id);
        EXPECT_EQ(now.arn, then.arn);
        EXPECT_EQ(now.metadata_directory, then.metadata_directory);
        EXPECT_TRUE(std::filesystem::exists(now.metadata_directory + "/metadata.json"));
    }
    EXPECT_EQ(story(), Story());
}

TEST_F(RestoreTest, HalfCreatedTaskIsFinished) {
    begin();
    docker.delay("create", 50ms);
    declare("web.json", definition("web", {"app", "side"}));
    loop.run_until([&] { return docker.count("start ") == 1; });
    loop.run_for(10ms);
    const auto arn = task()->arn;
    end();
    EXPECT_EQ(docker.container_names().size(), 1U);
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(story(), (Story{"create side", "start side"}));
}

TEST_F(RestoreTest, ContainerThatWasCreatedAsWeDiedIsFoundByItsLabels) {
    begin();
    docker.lose_next_answer("create", base::Error(base::Errc::timeout, "no answer"));
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return docker.container_names().size() == 1; });
    end();
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(story(), Story{"start app"});
    EXPECT_NE(docker.create_body(docker_name("app")).find(task()->containers[0].endpoint_id),
              std::string::npos)
        << "the id that is in its environment";
}

TEST_F(RestoreTest, TaskWhoseFileHasGoneMeanwhileIsRemoved) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    end();
    undeclare("web.json");
    begin();
    EXPECT_TRUE(is_gone()) << log.all();
    EXPECT_TRUE(rows().empty());
}

TEST_F(RestoreTest, TaskWhoseFileHasChangedMeanwhileIsReplaced) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    declare("web.json", definition("web", {"other"}));
    begin();
    loop.run_until([&] {
        const auto now = task();
        return now && now->arn != arn && now->known == model::TaskStatus::running;
    });
    ASSERT_TRUE(task());
    EXPECT_EQ(docker.container_names(), Story{docker_name("other")});
}

TEST_F(RestoreTest, TaskThatEndedWhileNobodyWatchedIsRunAgainAsANewOne) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    docker.die(docker.container_names().front(), 1);
    begin();
    loop.run_until([&] {
        const auto now = task();
        return now && now->arn != arn && now->known == model::TaskStatus::running;
    });
    ASSERT_TRUE(task());
    EXPECT_NE(task()->arn, arn);
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(RestoreTest, RowWithoutAnyContainerIsStartedWithItsArn) {
    begin();
    docker.delay("inspect_image", 10s);
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return task() != nullptr; });
    const auto arn = task()->arn;
    end();
    docker.delay("inspect_image", 0ms);
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(RestoreTest, RowThatCannotBeReadLeavesItsContainersAlone) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    auto row = rows().at(0);
    row.definition = "{}";
    ASSERT_TRUE(agent->store.put(row));
    end();
    undeclare("web.json");
    begin();
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(log.count(base::log::Level::error, "cannot be read"), 1U) << log.all();
}

// The state file may be deleted at any time.

class LostStateTest : public EngineFixture {
protected:
    /// A running task whose row is lost.
    void lose_state() {
        begin();
        declare("web.json", definition("web", {"app", "side"}));
        ASSERT_TRUE(runs()) << log.all();
        before = task();
        end();
        for (const auto* name : {"agent.db", "agent.db-wal", "agent.db-shm"})
            folder.remove(name);
    }
    model::TaskPtr before;
};

TEST_F(LostStateTest, TaskIsFoundAgainByItsLabelsAndItsFile) {
    lose_state();
    begin();
    settle_down();
    ASSERT_TRUE(task()) << log.all();
    EXPECT_EQ(task()->arn, before->arn);
    EXPECT_EQ(task()->known, model::TaskStatus::running);
    EXPECT_EQ(task()->containers[0].endpoint_id, before->containers[0].endpoint_id);
    EXPECT_EQ(story(), Story());
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].arn, before->arn);
    undeclare("web.json");
    EXPECT_TRUE(is_gone());
}

TEST_F(LostStateTest, TaskThatNoFileDeclaresIsLeftAloneAndTold) {
    lose_state();
    undeclare("web.json");
    declare("shop.json", definition("shop", {"other"}));
    begin();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->family, "shop");
    EXPECT_TRUE(docker.has_container(before->containers[0].docker_id));
    EXPECT_EQ(log.count(base::log::Level::warn, "no file declares"), 1U) << log.all();
}

TEST_F(LostStateTest, LabelsThatSomebodyElseWroteAreNotTaken) {
    lose_state();
    for (const auto& name : docker.container_names())
        docker.container(name).name = "/stolen-" + name;
    begin();
    loop.run_until([&] { return rows().size() == 1; });
    ASSERT_TRUE(runs());
    EXPECT_NE(task()->arn, before->arn)
        << "a name that does not follow from the labels is not ours";
}

TEST_F(RestoreTest, ThrowAwayContainersAndMetadataOfNobodyAreCollected) {
    docker.make_container("ecs-probe-0123", "bridge", {{"ecs-node-agent", "probe"}});
    const auto stranger = docker.make_container("stranger");
    folder.write("metadata/default/0123456789abcdef0123456789abcdef/app/metadata.json", "{}");
    begin();
    EXPECT_EQ(docker.container_names(), Story{"stranger"});
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/default")));
}

TEST_F(RestoreTest, FailsWithDockersErrorAndCanBeTriedAgain) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    agent = std::make_unique<Agent>(loop.executor(), docker, folder.path());
    docker.fail_next("inspect", base::Error(base::Errc::unavailable, "away"));
    const auto failed = loop.run(agent->engine.restore());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), base::Errc::unavailable);
    EXPECT_TRUE(loop.run(agent->engine.restore()));
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
}

} // namespace
} // namespace agent::engine
