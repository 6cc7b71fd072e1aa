#include "handlers/body_cache.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using namespace handlers;

int renderings = 0;

std::string render(const model::World& /*world*/, const model::Task& task,
                   const model::Container* container) {
    ++renderings;
    return task.family + ":" + (container == nullptr ? "" : container->name);
}

std::string render_storage(const model::World& world, const model::Task& task,
                           const model::Container* /*none*/) {
    ++renderings;
    const auto& storage = world.readings().storage;
    return task.family + ":" + (storage ? std::to_string(storage->utilized_mib) : "");
}

void read_storage(model::World& world, std::int64_t utilized) {
    model::HostReadings readings;
    readings.storage = model::EphemeralStorage{utilized, 1000};
    world.set_readings(readings);
}

TEST(BodyCache, RendersOnceForEverySnapshot) {
    model::World world(handlers_test::example_instance());
    BodyCache cache(world);
    world.put(handlers_test::example_task());
    renderings = 0;
    const auto first = world.find_task("t1");
    EXPECT_EQ(*cache.get(first, nullptr, render), "sleep:");
    EXPECT_EQ(*cache.get(first, &first->containers[0], render), "sleep:sleepy");
    EXPECT_EQ(cache.get(first, nullptr, render), cache.get(first, nullptr, render));
    EXPECT_EQ(renderings, 2);

    auto changed = handlers_test::example_task();
    changed.family = "woken";
    world.put(changed);
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_EQ(*cache.get(world.find_task("t1"), nullptr, render), "woken:");
    EXPECT_EQ(renderings, 3);
}

TEST(BodyCache, RendersAnewWhatShowsReadingsThatHaveChangedAndOnlyThat) {
    model::World world(handlers_test::example_instance());
    BodyCache cache(world);
    world.put(handlers_test::example_task());
    const auto task = world.find_task("t1");
    const BodyCache::Render storage{render_storage, BodyCache::Readings::shown};
    renderings = 0;
    EXPECT_EQ(*cache.get(task, nullptr, storage), "sleep:");
    const auto plain = cache.get(task, nullptr, render);
    read_storage(world, 7);
    read_storage(world, 8);
    EXPECT_EQ(renderings, 2) << "rendered though nobody asks";
    EXPECT_EQ(*cache.get(task, nullptr, storage), "sleep:8");
    EXPECT_EQ(*cache.get(task, nullptr, storage), "sleep:8");
    EXPECT_EQ(cache.get(task, nullptr, render), plain);
    EXPECT_EQ(renderings, 3);
    read_storage(world, 8);
    EXPECT_EQ(*cache.get(task, nullptr, storage), "sleep:8");
    EXPECT_EQ(renderings, 3) << "the same readings are no change";
    EXPECT_EQ(cache.size(), 2U);
}

TEST(BodyCache, KeepsNothingOfTasksThatAreGone) {
    model::World world(handlers_test::example_instance());
    BodyCache cache(world);
    world.put(handlers_test::example_task());
    const auto task = world.find_task("t1");
    cache.get(task, nullptr, render);
    world.remove("t1");
    EXPECT_EQ(cache.size(), 0U);
    EXPECT_EQ(*cache.get(task, nullptr, render), "sleep:");
    EXPECT_EQ(cache.size(), 0U);
}

TEST(BodyCache, MayEndBeforeTheWorld) {
    model::World world(handlers_test::example_instance());
    { BodyCache cache(world); }
    world.put(handlers_test::example_task());
    EXPECT_EQ(world.tasks().size(), 1U);
}

} // namespace
