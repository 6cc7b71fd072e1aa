// What the engine was seen to ask for a task of a service, and how it is answered.

#include "doors/volumes/fixture.hpp"

#include <filesystem>

namespace agent::doors::volumes {
namespace {

TEST_F(PluginTest, ATasksWholeLifeIsAnswered) {
    expect(R"(
Plugin.Activate                                    | {"Implements":["VolumeDriver"]}
VolumeDriver.Capabilities                          | {"Capabilities":{"Scope":"local"}}
VolumeDriver.Get {"Name":"a1"}                     | {"Err":"no such volume"}
VolumeDriver.Create {"Name":"a1","Opts":{}}        | {"Err":""}
VolumeDriver.Get {"Name":"a1"}                     | {"Volume":{"Name":"a1","Mountpoint":"DIR/a1/_data"},"Err":""}
VolumeDriver.Mount {"Name":"a1","ID":"6f"}         | {"Mountpoint":"DIR/a1/_data","Err":""}
VolumeDriver.Path {"Name":"a1"}                    | {"Mountpoint":"DIR/a1/_data","Err":""}
VolumeDriver.List                                  | {"Volumes":[{"Name":"a1","Mountpoint":"DIR/a1/_data"}],"Err":""}
VolumeDriver.Get {"Name":"a1"}                     | {"Volume":{"Name":"a1","Mountpoint":"DIR/a1/_data"},"Err":""}
VolumeDriver.Unmount {"Name":"a1","ID":"6f"}       | {"Err":""}
VolumeDriver.Mount {"Name":"a1","ID":"another"}    | {"Mountpoint":"DIR/a1/_data","Err":""}
)");
    EXPECT_EQ(log.count(base::log::Level::error, ""), 0U) << log.all();
}

TEST_F(PluginTest, WhatIsNotThereIsSaidSo) {
    expect(R"(
VolumeDriver.List {}                 | {"Volumes":[],"Err":""}
VolumeDriver.Get {"Name":"a1"}       | {"Err":"no such volume"}
VolumeDriver.Path {"Name":"a1"}      | {"Err":"no such volume"}
VolumeDriver.Remove {"Name":"a1"}    | {"Err":"no such volume"}
VolumeDriver.Unmount {"Name":"a1","ID":"6f"} | {"Err":""}
)");
}

TEST_F(PluginTest, WhatIsNoCallHasAStatusAndTheEnginesForm) {
    EXPECT_EQ(answer("/VolumeDriver.Snapshot", "{}").status, 404U);
    EXPECT_EQ(answer("/VolumeDriver.Get", "", "GET").status, 405U);
    const auto bad = answer("/VolumeDriver.Create", R"({"Name":"../a"})");
    EXPECT_EQ(bad.status, 400U);
    EXPECT_TRUE(bad.body().starts_with(R"({"Err":"'../a' is no name)")) << bad.body();
    EXPECT_FALSE(std::filesystem::exists(folder.path("metadata"))) << "nothing was made";
}

TEST_F(PluginTest, TheFileIsThereBeforeTheContainerRuns) {
    expect(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"} | {"Mountpoint":"DIR/a1/_data","Err":""})");
    const auto unknown = file_of("a1");
    EXPECT_NE(unknown.find(R"("Cluster": "shops")"), std::string::npos) << unknown;
    EXPECT_EQ(unknown.find("READY"), std::string::npos) << unknown;
    // The engine tells of the container when it has started it.
    put_container("c1", "a1");
    loop.run_until([&] { return file_of("a1") != unknown; });
    EXPECT_NE(file_of("a1").find(R"("ContainerID": "c1")"), std::string::npos) << file_of("a1");
}

TEST_F(PluginTest, AContainerThatWasLookedAtBeforeItsStartIsInTheFile) {
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    put_container("c1", "a1");
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    EXPECT_NE(file_of("a1").find(R"("ContainerID": "c1")"), std::string::npos) << file_of("a1");
}

TEST_F(PluginTest, AStartWaitsForALookThatIsUnderWay) {
    auto limits = short_limits();
    limits.patience = std::chrono::seconds(30);
    begin(limits);
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    const auto mounted = loop.start(volumes->mount("a1"));
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(mounted->has_value());
    put_container("c1", "a1");
    loop.run_until([&] { return mounted->has_value(); });
    ASSERT_TRUE(mounted->has_value() && mounted->value());
    EXPECT_NE(file_of("a1").find(R"("ContainerID": "c1")"), std::string::npos) << file_of("a1");
}

TEST_F(PluginTest, AContainerThatIsStartedAgainHasItsFileStill) {
    say(R"(VolumeDriver.Create {"Name":"a1"})");
    put_container("c1", "a1");
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"1"})");
    say(R"(VolumeDriver.Unmount {"Name":"a1","ID":"1"})");
    const auto before = file_of("a1");
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"2"})");
    EXPECT_EQ(file_of("a1"), before);
    folder.remove("metadata/~volumes/a1");
    say(R"(VolumeDriver.Mount {"Name":"a1","ID":"3"})");
    EXPECT_NE(file_of("a1").find(R"("ContainerID": "c1")"), std::string::npos)
        << "somebody had removed it";
}

TEST_F(PluginTest, ADirectoryThatCannotBeMadeIsToldToTheEngine) {
    folder.write("metadata", "a file in the way");
    const auto made = say(R"(VolumeDriver.Create {"Name":"a1"})");
    EXPECT_EQ(made.find(R"({"Err":""})"), std::string::npos) << made;
    EXPECT_EQ(say("VolumeDriver.List"), R"({"Volumes":[],"Err":""})");
}

} // namespace
} // namespace agent::doors::volumes
