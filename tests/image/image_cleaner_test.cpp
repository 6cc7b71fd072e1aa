#include "agent/image/image_cleaner.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace agent::image {
namespace {

using namespace std::chrono_literals;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using base::log::Level;
using Names = std::vector<std::string>;

/// An image store: ids, and what names them.
class ImageDocker : public fakes::FakeDocker {
public:
    using FakeDocker::FakeDocker;

    Async<Result<std::optional<docker::ImageInspect>>> inspect_image(std::string name) override {
        const auto id = id_of(name);
        if (!ids.contains(id))
            co_return std::optional<docker::ImageInspect>();
        docker::ImageInspect image;
        image.id = id;
        for (const auto& [tag, named] : tags)
            if (named == id)
                image.repo_tags.push_back(tag);
        image.repo_digests = digests[id];
        co_return std::optional(image);
    }
    Async<Result<std::set<std::string>>> list_image_ids() override { co_return ids; }
    Async<Result<bool>> remove_image(std::string name) override {
        co_await base::sleep_for(1ms);
        const auto id = id_of(name);
        if (is_broken.contains(id))
            co_return Error(Errc::io, "500 Internal Server Error: read-only file system");
        if (has_children.contains(id))
            co_return Error(Errc::conflict, "409 Conflict: image has dependent child images");
        removals.push_back(name);
        tags.erase(name);
        if (std::ranges::none_of(tags, [&](const auto& tag) { return tag.second == id; }))
            ids.erase(id);
        co_return true;
    }
    Async<Result<std::vector<docker::ContainerSummary>>>
    list_containers(bool all, std::vector<std::string> /*labels*/) override {
        EXPECT_TRUE(all) << "what has stopped uses its image, too";
        if (away)
            co_return Error(Errc::unavailable, "docker engine is away");
        std::vector<docker::ContainerSummary> list;
        for (const auto& id : in_containers)
            list.emplace_back().image_id = id;
        co_return list;
    }
    std::string id_of(const std::string& name) const {
        const auto found = tags.find(name);
        return found == tags.end() ? name : found->second;
    }

    std::set<std::string> ids;
    std::map<std::string, std::string> tags; ///< to an id
    std::set<std::string> in_containers;     ///< ids
    std::set<std::string> has_children;      ///< ids
    std::set<std::string> is_broken;         ///< the same
    std::map<std::string, Names> digests;    ///< by id
    Names removals;
    bool away = false;
};

model::Instance instance() {
    model::Instance host;
    host.scope = {"us-east-1", "000000000000", "default"};
    return host;
}

Async<void> record_nothing(Pulled /*pulled*/) {
    co_return;
}

class ImageCleanerTest : public testing::Test {
protected:
    ImageCleanerTest() {
        settings.minimum_age = 1h;
        PullerSettings puller;
        puller.record_pull = record_nothing;
        puller_.emplace(loop.executor(), docker, credentials_, std::move(puller));
    }
    /// An image that the agent's pull has brought here, so long ago.
    void bring(const std::string& reference, const std::string& id, base::Time::duration ago = 2h) {
        docker.ids.insert(id);
        docker.tags[reference] = id;
        const auto then = base::now() - ago;
        // Like all that use the store, on the disk's thread: the cleaner may be at it.
        auto put = [this, image = state::BroughtImage{id, reference, then, then}] {
            return store.put(image);
        };
        ASSERT_TRUE(loop.run(disk.run(std::move(put))));
    }
    /// One that was not.
    void build(const std::string& reference, const std::string& id) {
        docker.ids.insert(id);
        docker.tags[reference] = id;
    }
    std::size_t clean() {
        ImageCleaner cleaner(docker, world, *puller_, store, disk, settings);
        const auto removed = loop.run(cleaner.clean());
        EXPECT_TRUE(removed) << removed.error().what();
        return removed ? *removed : 0;
    }
    void add_task(const std::string& image, const std::string& image_id = "") {
        model::Task task;
        task.arn = "arn:" + image;
        task.declared = true;
        auto& container = task.containers.emplace_back();
        container.declared = true;
        container.image = image;
        container.image_id = image_id;
        world.put(std::move(task));
    }
    ImagePuller& puller() { return *puller_; }
    std::size_t remembered() {
        auto read = [this] { return store.brought_images(); };
        return loop.run(disk.read(std::move(read))).value().size();
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    ImageDocker docker{loop.executor()};
    model::World world{instance()};
    state::Store store = state::Store::open(folder.path("agent.db")).value();
    state::Disk disk;
    CleanerSettings settings;

private:
    base::WorkerPool workers_{1};
    RegistryCredentials credentials_{
        workers_, workers_, {{}, config::Environment{{"DOCKER_CONFIG", folder.path()}}}};
    std::optional<ImagePuller> puller_;
};

TEST_F(ImageCleanerTest, RemovesWhatAPullHasBroughtAndNobodyUses) {
    bring("r/app:1", "sha256:1");
    EXPECT_EQ(clean(), 1U);
    EXPECT_EQ(docker.removals, Names{"r/app:1"});
    EXPECT_EQ(remembered(), 0U);
    EXPECT_EQ(log.count(Level::info, "removed an unused image"), 1U);
    EXPECT_EQ(clean(), 0U);
}

TEST_F(ImageCleanerTest, LeavesWhatWasNotBrought) {
    build("app:dev", "sha256:1");
    EXPECT_EQ(clean(), 0U);
    EXPECT_TRUE(docker.removals.empty());
}

TEST_F(ImageCleanerTest, LeavesWhatWasBuiltUnderTheNameOfWhatWasBrought) {
    bring("r/app:1", "sha256:1");
    build("r/app:1", "sha256:2");
    docker.ids.erase("sha256:1");
    EXPECT_EQ(clean(), 0U);
    EXPECT_TRUE(docker.removals.empty());
    EXPECT_EQ(remembered(), 0U) << "it is gone";
}

TEST_F(ImageCleanerTest, RemovesWhatANewerPullHasTakenTheNameOf) {
    bring("r/app:latest", "sha256:1");
    bring("r/app:latest", "sha256:2");
    add_task("r/app");
    EXPECT_EQ(clean(), 0U) << "a container of the reference is about to be made";
    add_task("r/app", "sha256:2");
    EXPECT_EQ(clean(), 1U);
    EXPECT_EQ(docker.removals, Names{"sha256:1"});
}

TEST_F(ImageCleanerTest, LeavesAnImageThatOthersHaveNamed) {
    bring("r/app:1", "sha256:1");
    docker.tags.erase("r/app:1");
    docker.tags["mine:1"] = "sha256:1";
    EXPECT_EQ(clean(), 0U);
    EXPECT_TRUE(docker.removals.empty());
    EXPECT_EQ(remembered(), 0U);
}

TEST_F(ImageCleanerTest, LeavesAnImageThatOthersHaveByADigest) {
    bring("r/app:1", "sha256:1");
    bring("r/own:1", "sha256:2");
    docker.tags.clear();
    docker.digests["sha256:1"] = {"r/app@sha256:d", "mirror/app@sha256:d"};
    docker.digests["sha256:2"] = {"r/own@sha256:e"};
    EXPECT_EQ(clean(), 1U);
    EXPECT_EQ(docker.removals, Names{"sha256:2"}) << "its only digest is of our pull";
}

TEST_F(ImageCleanerTest, WhatHasGoneAndComeBackIsSomebodyElses) {
    bring("r/app:1", "sha256:1", 1min);
    docker.ids.erase("sha256:1");
    EXPECT_EQ(clean(), 0U);
    EXPECT_EQ(remembered(), 0U) << "also while it was young";
    build("r/app:1", "sha256:1");
    EXPECT_EQ(clean(), 0U);
    EXPECT_TRUE(docker.removals.empty());
}

TEST_F(ImageCleanerTest, OneThatDockerFailsAtKeepsNoneOfTheOthers) {
    bring("r/sick:1", "sha256:1", 9h);
    bring("r/app:1", "sha256:2", 2h);
    docker.is_broken = {"sha256:1"};
    EXPECT_EQ(clean(), 1U);
    EXPECT_EQ(docker.removals, Names{"r/app:1"});
    EXPECT_EQ(log.count(Level::info, "an unused image cannot be removed"), 1U) << log.all();
}

TEST_F(ImageCleanerTest, TakesItsOwnNameAloneFromAnImageThatOthersHaveNamed) {
    bring("r/app:1", "sha256:1");
    docker.tags["mine:1"] = "sha256:1";
    clean();
    EXPECT_EQ(docker.removals, Names{"r/app:1"});
    EXPECT_TRUE(docker.ids.contains("sha256:1"));
}

TEST_F(ImageCleanerTest, LeavesWhatAContainerOrATaskHas) {
    bring("r/app:1", "sha256:1");
    docker.in_containers = {"sha256:1"};
    EXPECT_EQ(clean(), 0U);
    docker.in_containers.clear();
    add_task("r/app:1");
    EXPECT_EQ(clean(), 0U) << "a task that has not made its container yet";
    world.remove("arn:r/app:1");
    EXPECT_EQ(clean(), 1U);
}

TEST_F(ImageCleanerTest, LeavesWhatIsYoung) {
    bring("r/app:1", "sha256:1", 59min);
    EXPECT_EQ(clean(), 0U);
    settings.minimum_age = 58min;
    EXPECT_EQ(clean(), 1U);
}

TEST_F(ImageCleanerTest, RemovesTheLongestUnusedFirstAndSoManyAtOnce) {
    settings.most_at_once = 2;
    bring("r/b:1", "sha256:b", 4h);
    bring("r/a:1", "sha256:a", 5h);
    bring("r/c:1", "sha256:c", 3h);
    // Used until now.
    docker.in_containers = {"sha256:a"};
    clean();
    EXPECT_EQ(docker.removals, (Names{"r/b:1", "r/c:1"}));
    docker.in_containers.clear();
    bring("r/d:1", "sha256:d", 2h);
    settings.most_at_once = 1;
    clean();
    EXPECT_EQ(docker.removals.back(), "r/d:1");
}

TEST_F(ImageCleanerTest, TwoNamesOfAnImageAreOneImage) {
    settings.most_at_once = 1;
    bring("r/app:1", "sha256:1");
    bring("r/app:latest", "sha256:1");
    EXPECT_EQ(clean(), 1U);
    EXPECT_EQ(docker.removals.size(), 2U);
    EXPECT_TRUE(docker.ids.empty());
}

TEST_F(ImageCleanerTest, LeavesWhatIsExcludedUnderEachName) {
    settings.kept = {"r/app", "docker.io/library/web:latest"};
    bring("r/app:latest", "sha256:1");
    bring("r/app:1", "sha256:1");
    bring("web", "sha256:2");
    EXPECT_EQ(clean(), 0U);
    EXPECT_TRUE(docker.removals.empty());
}

TEST_F(ImageCleanerTest, WhatCannotBeRemovedStaysAndIsTried) {
    bring("r/base:1", "sha256:1");
    docker.has_children = {"sha256:1"};
    EXPECT_EQ(clean(), 0U);
    EXPECT_EQ(log.count(Level::info, "an unused image cannot be removed"), 1U);
    docker.has_children.clear();
    EXPECT_EQ(clean(), 1U);
}

TEST_F(ImageCleanerTest, AnEngineThatIsAwayEndsTheTurn) {
    bring("r/app:1", "sha256:1");
    docker.away = true;
    ImageCleaner cleaner(docker, world, puller(), store, disk, settings);
    EXPECT_EQ(loop.run(cleaner.clean()).error().code(), Errc::unavailable);
    EXPECT_EQ(remembered(), 1U);
}

TEST_F(ImageCleanerTest, CleansAtEachInterval) {
    settings.interval = 50ms;
    bring("r/app:1", "sha256:1");
    ImageCleaner cleaner(docker, world, puller(), store, disk, settings);
    base::TaskGroup tasks(loop.executor());
    tasks.spawn("cleaner", cleaner.run());
    loop.run_until([&] { return docker.removals.size() == 1U; });
    bring("r/app:2", "sha256:2");
    loop.run_until([&] { return docker.removals.size() == 2U; });
    EXPECT_EQ(docker.removals.back(), "r/app:2");
    tasks.cancel();
    EXPECT_TRUE(loop.run(tasks.wait(5s)));
}

} // namespace
} // namespace agent::image
