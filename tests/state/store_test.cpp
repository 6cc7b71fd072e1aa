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
    Store open() { return Store::open(path).value(); }

    fakes::TemporaryFolder folder;
    const std::string path = folder.path("agent.db");
    const DeclaredTask web{"arn:web",    "web.json", "{}",          "prod",
                           "eu-west-1a", "euw1-az1", "arn:instance"};
    const DeclaredTask shop{"arn:shop", "shop.yaml", R"({"x":"it's"})", "prod", "", "", ""};
};

TEST_F(StoreTest, IsEmptyAtFirst) {
    auto store = open();
    EXPECT_TRUE(store.declared_tasks().value().empty());
    EXPECT_TRUE(store.endpoint_ids().value().empty());
}

TEST_F(StoreTest, KeepsTasksWithAllThatIsFixedForTheirLife) {
    {
        auto store = open();
        ASSERT_TRUE(store.put(web));
        ASSERT_TRUE(store.put(shop));
    }
    auto store = open();
    auto tasks = store.declared_tasks().value();
    ASSERT_EQ(tasks.size(), 2U);
    if (tasks[0].arn == shop.arn)
        std::swap(tasks[0], tasks[1]);
    EXPECT_EQ(tasks[0], web);
    EXPECT_EQ(tasks[1], shop);
}

TEST_F(StoreTest, SameArnIsReplacedAndAnotherOneRemoved) {
    auto store = open();
    ASSERT_TRUE(store.put(web));
    auto changed = web;
    changed.definition = R"({"family":"web"})";
    ASSERT_TRUE(store.put(changed));
    ASSERT_EQ(store.declared_tasks().value().size(), 1U);
    EXPECT_EQ(store.declared_tasks().value()[0], changed);
    EXPECT_TRUE(store.remove_task("arn:none")) << "what is not there is fine";
    EXPECT_TRUE(store.remove_task(web.arn));
    EXPECT_TRUE(store.declared_tasks().value().empty());
}

TEST_F(StoreTest, KeepsAndForgetsEndpointIds) {
    {
        auto store = open();
        for (const auto* id : {"a", "b", "c"})
            ASSERT_TRUE(store.put_endpoint_id(id, std::string("id-") + id));
        ASSERT_TRUE(store.put_endpoint_id("a", "id-new"));
        ASSERT_TRUE(store.remove_endpoint_ids({"b", "none"}));
    }
    const std::map<std::string, std::string> expected{{"a", "id-new"}, {"c", "id-c"}};
    EXPECT_EQ(open().endpoint_ids().value(), expected);
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
    ASSERT_TRUE(store.put(web));
    ASSERT_TRUE(leases.assign("owner"));
    ASSERT_TRUE(store.put(shop));
    EXPECT_EQ(open().declared_tasks().value().size(), 2U);
    EXPECT_EQ(ipam::LeaseTable::open(path, pool).value().list().size(), 1U);
}

} // namespace
} // namespace agent::state
