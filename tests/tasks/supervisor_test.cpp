// Files in the tasks folder, and what becomes of them in Docker.

#include "tasks/tasks_fixture.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <future>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Error;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class SupervisorTest : public SupervisorFixture {};

TEST_F(SupervisorTest, AddedFileIsCreatedAndStarted) {
    begin();
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs()) << log.all();
    auto steps = story();
    std::sort(steps.begin(), steps.end());
    EXPECT_EQ(steps, (Story{"create app", "create side", "start app", "start side"}));
    EXPECT_EQ(task()->family, "web");
    for (const auto& container : task()->containers) {
        EXPECT_TRUE(docker.has_container(container.docker_id));
        EXPECT_TRUE(docker.container(container.docker_id).state.running);
    }
    ASSERT_EQ(rows().size(), 1U);
    EXPECT_EQ(rows()[0].arn, task()->arn);
    EXPECT_EQ(rows()[0].file, "web.json");
}

TEST_F(SupervisorTest, RemovedFileLeavesNothing) {
    begin();
    const auto stranger = docker.make_container("stranger");
    declare("web.json", definition("web", {"app", "side"}));
    ASSERT_TRUE(runs());
    docker.forget_calls();
    undeclare("web.json");
    loop.run_until([&] { return log.count(Level::info, "task removed") > 0; });
    EXPECT_EQ(task(), nullptr);
    EXPECT_EQ(docker.container_names(), Story{"stranger"});
    const auto steps = story();
    ASSERT_EQ(steps.size(), 4U) << log.all();
    EXPECT_TRUE(steps[2].starts_with("remove") && steps[3].starts_with("remove"))
        << "after both were stopped";
    EXPECT_TRUE(rows().empty());
    EXPECT_EQ(log.count(Level::info, "task removed"), 1U);
}

TEST_F(SupervisorTest, ContainersOfATaskAreStoppedSideBySide) {
    begin();
    declare("web.json", definition("web", {"app", "side", "third"}));
    ASSERT_TRUE(runs());
    docker.delay("stop", 100ms);
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(docker.most_at_once("stop"), 3U);
}

TEST_F(SupervisorTest, ChangedFileStopsWhollyAndStartsAsANewTask) {
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
    EXPECT_EQ(steps.size(), 6U) << log.all();
    const auto first_create = std::find(steps.begin(), steps.end(), "create app");
    EXPECT_EQ(std::count_if(steps.begin(), first_create,
                            [](const auto& step) { return step.starts_with("stop"); }),
              2)
        << "both had stopped before";
    EXPECT_EQ(docker.container_names(), Story{docker_name("app")});
    EXPECT_EQ(rows().size(), 1U);
}

TEST_F(SupervisorTest, FileThatIsSavedAgainUnchangedChangesNothing) {
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

TEST_F(SupervisorTest, RefusedFileKeepsItsTaskAndIsReportedOnce) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.forget_calls();
    declare("web.json", R"({"family":"web","containerDefinitions":[]})");
    settle_down();
    agent->supervisor.reload();
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(log.count(Level::error, "a task definition is refused"), 1U) << log.all();
    undeclare("web.json");
    EXPECT_TRUE(is_gone()) << "only absence removes a task";
}

TEST_F(SupervisorTest, RefusedFileOfAnEarlierRunKeepsItsTaskToo) {
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

TEST_F(SupervisorTest, SameFamilyInTwoFilesIsTwoTasks) {
    begin();
    declare("a.json", definition("web", {"app"}));
    declare("b.json", definition("web", {"app"}));
    loop.run_until([&] { return docker.count("start ") == 2; });
    EXPECT_EQ(docker.container_names().size(), 2U);
    undeclare("a.json");
    EXPECT_TRUE(runs()) << "one of them is left";
    EXPECT_EQ(docker.container_names().size(), 1U);
}

TEST_F(SupervisorTest, FolderThatCannotBeReadChangesNothingAndIsReportedOnce) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    const auto arn = task()->arn;
    docker.forget_calls();
    std::filesystem::rename(folder.path("tasks.d"), folder.path("aside"));
    folder.write("tasks.d", "no folder");
    agent->supervisor.reload();
    settle_down();
    agent->supervisor.reload();
    settle_down();
    EXPECT_EQ(log.count(Level::warn, "cannot read the tasks folder"), 1U) << log.all();
    folder.remove("tasks.d");
    agent->supervisor.reload();
    settle_down();
    EXPECT_EQ(story(), Story()) << "nor does a folder that is away";
    std::filesystem::rename(folder.path("aside"), folder.path("tasks.d"));
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(task()->arn, arn);
}

/// A file that goes and comes back while its first row is still being written.
TEST_F(SupervisorTest, FileThatComesBackWhileItIsAcceptedStillHasOneTask) {
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

TEST_F(SupervisorTest, MissingImageIsPulled) {
    begin();
    docker.add_pullable_image("shop/app:1");
    declare("web.json", R"({"family":"web","containerDefinitions":[{"name":"app",)"
                        R"("image":"shop/app:1","metadataEnable":false}]})");
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(docker.count("pull shop/app:1"), 1U);
    EXPECT_TRUE(task()->pull_started_at);
    EXPECT_TRUE(task()->pull_stopped_at);
}

TEST_F(SupervisorTest, RemovalIsTriedAgainUntilItSucceeds) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs());
    for (int i = 0; i < 2; ++i)
        docker.fail_next("remove", Error(Errc::internal, "device busy"));
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(docker.count("remove "), 3U);
    EXPECT_EQ(log.count(Level::warn, "device busy"), 1U) << "said once";
}

TEST_F(SupervisorTest, CreateWhoseAnswerWasLostIsTakenOverAndNotDoneTwice) {
    begin();
    docker.lose_next_answer("create", Error(Errc::unavailable, "connection closed"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(docker.container_names().size(), 1U);
    EXPECT_EQ(log.count(Level::info, "task accepted"), 1U);
    EXPECT_NE(docker.create_body(docker_name("app")).find(task()->containers[0].endpoint_id),
              std::string::npos);
}

TEST_F(SupervisorTest, ContainerWhoseCreateWasLostIsRemovedWhenItIsGivenUp) {
    keep_what_stopped();
    begin();
    docker.lose_next_answer("create", Error(Errc::internal, "broken"));
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    loop.run_until([&] { return docker.container_names().empty(); });
    EXPECT_EQ(docker.container_names(), Story());
}

TEST_F(SupervisorTest, NameTakenByAStrangerStopsTheTask) {
    keep_what_stopped();
    settings.cleanup_wait = 1s;
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

// The metadata file.

TEST_F(SupervisorTest, MetadataFileIsThereBeforeTheContainerAndGoesWithTheTask) {
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

TEST_F(SupervisorTest, FileInTheImageLeavesTheMetadataFileOutAndSaysSo) {
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

TEST_F(SupervisorTest, MetadataDirectoryThatCannotBeMadeDoesNotKeepTheContainerFromRunning) {
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
} // namespace agent::tasks
