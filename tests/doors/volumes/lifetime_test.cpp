// How long volumes are there: as long as containers have them, over restarts of the agent, and no longer.

#include "doors/volumes/fixture.hpp"

#include <filesystem>
#include <future>

namespace agent::doors::volumes {
namespace {

using Names = std::vector<std::string>;

TEST_F(PluginTest, AVolumeGoesWithItsContainer) {
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    say(R"(VolumeDriver.Mount {"Name":"b2","ID":"2"})");
    put_container("c1", "a1");
    put_container("c2", "b2");
    sweep();
    say(R"(VolumeDriver.Unmount {"Name":"a1","ID":"1"})");
    loop.run_for(std::chrono::milliseconds(50));
    EXPECT_EQ(volumes->names(), (Names{"a1", "b2"})) << "it was stopped, and may be started again";
    remove_container("c1");
    loop.run_until([&] { return volumes->names() == Names{"b2"}; });
    EXPECT_EQ(say("VolumeDriver.List"), R"({"Volumes":[{"Name":"b2","Mountpoint":")" +
                                            volumes->directory_of("b2") + R"("}],"Err":""})");
    loop.run_until([&] { return !std::filesystem::exists(folder.path("metadata/~volumes/a1")); });
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/a1")));
    EXPECT_EQ(say(R"(VolumeDriver.Get {"Name":"a1"})"), R"({"Err":"no such volume"})");
}

// It keeps a record of each, and would ask for it at each of its starts.
TEST_F(PluginTest, AVolumeThatHasEndedIsRemovedByTheEngine) {
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    put_container("c1", "a1");
    remove_container("c1");
    sweep();
    loop.run_until([&] { return volumes->names().empty(); });
    EXPECT_EQ(told_to_remove, Names{"a1"});
    loop.run_until([&] { return !std::filesystem::exists(folder.path("metadata/~volumes/a1")); });
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/a1")));
}

TEST_F(PluginTest, AVolumeThatTheEngineHasNoRecordOfGoesToo) {
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    put_container("c1", "a1");
    remove_container("c1");
    engine_has_no_record = true;
    sweep();
    loop.run_until([&] { return volumes->names().empty(); });
    loop.run_until([&] { return !std::filesystem::exists(folder.path("metadata/~volumes/a1")); });
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/a1")));
}

TEST_F(PluginTest, AVolumeThatTheEngineDoesNotLetGoStaysAndKeepsNoneOfTheOthers) {
    for (const std::string name : {"a1", "b2"}) {
        say(R"(VolumeDriver.Mount {"Name":")" + name + R"(","ID":"1"})");
        put_container("of-" + name, name);
        remove_container("of-" + name);
    }
    engine_keeps = {"a1"};
    sweep();
    loop.run_until([&] { return volumes->names() == Names{"a1"}; });
    EXPECT_EQ(volumes->names(), Names{"a1"});
    EXPECT_NE(file_of("a1"), "");
    EXPECT_EQ(log.count(base::log::Level::warn, "a container has it"), 1U) << log.all();
}

TEST_F(PluginTest, AVolumeThatNoContainerHasHadStaysForAWhile) {
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    say(R"(VolumeDriver.Create {"Name":"b2"})");
    put_container("c2", "b2");
    remove_container("c2");
    sweep();
    loop.run_until([&] { return volumes->names() == Names{"a1"}; });
    EXPECT_EQ(volumes->names(), Names{"a1"})
        << "an image is pulled between its create and its start";
}

TEST_F(PluginTest, AVolumeThatNoContainerEverHasGoes) {
    auto limits = short_limits();
    limits.unclaimed_time = std::chrono::milliseconds(0);
    begin(limits);
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    say(R"(VolumeDriver.Create {"Name":"b2"})");
    put_container("c2", "b2");
    remove_container("c2");
    sweep();
    loop.run_until([&] { return volumes->names().empty(); });
    EXPECT_EQ(volumes->names(), Names());
}

TEST_F(PluginTest, NothingGoesBeforeAllContainersWereSeen) {
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    put_container("c1", "a1");
    remove_container("c1");
    all_are_seen = false;
    sweep();
    loop.run_for(std::chrono::milliseconds(50));
    EXPECT_EQ(volumes->names(), Names{"a1"});
}

TEST_F(PluginTest, WhatIsOnTheDiskIsThereAfterARestart) {
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    say(R"(VolumeDriver.Create {"Name":"b2"})");
    folder.write("metadata/~volumes/~odd/x", "of nobody's");
    begin();
    EXPECT_EQ(volumes->names(), (Names{"a1", "b2"}));
    EXPECT_NE(file_of("a1"), "");
    EXPECT_EQ(say(R"(VolumeDriver.Unmount {"Name":"a1","ID":"1"})"), R"({"Err":""})");
    EXPECT_EQ(say(R"(VolumeDriver.Path {"Name":"b2"})"),
              R"({"Mountpoint":")" + volumes->directory_of("b2") + R"(","Err":""})");
}

// Killed between the directory and the file, or in the middle of a write.
TEST_F(PluginTest, WhatACrashHasLeftIsAVolume) {
    std::filesystem::create_directories(folder.path("metadata/~volumes/a1"));
    folder.write("metadata/~volumes/b2/_data/.new-7", "half");
    begin();
    EXPECT_EQ(volumes->names(), (Names{"a1", "b2"}));
    for (const auto* name : {"a1", "b2"}) {
        ASSERT_TRUE(loop.run(volumes->mount(name))) << name;
        EXPECT_NE(file_of(name), "") << name;
    }
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/b2/_data/.new-7")));
}

TEST_F(PluginTest, ThereAreAsManyAsMayBe) {
    auto limits = short_limits();
    limits.volumes = 2;
    begin(limits);
    EXPECT_EQ(say(R"(VolumeDriver.Create {"Name":"a1"})"), R"({"Err":""})");
    EXPECT_EQ(say(R"(VolumeDriver.Create {"Name":"b2"})"), R"({"Err":""})");
    EXPECT_EQ(say(R"(VolumeDriver.Create {"Name":"c3"})"),
              R"({"Err":"there are 2 volumes already, which is as many as may be"})");
    EXPECT_EQ(say(R"(VolumeDriver.Create {"Name":"b2"})"), R"({"Err":""})") << "it is there";
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/c3")));
}

TEST_F(PluginTest, AUserRemovesOnlyWhatNoContainerHas) {
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    put_container("c1", "a1");
    EXPECT_EQ(say(R"(VolumeDriver.Remove {"Name":"a1"})"),
              R"({"Err":"a container has the volume"})");
    remove_container("c1");
    EXPECT_EQ(say(R"(VolumeDriver.Remove {"Name":"a1"})"), R"({"Err":""})");
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata/~volumes/a1")));
}

TEST_F(PluginTest, OneThatIsMadeWhileItsPredecessorGoesIsWhole) {
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    const auto removed = loop.start(volumes->remove("a1"));
    const auto mounted = loop.start(volumes->mount("a1"));
    loop.run_until([&] { return removed->has_value() && mounted->has_value(); });
    ASSERT_TRUE(mounted->has_value() && mounted->value());
    EXPECT_NE(file_of("a1"), "");
    EXPECT_EQ(volumes->names(), Names{"a1"});
}

TEST_F(PluginTest, VolumesAreLetGoOfOnlyWhenNoneIsBeingRemoved) {
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    const auto leave_one = [this] {
        std::promise<void> never;
        auto wait = [told = never.get_future().share()] {
            told.wait();
            return true;
        };
        const auto busy = loop.start(base::offload(workers, std::move(wait)));
        const auto removal = loop.start(volumes->remove("a1"));
        loop.run_for(std::chrono::milliseconds(1));
        volumes.reset();
    };
    EXPECT_DEATH(leave_one(), "removals of volumes: 1 left");
}

} // namespace
} // namespace agent::doors::volumes
