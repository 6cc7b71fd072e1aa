// What the engine, which is written in Go, takes from an object.

#include "agent/containers/go_struct.hpp"

#include <gtest/gtest.h>

namespace agent::containers {
namespace {

using Strings = std::vector<std::string>;

/// An object's text with what was read of it.
struct Body {
    explicit Body(std::string json) : text(std::move(json)) {
        auto read = read_written_json(text);
        EXPECT_TRUE(read) << text;
        if (read)
            document = std::move(*read);
    }
    GoStruct go() const { return GoStruct(text, {&document}); }

    std::string text;
    WrittenValue document;
};

template <class T>
std::string why(const base::Result<T>& result) {
    return result ? "no error" : result.error().what();
}

TEST(GoKey, HasNoCase) {
    for (const auto* key : {"Env", "env", "ENV", "eNv"})
        EXPECT_TRUE(is_go_key(key, "Env")) << key;
    for (const auto* key : {"", "En", "Envs", "E nv", "Enw"})
        EXPECT_FALSE(is_go_key(key, "Env")) << key;
    EXPECT_TRUE(is_go_key("label\u017F", "Labels"));
    EXPECT_TRUE(is_go_key("Networ\u212AMode", "NetworkMode"));
    EXPECT_FALSE(is_go_key("\u212AEnv", "Env"));
    EXPECT_FALSE(is_go_key("B\u0130nds", "Binds"));
}

TEST(GoStruct, TakesTheLastOfAKeyWhateverItsCase) {
    const Body body(R"({"Env":["A=1"],"env":["B=2"],"\u0045NV":["C=3"],"Image":"a","image":"b"})");
    EXPECT_EQ(body.go().texts("Env").value(), Strings{"C=3"});
    EXPECT_EQ(body.go().text("Image").value(), "b");
}

TEST(GoStruct, NullIsSomethingElseForEachKind) {
    const Body body(R"({"Env":["A=1"],"env":null,"Image":"a","image":null,
        "HostConfig":{"Binds":["x:/y"]},"hostConfig":null,"hostconfig":{"Memory":1},
        "TaskTemplate":{"a":1},"taskTemplate":null,"Labels":{"a":"1"},"labels":null})");
    EXPECT_TRUE(body.go().texts("Env").value().empty()) << "a slice is nil";
    EXPECT_EQ(body.go().text("Image").value(), "a") << "a string stays";
    const auto host = body.go().pointer("HostConfig").value();
    EXPECT_TRUE(host.present());
    EXPECT_TRUE(host.texts("Binds").value().empty()) << "a pointer begins anew";
    EXPECT_TRUE(body.go().part("TaskTemplate").value().present()) << "a struct stays";
    EXPECT_FALSE(body.go().pointer("Labels").value().present());
}

TEST(GoStruct, ObjectsOfOneKeyFillOneStruct) {
    const Body body(R"({"HostConfig":{"Binds":["x:/y"]},"hostconfig":{"NetworkMode":"host"},
        "Labels":{"a":"1","b":"2"},"labels":{"b":"3","c":null}})");
    const auto host = body.go().pointer("HostConfig").value();
    EXPECT_EQ(host.texts("Binds").value(), Strings{"x:/y"});
    EXPECT_EQ(host.text("NetworkMode").value(), "host");
    EXPECT_EQ(body.go().text_map("Labels").value(),
              (std::map<std::string, std::string>{{"a", "1"}, {"b", "3"}, {"c", ""}}));
}

TEST(GoStruct, RefusesWhatTheEngineWouldRefuse) {
    const Body body(R"({"Env":"A=1","Labels":["a"],"Image":1,"Mounts":[null],"HostConfig":[],
        "Tmpfs":{"a":1},"TaskTemplate":"x","Binds":["a",null]})");
    EXPECT_EQ(why(body.go().texts("Env")), "Env: expected a list");
    EXPECT_EQ(why(body.go().text_map("Labels")), "Labels: expected an object");
    EXPECT_EQ(why(body.go().text("Image")), "Image: expected a string");
    EXPECT_EQ(why(body.go().structs("Mounts")), "Mounts: expected a list of objects");
    EXPECT_EQ(why(body.go().pointer("HostConfig")), "HostConfig: expected an object");
    EXPECT_EQ(why(body.go().text_map("Tmpfs")), "Tmpfs: expected an object of strings");
    EXPECT_EQ(why(body.go().part("TaskTemplate")), "TaskTemplate: expected an object");
    EXPECT_EQ(why(body.go().texts("Binds")), "Binds: expected a list of strings");
}

// Go fills the elements of the first list with what the second does not say.
TEST(GoStruct, RefusesTwoListsOfObjects) {
    const Body body(R"({"Mounts":[{"Target":"/a","ReadOnly":true}],"mounts":[{"Target":"/b"}]})");
    EXPECT_EQ(why(body.go().structs("Mounts")), "Mounts: is there twice");
}

} // namespace
} // namespace agent::containers
