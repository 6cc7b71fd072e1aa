// What an engine asks of the volume plugin, read without anything being done for it.

#include "agent/doors/volumes/calls.hpp"

#include <gtest/gtest.h>

namespace agent::doors::volumes {
namespace {

using base::Errc;

TEST(VolumeCalls, NamesAreThoseOfDocker) {
    for (const auto* name : {"a", "7", "x1v9tyk2c0w4mzu5d8qfh3ab7", "my_volume", "A.b-c"})
        EXPECT_TRUE(is_volume_name(name)) << name;
    EXPECT_TRUE(is_volume_name(std::string(255, 'a')));
    EXPECT_FALSE(is_volume_name(std::string(256, 'a')));
    for (const auto* name : {"", ".", "..", "../x", "a/b", "/etc", "-a", "_a", ".a", "a b", "a\n",
                             "{{.Task.ID}}", "ä", "~undeclared"})
        EXPECT_FALSE(is_volume_name(name)) << name;
    EXPECT_FALSE(is_volume_name(std::string_view("a\0b", 3)));
}

TEST(VolumeCalls, SayWhichVolumeTheyAreOf) {
    const auto mount = read_call("/VolumeDriver.Mount", R"({"Name":"a1","ID":"77"})");
    ASSERT_TRUE(mount) << mount.error().what();
    EXPECT_EQ(mount->method, Method::mount);
    EXPECT_EQ(mount->volume, "a1");
    for (const auto* path :
         {"/Plugin.Activate", "/VolumeDriver.List", "/VolumeDriver.Capabilities"})
        EXPECT_TRUE(read_call(path, "")) << path << " needs no body";
    for (const auto* options : {"null", "{}"})
        EXPECT_TRUE(read_call("/VolumeDriver.Create",
                              std::string(R"({"Name":"a1","Opts":)") + options + '}'));
}

TEST(VolumeCalls, AreRefusedWithAReason) {
    const auto refusal = [](std::string_view path, std::string_view body) {
        const auto call = read_call(path, body);
        EXPECT_FALSE(call) << path << ' ' << body;
        return call ? base::Error() : call.error();
    };
    for (const auto* path : {"/", "", "/VolumeDriver.Mount/", "/volumedriver.mount", "/v1/x"})
        EXPECT_EQ(refusal(path, R"({"Name":"a"})").code(), Errc::not_found) << path;
    for (const auto* body : {"", "x", "[]", "{}", R"({"Name":7})", R"({"name":"a"})",
                             R"({"Name":""})", R"({"Name":"../a"})"})
        EXPECT_EQ(refusal("/VolumeDriver.Get", body).code(), Errc::invalid_argument) << body;
    EXPECT_EQ(refusal("/VolumeDriver.Create", R"({"Name":"a","Opts":{"size":"1"}})").what(),
              "volumes of this driver have no options, got 'size'");
    EXPECT_EQ(refusal("/VolumeDriver.Create", R"({"Name":"a","Opts":["size"]})").what(),
              "Opts: expected an object");
    const auto cut = refusal("/VolumeDriver.Get", R"({"Name":"/)" + std::string(5000, 'x') + "\"}");
    EXPECT_LT(cut.what().size(), 256U);
}

TEST(VolumeCalls, AreAnsweredInTheEnginesForm) {
    EXPECT_EQ(render_outcome(""), R"({"Err":""})");
    EXPECT_EQ(render_outcome("no \"such\" volume"), R"({"Err":"no \"such\" volume"})");
    EXPECT_EQ(render_volume({"a", "/m"}), R"({"Volume":{"Name":"a","Mountpoint":"/m"},"Err":""})");
    EXPECT_EQ(render_list({}), R"({"Volumes":[],"Err":""})");
    EXPECT_EQ(render_list({{"a", "/m"}}),
              R"({"Volumes":[{"Name":"a","Mountpoint":"/m"}],"Err":""})");
    EXPECT_EQ(render_mountpoint("/m"), R"({"Mountpoint":"/m","Err":""})");
    EXPECT_EQ(render_activation(true), R"({"Implements":["VolumeDriver"]})");
    EXPECT_EQ(render_activation(false), R"({"Implements":[]})");
    EXPECT_EQ(render_capabilities(), R"({"Capabilities":{"Scope":"local"}})");
}

} // namespace
} // namespace agent::doors::volumes
