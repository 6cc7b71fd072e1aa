#include "agent/state/store.hpp"

#include "fakes/temporary_folder.hpp"
#include "ipam/allocator.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace agent::state {
namespace {

using base::Errc;

class StoreTest : public testing::Test {
protected:
    StoreTest() {
        web.arn = "arn:web";
        web.file = "web.json";
        web.definition = "{}";
        web.revision = 1;
        web.cluster = "prod";
        web.availability_zone = "eu-west-1a";
        web.availability_zone_id = "euw1-az1";
        web.container_instance_arn = "arn:instance";
        shop.arn = "arn:shop";
        shop.file = "shop.yaml";
        shop.definition = R"({"x":"it's"})";
        shop.revision = 1;
    }

    Store open() { return Store::open(path).value(); }

    static ContainerRecord record(const std::string& arn, const std::string& name,
                                  const std::string& docker_id) {
        ContainerRecord made;
        made.task_arn = arn;
        made.name = name;
        made.docker_id = docker_id;
        return made;
    }

    /// Starts a task of this definition for the file; the revision that it got.
    std::int64_t start(Store& store, const std::string& file, const std::string& definition,
                       const std::string& family, std::optional<std::int64_t> revision = {}) {
        DeclaredTask task;
        task.arn = "arn:" + std::to_string(++tasks);
        task.file = file;
        task.definition = definition;
        return store.start_task(task, family, revision).value();
    }

    /// Rows as the store would make them, `values` of `i` from 1 to `rows`.
    void fill(const std::string& table, const std::string& values, int rows) {
        const auto sql =
            "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < " +
            std::to_string(rows) + ") INSERT INTO " + table + " SELECT " + values + " FROM n";
        ASSERT_TRUE(base::Database::open(path).value().execute(sql));
    }
    std::int64_t count(const std::string& table) {
        auto database = base::Database::open(path).value();
        auto rows = database.prepare("SELECT count(*) FROM " + table).value();
        EXPECT_TRUE(rows.step().value());
        return rows.number(0);
    }

    const base::Time noon{std::chrono::nanoseconds(1'700'000'000'123'456'789)};
    fakes::TemporaryFolder folder;
    const std::string path = folder.path("agent.db");
    DeclaredTask web;
    DeclaredTask shop;
    int tasks = 0;
};

TEST_F(StoreTest, IsEmptyAtFirst) {
    auto store = open();
    EXPECT_TRUE(store.declared_tasks().value().empty());
    EXPECT_TRUE(store.started_definitions().value().empty());
    EXPECT_TRUE(store.container_records().value().empty());
    EXPECT_TRUE(store.observed_containers().value().empty());
}

TEST_F(StoreTest, KeepsTasksWithAllThatIsFixedForTheirLife) {
    {
        auto store = open();
        ASSERT_TRUE(store.start_task(web, "web", std::nullopt));
        ASSERT_TRUE(store.start_task(shop, "shop", std::nullopt));
    }
    auto store = open();
    auto found = store.declared_tasks().value();
    ASSERT_EQ(found.size(), 2U);
    if (found[0].arn == shop.arn)
        std::swap(found[0], found[1]);
    EXPECT_EQ(found[0], web);
    EXPECT_EQ(found[1], shop);
}

TEST_F(StoreTest, KeepsWhenAndWhyATaskIsToStop) {
    auto old = shop;
    old.stopped_at = noon;
    old.stop_reason = "lost";
    {
        auto store = open();
        ASSERT_TRUE(store.start_task(web, "web", std::nullopt));
        ASSERT_TRUE(store.start_task(old, "shop", std::nullopt));
        ASSERT_TRUE(store.note_stop(web.arn, noon, "it's over"));
        EXPECT_TRUE(store.note_stop("arn:none", noon, "")) << "what is not there is fine";
    }
    auto store = open();
    for (const auto& task : store.declared_tasks().value()) {
        EXPECT_EQ(task.stopped_at, noon);
        EXPECT_EQ(task.stop_reason, task.arn == web.arn ? "it's over" : "lost");
    }
}

TEST_F(StoreTest, KeepsWhenATasksImagesWerePulled) {
    {
        auto store = open();
        ASSERT_TRUE(store.start_task(web, "web", std::nullopt));
        ASSERT_TRUE(store.start_task(shop, "shop", std::nullopt));
        ASSERT_TRUE(store.note_pull(web.arn, noon, noon + std::chrono::nanoseconds(1)));
        ASSERT_TRUE(store.note_pull(shop.arn, noon, std::nullopt)) << "it goes on";
        EXPECT_TRUE(store.note_pull("arn:none", noon, noon)) << "what is not there is fine";
    }
    auto store = open();
    const auto found = store.declared_tasks().value();
    ASSERT_EQ(found.size(), 2U);
    for (const auto& task : found) {
        EXPECT_EQ(task.pull_started_at, noon);
        EXPECT_EQ(task.pull_stopped_at.has_value(), task.arn == web.arn);
        EXPECT_EQ(task.stopped_at, std::nullopt);
    }
}

TEST_F(StoreTest, KeepsUntilWhenTasksAreProtected) {
    {
        auto store = open();
        EXPECT_TRUE(store.protections().value().empty());
        ASSERT_TRUE(store.start_task(web, "web", std::nullopt));
        ASSERT_TRUE(store.protect(web.arn, noon + std::chrono::hours(1)));
        ASSERT_TRUE(store.protect(web.arn, noon)) << "the last one counts";
        ASSERT_TRUE(store.protect("arn:observed", noon + std::chrono::nanoseconds(1)));
        ASSERT_TRUE(store.protect(shop.arn, noon));
        ASSERT_TRUE(store.protect(shop.arn, std::nullopt));
        EXPECT_TRUE(store.protect("arn:none", std::nullopt)) << "what is not there is fine";
    }
    const std::map<std::string, base::Time> expected{
        {web.arn, noon}, {"arn:observed", noon + std::chrono::nanoseconds(1)}};
    EXPECT_EQ(open().protections().value(), expected);
}

TEST_F(StoreTest, RemovedTaskIsGoneWithItsRecordsAndItsFileIsKept) {
    auto store = open();
    ASSERT_TRUE(store.start_task(web, "web", std::nullopt));
    const auto mine = record(web.arn, "app", "id");
    const auto other = record(shop.arn, "app", "id");
    ASSERT_TRUE(store.put(mine));
    ASSERT_TRUE(store.put(other));
    EXPECT_TRUE(store.remove_task("arn:none")) << "what is not there is fine";
    EXPECT_TRUE(store.remove_task(web.arn));
    EXPECT_TRUE(store.declared_tasks().value().empty());
    EXPECT_EQ(store.container_records().value(), std::vector<ContainerRecord>{other});
    const std::map<std::string, std::string> files{{"web.json", "{}"}};
    EXPECT_EQ(store.started_definitions().value(), files);
    EXPECT_TRUE(store.forget_file("web.json"));
    EXPECT_TRUE(store.forget_file("web.json")) << "twice is fine";
    EXPECT_TRUE(store.started_definitions().value().empty());
}

// Revisions.

TEST_F(StoreTest, RevisionIsRaisedByEachChangeAndOnlyByThat) {
    {
        auto store = open();
        EXPECT_EQ(start(store, "web.json", "a", "web"), 1);
        EXPECT_EQ(start(store, "web.json", "a", "web"), 1) << "run again";
        EXPECT_EQ(start(store, "web.json", "b", "web"), 2);
    }
    auto store = open();
    EXPECT_EQ(start(store, "web.json", "b", "web"), 2);
    EXPECT_EQ(start(store, "web.json", "a", "web"), 3) << "there is no going back";
}

TEST_F(StoreTest, RevisionIsCountedByFamilyWhateverTheFile) {
    auto store = open();
    EXPECT_EQ(start(store, "a.json", "a", "web"), 1);
    EXPECT_EQ(start(store, "b.json", "a", "web"), 2);
    EXPECT_EQ(start(store, "a.json", "c", "shop"), 1) << "another family";
    ASSERT_TRUE(store.forget_file("b.json"));
    EXPECT_EQ(start(store, "b.json", "a", "web"), 3) << "a file that comes again is new";
}

TEST_F(StoreTest, RevisionThatIsGivenIsTakenAndCountedOnFrom) {
    auto store = open();
    EXPECT_EQ(start(store, "a.json", "a", "web", 41), 41);
    EXPECT_EQ(start(store, "b.json", "b", "web"), 42);
    EXPECT_EQ(start(store, "a.json", "c", "web", 7), 7) << "also a lower one";
    EXPECT_EQ(start(store, "c.json", "d", "web"), 43);
}

TEST_F(StoreTest, TasksThatAreFoundAgainInAnyOrderLeaveTheHighestRevision) {
    auto store = open();
    EXPECT_EQ(start(store, "a.json", "a", "web", 3), 3);
    EXPECT_EQ(start(store, "a.json", "a", "web", 2), 2);
    EXPECT_EQ(start(store, "a.json", "a", "web"), 3);
    EXPECT_EQ(start(store, "a.json", "b", "web"), 4);
}

TEST_F(StoreTest, FamiliesOfNoFileAreForgottenWhenTenThousandOthersCame) {
    auto store = open();
    EXPECT_EQ(start(store, "kept.json", "a", "kept", 7), 7);
    EXPECT_EQ(start(store, "lost.json", "a", "lost", 7), 7);
    ASSERT_TRUE(store.forget_file("lost.json"));
    EXPECT_EQ(start(store, "used.json", "a", "used", 7), 7);
    ASSERT_TRUE(store.forget_file("used.json"));
    fill("families", "'f' || i, 1", 9'998);
    EXPECT_EQ(start(store, "used.json", "b", "used"), 8) << "and is the last one used now";
    EXPECT_EQ(start(store, "other.json", "a", "other"), 1);
    EXPECT_EQ(start(store, "lost.json", "b", "lost"), 1);
    EXPECT_EQ(start(store, "used.json", "c", "used"), 9);
    EXPECT_EQ(start(store, "kept.json", "b", "kept"), 8) << "its file was always there";
    EXPECT_LE(count("families"), 10'001);
}

// Containers and images.

TEST_F(StoreTest, KeepsWhatDockerDoesNotTellOfContainers) {
    auto vanished = record(web.arn, "app", "id");
    vanished.restart_count = 2;
    auto failed = record(web.arn, "job", "");
    failed.exit_code = 143;
    failed.stop_reason = "TaskDependencyError: it's over";
    failed.stopped = true;
    failed.started_at = noon;
    failed.finished_at = noon + std::chrono::nanoseconds(1);
    vanished.health_status = "HEALTHY";
    vanished.health_since = noon;
    {
        auto store = open();
        auto first = vanished;
        first.restart_count = 1;
        ASSERT_TRUE(store.put(first));
        ASSERT_TRUE(store.put(vanished)) << "replaces it";
        ASSERT_TRUE(store.put(failed));
    }
    auto records = open().container_records().value();
    ASSERT_EQ(records.size(), 2U);
    if (records[0].name == "job")
        std::swap(records[0], records[1]);
    EXPECT_EQ(records[0], vanished);
    EXPECT_EQ(records[1], failed);
}

TEST_F(StoreTest, KeepsWhichImagesWerePulled) {
    {
        auto store = open();
        EXPECT_FALSE(store.is_pulled("busybox:1").value());
        EXPECT_TRUE(store.record_pull("busybox:1"));
        EXPECT_TRUE(store.record_pull("busybox:1"));
    }
    EXPECT_TRUE(open().is_pulled("busybox:1").value());
    EXPECT_FALSE(open().is_pulled("busybox").value());
}

TEST_F(StoreTest, ImageIsForgottenWhenTenThousandOthersWerePulled) {
    auto store = open();
    ASSERT_TRUE(store.record_pull("old"));
    ASSERT_TRUE(store.record_pull("again"));
    fill("pulled_images", "'i' || i", 9'998);
    ASSERT_TRUE(store.record_pull("again"));
    EXPECT_TRUE(store.is_pulled("old").value()) << "ten thousand are remembered";
    ASSERT_TRUE(store.record_pull("new"));
    EXPECT_FALSE(store.is_pulled("old").value());
    EXPECT_TRUE(store.is_pulled("again").value());
    EXPECT_EQ(count("pulled_images"), 10'000);
}

TEST_F(StoreTest, KeepsAndForgetsWhatObservedContainersWereGiven) {
    const ObservedContainer member{"id-a",     "arn:task",    "compose/shop", "shop",
                                   "default",  "web-service", "web",          "credentials",
                                   "arn:role", "shop",        "web"};
    ObservedContainer lone;
    lone.endpoint_id = "id-c";
    {
        auto store = open();
        for (const auto* id : {"a", "b", "c"})
            ASSERT_TRUE(store.put(id, lone));
        ASSERT_TRUE(store.put("a", member));
        ASSERT_TRUE(store.remove_observed_container("b"));
        ASSERT_TRUE(store.remove_observed_container("none"));
    }
    const std::map<std::string, ObservedContainer> expected{{"a", member}, {"c", lone}};
    EXPECT_EQ(open().observed_containers().value(), expected);
}

TEST_F(StoreTest, KeepsWhichTheTasksFolderWas) {
    {
        auto store = open();
        EXPECT_EQ(store.tasks_folder().value(), "");
        ASSERT_TRUE(store.put_tasks_folder("8:1 2"));
        ASSERT_TRUE(store.put_tasks_folder("8:1 3"));
    }
    EXPECT_EQ(open().tasks_folder().value(), "8:1 3");
}

TEST_F(StoreTest, ContainerInstanceHasOneIdForEver) {
    const auto id = open().container_instance_id().value();
    EXPECT_EQ(id.size(), 32U);
    EXPECT_EQ(open().container_instance_id().value(), id);
    folder.remove("agent.db");
    folder.remove("agent.db-wal");
    EXPECT_NE(open().container_instance_id().value(), id) << "a new state is a new instance";
}

TEST_F(StoreTest, DamagedFileIsCorruptAndANewOneCanBeMadeInItsPlace) {
    folder.write("agent.db", std::string(8192, 'x'));
    const auto failed = Store::open(path);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::corrupt);
    const auto aside = base::set_database_aside(path).value();
    EXPECT_TRUE(std::filesystem::exists(aside));
    EXPECT_TRUE(open().declared_tasks().value().empty());
}

TEST_F(StoreTest, SharesItsFileWithTheLeases) {
    auto store = open();
    const ipam::Subnet pool{ipam::Address(0xa9feac00), 22};
    auto leases = ipam::LeaseTable::open(path, pool).value();
    ASSERT_TRUE(store.start_task(web, "web", std::nullopt));
    ASSERT_TRUE(leases.assign("owner"));
    ASSERT_TRUE(store.start_task(shop, "shop", std::nullopt));
    EXPECT_EQ(open().declared_tasks().value().size(), 2U);
    EXPECT_EQ(ipam::LeaseTable::open(path, pool).value().list().size(), 1U);
}

TEST_F(StoreTest, RemembersWhichImagesWereBrought) {
    const base::Time first{std::chrono::nanoseconds(1'700'000'000'123'456'789)};
    const base::Time then = first + std::chrono::hours(1);
    BroughtImage image{"sha256:1", "app:1", first, first};
    {
        auto store = open();
        ASSERT_TRUE(store.put(image));
        ASSERT_TRUE(store.note_pull_again({"sha256:2", "app:1", then, then}));
    }
    auto store = open();
    EXPECT_EQ(store.brought_images().value(), std::vector{image}) << "another was not brought";
    ASSERT_TRUE(store.note_pull_again({"sha256:1", "app:1", then, then}));
    EXPECT_EQ(store.brought_images().value().at(0).pulled_at, then);
    ASSERT_TRUE(store.put({"sha256:2", "app:1", then, then}));
    EXPECT_EQ(store.brought_images().value().size(), 2U) << "the reference names another";
    ASSERT_TRUE(store.forget_brought(image));
    EXPECT_EQ(store.brought_images().value().at(0).image_id, "sha256:2");
    ASSERT_TRUE(store.put(image));
    const auto later = then + std::chrono::hours(1);
    ASSERT_TRUE(store.note_images({{"sha256:2", "app:1", {}, {}}}, later, {image}));
    EXPECT_EQ(store.brought_images().value(),
              (std::vector<BroughtImage>{{"sha256:2", "app:1", then, later}}));
}

} // namespace
} // namespace agent::state
