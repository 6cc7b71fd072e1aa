// When a container's metadata.json is written, and when not.

#include "agent/containers/metadata_files.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <future>

namespace agent::containers {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

class MetadataFilesTest : public testing::Test {
protected:
    ~MetadataFilesTest() override {
        const bool drained = loop.run(files.drain(10s));
        EXPECT_TRUE(drained);
    }

    static model::Instance instance() {
        model::Instance host;
        host.scope = {"us-east-1", "000000000000", "default"};
        return host;
    }

    /// A task whose containers have their directories already.
    model::Task prepared(int containers = 1) {
        model::Task task;
        task.arn = "arn:task";
        task.id = "0123456789abcdef0123456789abcdef";
        task.cluster = "default";
        task.family = "web";
        for (int i = 0; i < containers; ++i) {
            model::Container container;
            container.name = "app" + std::to_string(i);
            container.docker_name = "ecs-web-1-" + container.name;
            container.endpoint_id = "endpoint" + std::to_string(i);
            task.containers.push_back(container);
        }
        const auto shared = std::make_shared<const model::Task>(task);
        for (auto& container : task.containers) {
            const auto directory = loop.run(files.prepare(shared, container.name));
            EXPECT_TRUE(directory) << directory.error().what();
            container.metadata_directory = *directory;
        }
        return task;
    }

    std::string text(const model::Task& task, std::size_t index = 0) const {
        return folder.read("metadata/default/" + task.id + "/" + task.containers[index].name +
                           "/metadata.json");
    }
    bool says(const model::Task& task, const std::string& wanted) {
        loop.run_until([&] { return text(task).find(wanted) != std::string::npos; });
        return text(task).find(wanted) != std::string::npos;
    }
    /// Until no write is due.
    void wait_for_writes(const model::Task& task) {
        loop.run(writes_end(task.containers[0].metadata_directory));
    }
    base::Async<bool> writes_end(std::string directory) {
        co_await files.wait_until_current(directory, 10s);
        co_return true;
    }
    /// A task whose first write has failed, which was told: there is a file in its way.
    model::Task failing() {
        auto task = prepared();
        folder.remove("metadata/default");
        folder.write("metadata/default", "a file in the way");
        task.containers[0].docker_id = std::string(64, 'a');
        world.put(task);
        loop.run_until([&] { return log.count(Level::warn, "cannot write a metadata file") > 0; });
        EXPECT_EQ(log.count(Level::warn, "cannot write a metadata file"), 1U) << log.all();
        return task;
    }
    using Work = std::shared_ptr<std::optional<bool>>;
    /// No worker does anything before `free`.
    std::vector<Work> keep_busy(std::shared_future<void> free) {
        std::vector<Work> busy;
        for (int i = 0; i < 2; ++i) {
            auto wait = [free] {
                free.wait();
                return true;
            };
            busy.push_back(loop.start(base::offload(workers, std::move(wait))));
        }
        loop.run_for(10ms);
        return busy;
    }
    /// Changes with every write: the file is replaced.
    static ino_t inode(const model::Task& task) {
        struct stat found {};
        const auto path = task.containers[0].metadata_directory + "/metadata.json";
        EXPECT_EQ(::stat(path.c_str(), &found), 0);
        return found.st_ino;
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    base::WorkerPool workers{2};
    model::World world{instance()};
    MetadataFiles files{loop.executor(), workers, world, folder.path()};
};

TEST_F(MetadataFilesTest, IsThereBeforeTheContainerWithWhatIsKnown) {
    const auto task = prepared();
    EXPECT_EQ(task.containers[0].metadata_directory,
              folder.path("metadata/default/" + task.id + "/app0"));
    EXPECT_NE(text(task).find("\"TaskDefinitionFamily\": \"web\""), std::string::npos)
        << text(task);
    EXPECT_EQ(text(task).find("READY"), std::string::npos);
}

TEST_F(MetadataFilesTest, IsWrittenAgainWhenSomethingThatItShowsChanges) {
    auto task = prepared();
    task.containers[0].docker_id = std::string(64, 'a');
    world.put(task);
    ASSERT_TRUE(says(task, std::string(64, 'a')));
    task.containers[0].networks_known = true;
    task.containers[0].networks = {{"bridge", "172.17.0.9", 16, "172.17.0.1", "", 0, "", ""}};
    world.put(task);
    EXPECT_TRUE(says(task, "172.17.0.9"));
}

TEST_F(MetadataFilesTest, IsNotWrittenWhenOnlyTimePasses) {
    auto task = prepared();
    task.containers[0].docker_id = std::string(64, 'a');
    world.put(task);
    ASSERT_TRUE(says(task, std::string(64, 'a')));
    wait_for_writes(task);
    const auto before = inode(task);
    std::this_thread::sleep_for(1100ms);                        // LastUpdatedAt counts seconds
    task.containers[0].sandbox_key = "/var/run/docker/netns/1"; // shown nowhere
    world.put(task);
    loop.run_for(50ms);
    wait_for_writes(task);
    EXPECT_EQ(inode(task), before);
}

TEST_F(MetadataFilesTest, WhatAnEarlierRunHasLeftIsWrittenAgainOnlyWhereItDiffers) {
    auto task = prepared();
    task.containers[0].docker_id = std::string(64, 'a');
    world.put(task);
    ASSERT_TRUE(says(task, std::string(64, 'a')));
    const auto left = inode(task);
    const auto begin_again = [&](const model::Task& found) {
        model::World next{instance()};
        MetadataFiles anew{loop.executor(), workers, next, folder.path()};
        next.put(found);
        loop.run(anew.drain(10s));
    };
    begin_again(task);
    EXPECT_EQ(inode(task), left);
    task.containers[0].docker_id = std::string(64, 'b');
    begin_again(task);
    EXPECT_NE(inode(task), left);
    EXPECT_NE(text(task).find(std::string(64, 'b')), std::string::npos) << text(task);
}

TEST_F(MetadataFilesTest, ManyChangesDuringAWriteAreOneMore) {
    auto task = prepared();
    std::promise<void> disk_is_free;
    const auto busy = keep_busy(disk_is_free.get_future().share());
    for (int i = 0; i < 100; ++i) {
        task.containers[0].docker_id = std::string(60, 'b') + std::to_string(1000 + i);
        world.put(task);
        loop.run_for(0ms);
    }
    disk_is_free.set_value();
    EXPECT_TRUE(says(task, std::string(60, 'b') + "1099")) << "the last state is written";
}

TEST_F(MetadataFilesTest, ContainersWithoutADirectoryHaveNoFile) {
    auto task = prepared();
    task.containers[0].metadata_directory.clear();
    task.containers[0].docker_id = std::string(64, 'a');
    world.put(task);
    loop.run_for(50ms);
    EXPECT_EQ(text(task).find(std::string(64, 'a')), std::string::npos);
}

// D15: what cannot be written is told once, and tried again.

TEST_F(MetadataFilesTest, WriteThatFailsIsToldOnceAndTriedAtTheNextChange) {
    auto task = failing();
    task.containers[0].known = model::ContainerStatus::running;
    world.put(task);
    loop.run_for(50ms);
    EXPECT_EQ(log.count(Level::warn, "cannot write a metadata file"), 1U) << log.all();
    folder.remove("metadata/default");
    task.containers[0].docker_id = std::string(64, 'b');
    world.put(task);
    EXPECT_TRUE(says(task, std::string(64, 'b')));
    loop.run_until([&] { return log.count(Level::info, "can be written again") > 0; });
    EXPECT_EQ(log.count(Level::info, "a metadata file can be written again"), 1U) << log.all();
}

TEST_F(MetadataFilesTest, WriteThatFailsIsTriedAgainWithoutAChange) {
    const auto task = failing();
    folder.remove("metadata/default");
    EXPECT_TRUE(says(task, std::string(64, 'a')));
}

TEST_F(MetadataFilesTest, WhoTriesAgainIsNotWaitedForByARemoval) {
    auto task = failing();
    folder.remove("metadata/default");
    task.containers[0].metadata_directory.clear();
    world.put(task);
    const auto begun = std::chrono::steady_clock::now();
    const auto removed = loop.run(files.remove(task.cluster, task.id));
    EXPECT_TRUE(removed) << removed.error().what();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 3s);
}

TEST_F(MetadataFilesTest, WhoTriesAgainIsNotWaitedForAtTheEnd) {
    failing();
    EXPECT_TRUE(loop.run(files.drain(3s)));
}

TEST_F(MetadataFilesTest, DirectoryThatIsRemovedUnderItsContainerIsMadeAnew) {
    auto task = prepared();
    world.put(task);
    folder.remove("metadata");
    for (const char id : {'a', 'b'}) {
        task.containers[0].docker_id = std::string(64, id);
        world.put(task);
        EXPECT_TRUE(says(task, std::string(64, id)));
    }
    loop.run_until([&] { return log.count(Level::warn, "removed under its container") == 1; });
    loop.run_for(20ms);
    EXPECT_EQ(log.count(Level::warn, "was removed under its container"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::warn, "cannot write"), 0U) << log.all();
}

TEST_F(MetadataFilesTest, OlderTextOfAPreparationNeverLandsLast) {
    auto task = prepared();
    world.put(task);
    for (int round = 0; round < 20; ++round) {
        const auto older = std::make_shared<const model::Task>(task);
        std::promise<void> disk_is_free;
        const auto busy = keep_busy(disk_is_free.get_future().share());
        const auto again = loop.start(files.prepare(older, task.containers[0].name));
        loop.run_for(1ms);
        task.containers[0].docker_id = std::string(60, 'c') + std::to_string(1000 + round);
        world.put(task);
        loop.run_for(1ms);
        disk_is_free.set_value();
        loop.run_until([&] { return again->has_value(); });
        loop.run_for(10ms);
        EXPECT_TRUE(says(task, task.containers[0].docker_id)) << "round " << round;
    }
}

TEST_F(MetadataFilesTest, RemovalWaitsForTheWriteThatIsUnderWay) {
    for (int round = 0; round < 20; ++round) {
        auto task = prepared(8);
        world.put(task);
        for (auto& container : task.containers)
            container.docker_id = container.name + std::to_string(round);
        world.put(task);
        loop.run_for(1ms); // eight writes begin
        for (auto& container : task.containers)
            container.metadata_directory.clear();
        world.put(task);
        const auto removed = loop.run(files.remove(task.cluster, task.id));
        ASSERT_TRUE(removed) << removed.error().what();
        ASSERT_FALSE(std::filesystem::exists(folder.path("metadata/default/" + task.id)));
        world.remove(task.arn);
    }
    EXPECT_EQ(log.count(Level::warn, "cannot write"), 0U) << log.all();
}

TEST_F(MetadataFilesTest, AVolumesFirstFileReplacesNone) {
    auto task = prepared();
    task.containers[0].docker_id = "c1";
    const auto shared = std::make_shared<const model::Task>(task);
    EXPECT_EQ(loop.run(files.make_volume("a1")).value(), folder.path("metadata/~volumes/a1/_data"));
    ASSERT_TRUE(loop.run(files.begin_volume("a1", shared, "c1")));
    const auto first = folder.read("metadata/~volumes/a1/_data/metadata.json");
    EXPECT_NE(first.find("\"ContainerID\": \"c1\""), std::string::npos) << first;
    auto unknown = std::make_shared<model::Task>();
    unknown->containers.emplace_back();
    ASSERT_TRUE(loop.run(files.begin_volume("a1", unknown, "")));
    EXPECT_EQ(folder.read("metadata/~volumes/a1/_data/metadata.json"), first);
    EXPECT_EQ(loop.run(files.begin_volume("a1", shared, "c2")).error().code(),
              base::Errc::not_found);
    EXPECT_EQ(loop.run(files.list_volumes()).value(), std::vector<std::string>{"a1"});
    ASSERT_TRUE(loop.run(files.remove_volume("a1")));
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/a1")));
    EXPECT_FALSE(loop.run(files.make_volume("../a1")));
}

TEST_F(MetadataFilesTest, RemovalOfWhatIsNotThereIsFine) {
    EXPECT_TRUE(loop.run(files.remove("default", "0123456789abcdef0123456789abcdef")));
    EXPECT_FALSE(loop.run(files.remove("default", "../../etc")));
}

TEST_F(MetadataFilesTest, ReconcileKeepsWhatIsNamedAndRemovesTheRest) {
    folder.write("metadata/default/11111111111111111111111111111111/app/metadata.json", "{}");
    folder.write("metadata/default/22222222222222222222222222222222/app/metadata.json", "{}");
    std::set<std::string> live{"default/11111111111111111111111111111111"};
    EXPECT_TRUE(loop.run(files.reconcile(std::move(live))));
    EXPECT_TRUE(std::filesystem::exists(
        folder.path("metadata/default/11111111111111111111111111111111/app/metadata.json")));
    EXPECT_FALSE(
        std::filesystem::exists(folder.path("metadata/default/22222222222222222222222222222222")));
}

TEST_F(MetadataFilesTest, GoOnlyWhenNoWriteIsUnderWay) {
    const auto task = std::make_shared<const model::Task>(prepared());
    const auto leave_one = [&] {
        std::promise<void> never;
        const auto busy = keep_busy(never.get_future().share());
        MetadataFiles others{loop.executor(), workers, world, folder.path()};
        const auto write = loop.start(others.prepare(task, "app0"));
        loop.run_for(1ms);
    };
    EXPECT_DEATH(leave_one(), "turns at a metadata file: 1 left");
}

} // namespace
} // namespace agent::containers
