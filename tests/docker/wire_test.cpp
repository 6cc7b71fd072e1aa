#include "agent/docker/client.hpp"
#include "agent/docker/negotiate.hpp"
#include "agent/docker/wire.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

TEST(Wire, WritesFiltersAsTheEngineReadsThem) {
    EXPECT_EQ(filters_json({{"type", {"container"}}, {"event", {"die", "start"}}, {"label", {}}}),
              R"({"event":{"die":true,"start":true},"type":{"container":true}})");
    EXPECT_EQ(filters_json({}), "{}");
}

TEST(Wire, SplitsImageReferences) {
    const auto split = [](std::string_view text) {
        const auto reference = split_reference(text);
        return reference.name + " " + reference.tag;
    };
    EXPECT_EQ(split("busybox"), "busybox latest");
    EXPECT_EQ(split("busybox:1.36"), "busybox 1.36");
    EXPECT_EQ(split("host:5000/a/b"), "host:5000/a/b latest");
    EXPECT_EQ(split("host:5000/a/b:c"), "host:5000/a/b c");
    EXPECT_EQ(split("a@sha256:12"), "a sha256:12");
}

TEST(Wire, WritesEventTimes) {
    EXPECT_EQ(to_event_time(1714557600000000007), "1714557600.000000007");
}

TEST(Wire, KeepsDockersOwnMessageInARefusal) {
    Response response;
    response.status = 409;
    response.body = R"({"message":"The container name \"/web\" is already in use"})";
    const auto error = refusal("docker create container web", response);
    EXPECT_EQ(error.code(), base::Errc::conflict);
    EXPECT_EQ(error.what(),
              "docker create container web: 409 Conflict: The container name \"/web\" "
              "is already in use");
}

TEST(Wire, AsksForPodmansNamesOfEventsBesideDockers) {
    EXPECT_EQ(with_podmans_names({"start", "die", "destroy"}),
              (std::vector<std::string>{"start", "die", "destroy", "died", "remove"}));
    EXPECT_EQ(with_podmans_names({}), std::vector<std::string>()) << "all of them";
}

TEST(Wire, KnowsByPodmansWordsWhatDockerTellsByStatus) {
    const auto status = [](long given, const std::string& message) {
        Response response;
        response.status = given;
        response.body = R"({"cause":"…","message":")" + message + R"(","response":500})";
        return status_in_dockers_sense(response);
    };
    struct Case {
        const char* message;
        long status;
    };
    for (const auto& [message, expected] : std::vector<Case>{
             {"container create: creating container storage: the container name \\\"web\\\" is "
              "already "
              "in use by 12. You have to remove that container to be able to reuse that name: that "
              "name is already in use",
              409},
             {"cannot remove container 12 as it is running - running or paused containers cannot "
              "be "
              "removed without force: container state improper",
              409},
             {"can only kill running containers. 12 is in state exited: container state improper",
              409},
             {"network name ecs-awsvpc already used: network already exists", 409},
             {"subnet 10.9.0.0/24 is already used on the host or by another config", 409},
             {"\\\"ecs-awsvpc\\\" has associated containers with it: network is being used", 409},
             {"no container with name or ID \\\"12\\\" found: no such container", 404},
             {"crun: executable file `x` not found in $PATH: No such file or directory", 500}})
        EXPECT_EQ(status(500, message), expected) << message;
    EXPECT_EQ(status(404, "container state improper"), 404);
    EXPECT_EQ(status(200, "no such container"), 200);
}

TEST(Wire, MapsStatusesToCodes) {
    const auto code = [](long status) {
        Response response;
        response.status = status;
        return refusal("x", response).code();
    };
    EXPECT_EQ(code(400), base::Errc::invalid_argument);
    EXPECT_EQ(code(403), base::Errc::conflict);
    EXPECT_EQ(code(404), base::Errc::not_found);
    EXPECT_EQ(code(500), base::Errc::internal);
    EXPECT_EQ(code(503), base::Errc::unavailable);
    EXPECT_EQ(code(301), base::Errc::protocol);
    EXPECT_EQ(code(418), base::Errc::invalid_argument);
    EXPECT_EQ(code(599), base::Errc::internal);
}

TEST(Negotiate, TakesTheNewestThatBothSpeak) {
    EngineVersion engine{"20.10.24", {1, 41}, {1, 12}, {}};
    EXPECT_EQ(*negotiate(engine, std::nullopt), (ApiVersion{1, 41}));
    engine = {"40.0", {1, 70}, {1, 44}, {}};
    EXPECT_EQ(*negotiate(engine, std::nullopt), newest_api_version);
    engine = {"1.12", {1, 24}, {}, {}};
    EXPECT_EQ(*negotiate(engine, std::nullopt), oldest_api_version);
}

TEST(Negotiate, NamesBothRangesWhenThereIsNone) {
    const auto old = negotiate({"1.11", {1, 23}, {}, {}}, std::nullopt);
    ASSERT_FALSE(old);
    EXPECT_EQ(old.error().code(), base::Errc::unsupported);
    EXPECT_EQ(old.error().what(), "this agent speaks Docker API 1.24 to 1.56, Docker Engine 1.11 "
                                  "speaks up to 1.23");
    const auto young = negotiate({"50.0", {1, 90}, {1, 60}, {}}, std::nullopt);
    ASSERT_FALSE(young);
    EXPECT_NE(young.error().what().find("50.0 speaks 1.60 to 1.90"), std::string::npos);
}

TEST(Negotiate, HonoursAPinnedVersion) {
    const EngineVersion engine{"29.0", {1, 52}, {1, 44}, {}};
    EXPECT_EQ(*negotiate(engine, ApiVersion{1, 44}), (ApiVersion{1, 44}));
    const auto refused = negotiate(engine, ApiVersion{1, 24});
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().what().find("1.24 is asked for by configuration"), std::string::npos);
}

} // namespace agent::docker
