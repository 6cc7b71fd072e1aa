// Which call a request line is: every spelling that an engine takes for a create, and no other.

#include "agent/doors/proxy/target.hpp"

#include <gtest/gtest.h>

namespace doors_test {
namespace {

using agent::doors::proxy::Call;
using agent::doors::proxy::loggable_path;
using agent::doors::proxy::read_target;

TEST(ProxyTarget, IsACreateInEveryWayThatTheEngineTakes) {
    const char* const spellings[] = {
        "/containers/create",
        "/v1.44/containers/create",
        "/v1.44/containers/create?name=web",
        "/containers/create?",
        "/containers/%63reate",
        "/%76%31.44/containers/create",
        "/v1.44%2fcontainers%2Fcreate",
        "http://d/v1.44/containers/create",
        "http://user:pass@d:80/containers/create?name=x",
        "HTTPS://d/containers/create",
        "http:/containers/create",
        "http:///containers/create",
        "/v1.44.0/containers/create",
        "/v5.0.0-rc1/containers/create",
    };
    for (const auto* target : spellings)
        EXPECT_EQ(read_target("POST", target).call, Call::create_container) << target;
}

TEST(ProxyTarget, IsNoCreateWhereTheEngineRedirectsOrRefuses) {
    const char* const others[] = {
        "//v1.44//containers/create",
        "/v1.44//containers/create",
        "/./containers/create",
        "/x/../containers/create",
        "/%2e/containers/create",
        "/containers/create/",
        "/containers/Create",
        "/containers/create#x",
        "/containers/%6",
        "/containers/%zzcreate",
        "/v/containers/create",
        "/vx/containers/create",
        "/v1.44/v1.44/containers/create",
        "/v4.0.0/libpod/containers/create",
        "/libpod/containers/create",
        "containers/create",
        "d:80",
        "http://d",
        "http://d?/containers/create",
        "1http://d/containers/create",
        "*",
        "",
    };
    for (const auto* target : others)
        EXPECT_EQ(read_target("POST", target).call, Call::other) << target;
    for (const auto* method : {"GET", "HEAD", "PUT", "post", ""})
        EXPECT_EQ(read_target(method, "/containers/create").call, Call::other) << method;
}

TEST(ProxyTarget, SaysVersionAndName) {
    auto target = read_target("POST", "/v1.44/containers/create?platform=&name=a%2Fb+c&name=d");
    EXPECT_EQ(target.version, "1.44");
    EXPECT_EQ(target.name, "a/b c");
    target = read_target("POST", "/containers/create?names=x&%6eame=y");
    EXPECT_EQ(target.version, "");
    EXPECT_EQ(target.name, "y");
    EXPECT_EQ(read_target("POST", "/containers/create?name").name, "");
    EXPECT_EQ(read_target("POST", "/containers/create?name=%zz&x").name, "");
}

TEST(ProxyTarget, KnowsServicesAndStreams) {
    EXPECT_EQ(read_target("POST", "/v1.44/services/create").call, Call::create_service);
    const auto update = read_target("POST", "/v1.44/services/web/update?version=7");
    EXPECT_EQ(update.call, Call::update_service);
    EXPECT_EQ(update.name, "web");
    EXPECT_EQ(read_target("POST", "/services//update").call, Call::other);
    for (const auto* target : {"/containers/x/attach?stream=1", "/v1.44/exec/x/start",
                               "/v4.0.0/libpod/containers/x/attach", "/libpod/exec/x/start"})
        EXPECT_EQ(read_target("POST", target).call, Call::attach) << target;
    EXPECT_EQ(read_target("POST", "/exec/x/resize").call, Call::other);
    EXPECT_EQ(read_target("POST", "/exec/start").call, Call::other);
}

TEST(ProxyTarget, IsLoggedWithoutQueryHostAndUser) {
    EXPECT_EQ(loggable_path("/v1.44/images/create?fromImage=x"), "/v1.44/images/create");
    EXPECT_EQ(loggable_path("http://user:secret@d/info?x=y"), "/info");
    EXPECT_EQ(loggable_path("user:secret"), "");
    EXPECT_EQ(loggable_path("*"), "");
}

} // namespace
} // namespace doors_test
