// Files in the tasks folder, and what becomes of them in Docker.

#include "engine/engine_fixture.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <filesystem>
#include <future>

namespace agent::engine {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Error;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class EngineTest : public EngineFixture {};

TEST_F(EngineTest, AddedFileIsCreatedAndStartedInTheOrderOfTheDefinition) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(story(), (Story{"create app", "start app", "create side", "start side"}));
    EXPECT_EQ(task()->family, "web");
    for (const auto& container : task()->containers) {
        EXPECT_TRUE(docker.has_container(container.docker_id));
        EXPECT_TRUE(docker.container(container.docker_id).state.running);
    }
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].arn, task()->arn);
    EXPECT_EQ(rows()[0].file, "web.json");
}

TEST_F(EngineTest, RemovedFileLeavesNothing) {
    begin();
    const auto stranger = docker.make_container("stranger");
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.forget_calls();
    undeclare("web.json");
    loop.run_until([&] { return task() == nullptr; });
    EXPECT_EQ(docker.container_names(), Story{"stranger"});
    const auto steps = story();
    ASSERT_EQ(steps.size(), 4U) << log.all();
    EXPECT_EQ(Story(steps.begin() + 2, steps.end()), (Story{"remove side", "remove app"}))
        << "after both were stopped";
    EXPECT_TRUE(rows().empty());
    EXPECT_EQ(log.count(Level::info, "task removed"), 1U);
}

TEST_F(EngineTest, ContainersOfATaskAreStoppedSideBySide) {
    begin();
    declare("web.json", definition("web", {"app", "side", "third"}));
    ASSERT_TRUE(runs());
    docker.delay("stop", 100ms);
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(docker.most_at_once("stop"), 3U);
}

TEST_F(EngineTest, ChangedFileStopsWhollyAndStartsAsANewTask) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    const auto old = task();
    docker.forget_calls();
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] {
        const auto now = task();
        return now && now->arn != old->arn && now->known == model::TaskStatus::running;
    });
    ASSERT_TRUE(task());
    EXPECT_NE(task()->arn, old->arn);
    const auto steps = story();
    ASSERT_EQ(steps.size(), 6U) << log.all();
    EXPECT_EQ(Story(steps.begin() + 2, steps.end()),
              (Story{"remove side", "remove app", "create app", "start app"}));
    EXPECT_EQ(docker.container_names(), Story{docker_name("app")});
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(EngineTest, FileThatIsSavedAgainUnchangedChangesNothing) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.forget_calls();
    declare("web.json", "\n " + definition("web", {"app"}));
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(EngineTest, RefusedFileKeepsItsTaskAndIsReportedOnce) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.forget_calls();
    declare("web.json", R"({"family":"web","containerDefinitions":[]})");
    settle_down();
    agent->engine.reload();
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(log.count(Level::error, "a task definition is refused"), 1U) << log.all();
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << "only absence removes a task";
}

TEST_F(EngineTest, RefusedFileOfAnEarlierRunKeepsItsTaskToo) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    end();
    declare("web.json", "half a docu");
    begin();
    settle_down();
    EXPECT_EQ(story(), Story());
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(EngineTest, SameFamilyInTwoFilesIsTwoTasks) {
    begin();
    declare("a.json", definition("web", {"app"}));
    declare("b.json", definition("web", {"app"}));
    loop.run_until([&] { return docker.count("start ") == 2; });
    EXPECT_EQ(docker.container_names().size(), 2U);
    undeclare("a.json");
    EXPECT_TRUE(runs()) << "one of them is left";
    EXPECT_EQ(docker.container_names().size(), 1U);
}

TEST_F(EngineTest, FolderThatCannotBeReadChangesNothingAndIsReportedOnce) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.forget_calls();
    std::filesystem::rename(folder.path("tasks.d"), folder.path("aside"));
    folder.write("tasks.d", "no folder");
    agent->engine.reload();
    settle_down();
    agent->engine.reload();
    settle_down();
    EXPECT_EQ(log.count(Level::warn, "cannot read the tasks folder"), 1U) << log.all();
    folder.remove("tasks.d");
    agent->engine.reload();
    settle_down();
    EXPECT_EQ(story(), Story()) << "nor does a folder that is away";
    std::filesystem::rename(folder.path("aside"), folder.path("tasks.d"));
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(task()->arn, arn);
}

/// A file that goes and comes back while its first row is still being written.
TEST_F(EngineTest, FileThatComesBackWhileItIsAcceptedStillHasOneTask) {
    begin();
    std::promise<void> disk_is_free;
    auto slow_disk = [until = disk_is_free.get_future().share()]() -> base::Result<bool> {
        until.wait();
        return true;
    };
    const auto blocked = loop.start(agent->disk.run(std::move(slow_disk)));
    declare("web.json", definition("web", {"app"}));
    settle_down();
    undeclare("web.json");
    settle_down();
    declare("web.json", definition("web", {"app"}));
    settle_down();
    disk_is_free.set_value();
    ASSERT_TRUE(runs()) << log.all();
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(rows().size(), 1U);
    EXPECT_EQ(log.count(Level::info, "task accepted"), 1U) << log.all();
}

// What Docker refuses.

TEST_F(EngineTest, MissingImageIsPulled) {
    begin();
    docker.add_pullable_image("shop/app:1");
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app",)"
                        R"("image":"shop/app:1","metadataEnable":false}]})");
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(docker.count("pull shop/app:1"), 1U);
    EXPECT_TRUE(task()->pull_started_at);
    EXPECT_TRUE(task()->pull_stopped_at);
}

TEST_F(EngineTest, ImageThatCannotBePulledStopsTheTaskUntilItsFileChanges) {
    begin();
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app",)"
                        R"("image":"nowhere","metadataEnable":false}]})");
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(log.count(Level::error, "a task cannot be started"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::error, "nowhere"), 1U) << "with Docker's reason";
    settle_down();
    EXPECT_EQ(docker.count("pull"), 1U) << "it is not tried again and again";
    declare("web.json", definition("web", {"app"}));
    EXPECT_TRUE(runs());
}

TEST_F(EngineTest, FailedStartStopsTheWholeTaskAndSaysWhy) {
    begin();
    docker.add_image("broken");
    auto text = definition("web", {"app"});
    text.insert(text.rfind(']'), R"(,{"name":"bad","image":"broken","metadataEnable":false})");
    docker.delay("create", 30ms);
    declare("web.json", text);
    loop.run_until([&] { return docker.count("create ") == 2; });
    docker.fail_next("start", Error(Errc::invalid_argument, "exec: no such file"));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(log.count(Level::error, "exec: no such file"), 1U) << log.all();
    settle_down();
    EXPECT_EQ(story(), (Story{"create app", "start app", "create bad", "start bad", "stop app",
                              "stop bad", "remove bad"}))
        << "what ran stays to be looked at";
    undeclare("web.json");
    EXPECT_TRUE(is_gone());
}

TEST_F(EngineTest, RemovalIsTriedAgainUntilItSucceeds) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    for (int i = 0; i < 2; ++i)
        docker.fail_next("remove", Error(Errc::internal, "device busy"));
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(docker.count("remove "), 3U);
    EXPECT_EQ(log.count(Level::warn, "device busy"), 2U);
}

TEST_F(EngineTest, CreateWhoseAnswerWasLostIsTakenOverAndNotDoneTwice) {
    begin();
    docker.lose_next_answer("create", Error(Errc::timeout, "no answer"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_NE(docker.create_body(docker_name("app")).find(task()->containers[0].endpoint_id),
              std::string::npos);
}

TEST_F(EngineTest, ContainerWhoseCreateWasLostIsRemovedWhenItIsGivenUp) {
    begin();
    docker.lose_next_answer("create", Error(Errc::internal, "broken"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(docker.container_names(), Story());
}

TEST_F(EngineTest, NameTakenByAStrangerStopsTheTask) {
    begin();
    docker.delay("inspect_image", 300ms);
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return task() != nullptr; });
    const auto stranger = docker.make_container(docker_name("app"));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(log.count(Level::error, "already in use"), 1U);
    undeclare("web.json");
    loop.run_until([&] { return task() == nullptr; });
    EXPECT_TRUE(docker.has_container(stranger)) << "it is not ours";
}

// What happens to containers.

TEST_F(EngineTest, TaskStopsWhenAnEssentialContainerEndsAndIsNotStartedAgain) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(becomes(model::TaskStatus::stopped));
    settle_down();
    EXPECT_EQ(docker.count("create "), 2U);
    EXPECT_EQ(docker.container_names().size(), 2U) << "they stay to be looked at";
    EXPECT_EQ(task()->desired, model::TaskStatus::stopped);
}

TEST_F(EngineTest, TaskGoesOnWithoutAContainerThatIsNotEssential) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.die(docker_name("side"), 1);
    settle_down();
    EXPECT_EQ(docker.count("stop "), 0U);
    EXPECT_TRUE(docker.container(docker_name("app")).state.running);
}

TEST_F(EngineTest, ContainerThatDiesAtItsStartStopsTheTask) {
    begin();
    docker.delay("inspect_image", 300ms);
    declare("web.json", definition("web", {"app", "side"}));
    loop.run_until([&] { return task() != nullptr; });
    docker.die_at_start(docker_name("app"), 1);
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(docker.count("create "), 1U) << "the others are not begun";
}

TEST_F(EngineTest, ContainerRemovedByHandStopsTheTask) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.destroy(docker_name("app"));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped));
    undeclare("web.json");
    EXPECT_TRUE(is_gone());
    EXPECT_TRUE(rows().empty());
}

TEST_F(EngineTest, GoesOnWhereItWasWhenTheEngineComesBack) {
    begin();
    docker.delay("create", 50ms);
    declare("web.json", definition("web", {"app", "side"}));
    loop.run_until([&] { return docker.count("start ") == 1; });
    loop.run_for(10ms);
    docker.set_away(true);
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(log.count(Level::error, "cannot be started"), 0U) << log.all();
    docker.set_away(false);
    ASSERT_TRUE(runs());
    EXPECT_EQ(docker.container_names().size(), 2U);
    docker.set_away(true);
    undeclare("web.json");
    settle_down();
    EXPECT_EQ(docker.container_names().size(), 2U);
    docker.set_away(false);
    EXPECT_TRUE(is_gone());
}

// The metadata file.

TEST_F(EngineTest, MetadataFileIsThereBeforeTheContainerAndGoesWithTheTask) {
    begin();
    declare("web.json",
            R"({"family":"web","containerDefinitions":[{"name":"app","image":"busybox"}]})");
    ASSERT_TRUE(runs()) << log.all();
    const auto& container = task()->containers[0];
    const auto directory = folder.path("metadata/default/" + task()->id + "/app");
    EXPECT_EQ(container.metadata_directory, directory);
    const auto body = nlohmann::json::parse(docker.create_body(container.docker_id));
    EXPECT_EQ(body.at("HostConfig").at("Binds").at(0), directory + ":/ecs/metadata/app:ro");
    const auto read = [&] {
        return folder.read("metadata/default/" + task()->id + "/app/metadata.json");
    };
    loop.run_until([&] { return read().find("\"READY\"") != std::string::npos; });
    EXPECT_NE(read().find(container.docker_id), std::string::npos) << read();
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/default")));
}

TEST_F(EngineTest, FileInTheImageLeavesTheMetadataFileOutAndSaysSo) {
    begin();
    docker.add_file_in_image("busybox", "/ecs");
    declare("web.json",
            R"({"family":"web","containerDefinitions":[{"name":"app","image":"busybox"}]})");
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->containers[0].metadata_directory, "");
    EXPECT_EQ(docker.create_body(docker_name("app")).find("ECS_CONTAINER_METADATA_FILE"),
              std::string::npos);
    EXPECT_EQ(log.count(Level::info, "no metadata file for a container"), 1U);
}

TEST_F(EngineTest, MetadataDirectoryThatCannotBeMadeDoesNotKeepTheContainerFromRunning) {
    begin();
    folder.write("metadata", "a file in the way");
    declare("web.json",
            R"({"family":"web","containerDefinitions":[{"name":"app","image":"busybox"}]})");
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(task()->containers[0].metadata_directory, "");
    EXPECT_EQ(log.count(Level::error, "cannot make a metadata file"), 1U);
    // Or the task could not be forgotten at the end of the test either.
    folder.remove("metadata");
}

} // namespace
} // namespace agent::engine
