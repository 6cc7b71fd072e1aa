// The state file through upgrades and downgrades of the agent (D19).

#include "agent/state/schema.hpp"

#include "agent/state/store.hpp"
#include "fakes/temporary_folder.hpp"
#include "ipam/allocator.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <set>
#include <string>

namespace agent::state {
namespace {

using base::Errc;
using Texts = std::map<std::string, std::string>;

/// What an agent of version 5 had in its file, the first that can be brought to today's tables. It is
/// never changed: those files are on people's disks.
constexpr auto version_5 = R"(
CREATE TABLE settings(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE declared_tasks(arn TEXT PRIMARY KEY, file TEXT NOT NULL, definition TEXT NOT NULL,
    revision INTEGER NOT NULL, cluster TEXT NOT NULL, availability_zone TEXT NOT NULL,
    availability_zone_id TEXT NOT NULL, container_instance_arn TEXT NOT NULL, stopped_at INTEGER,
    stop_reason TEXT NOT NULL, pull_started_at INTEGER, pull_stopped_at INTEGER);
CREATE TABLE protections(task_arn TEXT PRIMARY KEY, until INTEGER NOT NULL);
CREATE TABLE containers(task_arn TEXT NOT NULL, name TEXT NOT NULL, docker_id TEXT NOT NULL,
    restart_count INTEGER NOT NULL, exit_code INTEGER, stop_reason TEXT NOT NULL,
    stopped INTEGER NOT NULL, started_at INTEGER, finished_at INTEGER, health_status TEXT NOT NULL,
    health_since INTEGER, PRIMARY KEY(task_arn, name));
CREATE TABLE files(file TEXT PRIMARY KEY, definition TEXT NOT NULL, family TEXT NOT NULL,
    revision INTEGER NOT NULL);
CREATE TABLE families(family TEXT PRIMARY KEY, revision INTEGER NOT NULL);
CREATE TABLE pulled_images(reference TEXT PRIMARY KEY);
CREATE TABLE endpoint_ids(docker_id TEXT PRIMARY KEY, endpoint_id TEXT NOT NULL);
CREATE TABLE leases(address TEXT PRIMARY KEY, owner TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL);
CREATE TABLE lease_position(id INTEGER PRIMARY KEY CHECK (id = 0), address TEXT NOT NULL);
PRAGMA user_version = 5;
INSERT INTO settings VALUES('container_instance_id', '0123456789abcdef0123456789abcdef');
INSERT INTO declared_tasks VALUES('arn:web', 'web.json', '{"x":1}', 3, 'prod', 'eu-west-1a',
    'euw1-az1', 'arn:instance', 1700000000123456789, 'lost', NULL, NULL);
INSERT INTO protections VALUES('arn:web', 1700000000123456789);
INSERT INTO containers VALUES('arn:web', 'app', 'id', 2, 143, 'why', 0, NULL, NULL, 'HEALTHY', NULL);
INSERT INTO files VALUES('web.json', '{"x":1}', 'web', 3);
INSERT INTO files VALUES('job.json', '{"run":"once"}', 'job', 1);
INSERT INTO families VALUES('web', 3);
INSERT INTO families VALUES('job', 1);
INSERT INTO pulled_images VALUES('busybox:1');
INSERT INTO endpoint_ids VALUES('docker', 'endpoint');
INSERT INTO leases VALUES('169.254.172.9', 'owner', 1700000000);
INSERT INTO lease_position VALUES(0, '169.254.172.9');
)";

class SchemaTest : public testing::Test {
protected:
    void make_version_5() { run(version_5); }
    void run(const std::string& sql) {
        const auto done = base::Database::open(path).value().execute(sql);
        ASSERT_TRUE(done) << done.error().what();
    }
    /// Every column of every table, with its place, type and constraints.
    static std::set<std::string> columns_of(const std::string& file) {
        auto database = base::Database::open(file).value();
        auto rows =
            database
                .prepare("SELECT t.name || ' ' || c.cid || ' ' || c.name || ' ' || c.type ||"
                         " ' ' || c.[notnull] || ' ' || c.pk FROM sqlite_master t,"
                         " pragma_table_info(t.name) c WHERE t.type = 'table'")
                .value();
        std::set<std::string> columns;
        while (rows.step().value())
            columns.insert(rows.text(0));
        return columns;
    }
    /// Opens both rooms' part of it, as the daemon does.
    static void open_all(const std::string& file) {
        const auto store = Store::open(file);
        ASSERT_TRUE(store) << store.error().what();
        const auto leases = ipam::LeaseTable::open(file, pool());
        ASSERT_TRUE(leases) << leases.error().what();
    }
    static ipam::Subnet pool() { return {ipam::Address(0xa9feac00), 22}; }

    /// Today's with two more steps: that of the next versions of the agent.
    static Schema later() {
        auto schema = todays_schema();
        schema.steps.emplace_back("ALTER TABLE files ADD COLUMN started_at INTEGER;"
                                  "UPDATE files SET started_at = 1;");
        schema.steps.emplace_back("UPDATE leases SET created_at = 7;");
        return schema;
    }

    fakes::TemporaryFolder folder;
    const std::string path = folder.path("agent.db");
    const std::int64_t today = todays_schema().version();
    const Texts definitions{{"web.json", R"({"x":1})"}, {"job.json", R"({"run":"once"})"}};
};

// Files of earlier versions.

TEST_F(SchemaTest, FileOfVersion5HasTodaysTablesOnceItWasOpened) {
    make_version_5();
    open_all(path);
    const auto fresh = folder.path("fresh.db");
    open_all(fresh);
    EXPECT_EQ(columns_of(path), columns_of(fresh)) << "a change of the tables needs a step";
}

TEST_F(SchemaTest, AllThatVersion5KnewIsKnown) {
    make_version_5();
    auto store = Store::open(path).value();
    const auto tasks = store.declared_tasks().value();
    ASSERT_EQ(tasks.size(), 1U);
    EXPECT_EQ(tasks[0].arn, "arn:web");
    EXPECT_EQ(tasks[0].definition, R"({"x":1})");
    EXPECT_EQ(tasks[0].stop_reason, "lost");
    EXPECT_TRUE(tasks[0].stopped_at);
    EXPECT_EQ(store.started_definitions().value(), definitions) << "which jobs have run";
    EXPECT_EQ(store.protections().value().count("arn:web"), 1U);
    const auto records = store.container_records().value();
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].restart_count, 2);
    EXPECT_EQ(records[0].exit_code, 143);
    EXPECT_TRUE(store.is_pulled("busybox:1").value());
    const auto observed = store.observed_containers().value();
    ASSERT_EQ(observed.size(), 1U);
    ObservedContainer known;
    known.endpoint_id = "endpoint";
    EXPECT_EQ(observed.at("docker"), known);
    EXPECT_EQ(store.container_instance_id().value(), "0123456789abcdef0123456789abcdef");
    DeclaredTask next;
    next.arn = "arn:next";
    next.file = "web.json";
    next.definition = "{}";
    EXPECT_EQ(store.start_task(next, "web", std::nullopt).value(), 4) << "revisions go on";
    const auto lease = ipam::LeaseTable::open(path, pool()).value().find("owner");
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->address.to_string(), "169.254.172.9");
}

TEST_F(SchemaTest, FileOfAVersionBeforeThoseIsCorrupt) {
    make_version_5();
    for (const auto* version : {"0", "1", "4"}) {
        run("PRAGMA user_version = " + std::string(version));
        const auto failed = Store::open(path);
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code(), Errc::corrupt) << version;
    }
}

// An upgrade.

TEST_F(SchemaTest, UpgradeMakesEachStepAndLosesNothing) {
    make_version_5();
    { ASSERT_TRUE(Store::open(path)); }
    auto store = Store::open(path, later()).value();
    EXPECT_EQ(store.migrated_from(), today);
    EXPECT_EQ(store.started_definitions().value(), definitions) << "no job runs twice";
    auto database = base::Database::open(path).value();
    auto rows = database.prepare("SELECT sum(started_at) FROM files").value();
    EXPECT_TRUE(rows.step().value());
    EXPECT_EQ(rows.number(0), 2) << "the first step";
    const auto lease = ipam::LeaseTable::open(path, pool()).value().find("owner");
    ASSERT_TRUE(lease);
    EXPECT_EQ(lease->created_at, 7) << "the second, of the leases";
    EXPECT_EQ(Store::open(path, later()).value().migrated_from(), std::nullopt) << "made once";
}

TEST_F(SchemaTest, FileIsKeptAsItWasUntilTheNewOneHasServed) {
    make_version_5();
    { ASSERT_TRUE(Store::open(path)); }
    { ASSERT_TRUE(Store::open(path, later())); }
    const auto copy = kept_copy(path, today);
    struct stat found {};
    ASSERT_EQ(::stat(copy.c_str(), &found), 0) << copy;
    EXPECT_EQ(found.st_mode & 0777, 0600U) << "it holds what tasks' environments do";
    EXPECT_EQ(Store::open(copy).value().started_definitions().value(), definitions);
    EXPECT_EQ(ipam::LeaseTable::open(copy, pool()).value().list().size(), 1U);
    EXPECT_TRUE(remove_kept_copies(path));
    EXPECT_FALSE(std::filesystem::exists(copy));
    EXPECT_TRUE(Store::open(path, later()));
}

TEST_F(SchemaTest, StepThatFailsChangesNothing) {
    make_version_5();
    auto broken = later();
    broken.steps.emplace_back("UPDATE nonsense SET x = 1;");
    { ASSERT_TRUE(Store::open(path)); }
    const auto before = columns_of(path);
    const auto failed = Store::open(path, broken);
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::internal) << "it is not damaged, nor set aside";
    EXPECT_EQ(columns_of(path), before);
    EXPECT_EQ(Store::open(path).value().started_definitions().value(), definitions);
}

TEST_F(SchemaTest, NoStepIsMadeWhereTheFileCannotBeKept) {
    make_version_5();
    { ASSERT_TRUE(Store::open(path)); }
    std::filesystem::create_directories(kept_copy(path, today) + "/in the way");
    const auto failed = Store::open(path, later());
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().code(), Errc::io) << failed.error().what();
    EXPECT_EQ(Store::open(path).value().started_definitions().value(), definitions);
}

// A downgrade.

TEST_F(SchemaTest, FileOfALaterVersionIsRefusedAndLeftAlone) {
    make_version_5();
    { ASSERT_TRUE(Store::open(path, later())); }
    const auto refused = Store::open(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::unsupported);
    for (const auto& part : {path, std::string("newer version of the agent"),
                             "version " + std::to_string(today + 2), std::to_string(today)})
        EXPECT_NE(refused.error().what().find(part), std::string::npos) << refused.error().what();
    auto store = Store::open(path, later()).value();
    EXPECT_EQ(store.started_definitions().value(), definitions) << "no job runs twice";
    EXPECT_EQ(store.migrated_from(), std::nullopt);
}

TEST_F(SchemaTest, FileOfALaterVersionIsRefusedWhateverItsTablesAreCalled) {
    run("CREATE TABLE other(x); PRAGMA user_version = 999");
    const auto refused = Store::open(path);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::unsupported);
}

TEST_F(SchemaTest, OnlyKeptCopiesAreRemoved) {
    for (const auto* name : {"agent.db", "agent.db-wal", "agent.db.version-5", "agent.db.version-6",
                             "agent.db.corrupt-1700000000", "other.db.version-5"})
        folder.write(name, "x");
    EXPECT_EQ(remove_kept_copies(path).value(), 2U);
    EXPECT_FALSE(std::filesystem::exists(folder.path("agent.db.version-5")));
    EXPECT_TRUE(std::filesystem::exists(folder.path("agent.db.corrupt-1700000000")));
    EXPECT_TRUE(std::filesystem::exists(folder.path("other.db.version-5")));
    EXPECT_EQ(remove_kept_copies(path).value(), 0U);
}

} // namespace
} // namespace agent::state
