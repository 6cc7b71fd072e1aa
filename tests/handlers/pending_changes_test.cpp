// Who asks while something is on its way about it is told what has come.

#include "handlers/introspection/introspection_api.hpp"
#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;

constexpr std::string_view web = "172.17.0.2";

bool shows(const handlers::http::Response& response, std::string_view text) {
    return response.status == 200 && response.body().find(text) != std::string_view::npos;
}

class PendingChangesTest : public testing::Test {
protected:
    PendingChangesTest() : world(handlers_test::example_instance()), sources(world) {
        world.put(handlers_test::bridge_task("b2", {"other"}, "172.17.0.9"));
    }

    /// A container that was created, and has started as nobody has seen yet.
    void start_unseen() {
        auto task = handlers_test::bridge_task("b1", {"web"}, web);
        sources.pending.coming["b1-web"] = task;
        task.known = model::TaskStatus::created;
        task.containers[0].known = model::ContainerStatus::created;
        task.containers[0].networks_known = false;
        world.put(task);
        sources.pending.waited_for.clear();
    }

    model::World world;
    handlers_test::FakeSources sources;
    handlers::TaskApi api{world, sources, handlers_test::no_limits()};
};

TEST_F(PendingChangesTest, IsWaitedForByEveryQuestionThatNamesTheContainer) {
    for (const auto* path : {"/v3/eid-b1-web", "/v4/eid-b1-web", "/v3/eid-b1-web/task",
                             "/v4/eid-b1-web/task", "/v4/eid-b1-web/taskWithTags"}) {
        start_unseen();
        EXPECT_TRUE(shows(ask(api, path, web), R"("KnownStatus":"RUNNING")")) << path;
        EXPECT_EQ(sources.pending.waited_for, std::vector<std::string>{"b1-web"}) << path;
    }
}

TEST_F(PendingChangesTest, IsWaitedForByStatsAndByDockerId) {
    sources.samples["b1-web"] = {};
    for (const auto* path :
         {"/v3/eid-b1-web/stats", "/v4/eid-b1-web/stats", "/v4/eid-b1-web/task/stats"}) {
        start_unseen();
        EXPECT_TRUE(shows(ask(api, path, web), R"("memory_stats")")) << path;
    }
    start_unseen();
    auto known = handlers_test::bridge_task("b1", {"web"}, web);
    known.containers[0].image_id = "sha256:0";
    world.put(known);
    EXPECT_TRUE(shows(ask(api, "/v2/metadata/b1-web", web), R"("ImageID":"sha256:1")"));
}

TEST_F(PendingChangesTest, IsNotWaitedForByDockerIdFromAnotherTask) {
    start_unseen();
    EXPECT_EQ(ask(api, "/v2/metadata/b1-web", "172.17.0.9").status, 400U);
    EXPECT_TRUE(sources.pending.waited_for.empty());
}

TEST_F(PendingChangesTest, IsWaitedForByAddressAndThenForAllContainersOfTheTask) {
    auto task = handlers_test::bridge_task("b1", {"web"}, web);
    world.put(task);
    task.containers[0].image_id = "sha256:2";
    for (const auto* path : {"/v2/metadata", "/v3", "/v4/task"}) {
        world.put(handlers_test::bridge_task("b1", {"web"}, web));
        sources.pending.coming["b1-web"] = task;
        EXPECT_TRUE(shows(ask(api, path, web), R"("ImageID":"sha256:2")")) << path;
    }
}

// D3: the address may have been another one's, whose end nobody has seen yet.
TEST_F(PendingChangesTest, IsWaitedForByWhoAsksForCredentialsThatAreNotHisYet) {
    sources.credentials["given"] = {handlers_test::example_credentials(), std::string(web)};
    start_unseen();
    ask(api, "/v2/credentials/others", web);
    EXPECT_EQ(sources.pending.waited_for, std::vector<std::string>{"b1-web"});
    start_unseen();
    EXPECT_EQ(ask(api, "/v2/credentials/given", web).status, 200U);
    EXPECT_TRUE(sources.pending.waited_for.empty()) << "what is his is given at once";
}

// The engine starts it, and has yet to tell of it.
TEST_F(PendingChangesTest, IsWaitedForByWhoWasGivenAnIdAndIsNotSeen) {
    for (const auto* path : {"/v3/eid-b1-web", "/v4/eid-b1-web", "/v4/eid-b1-web/task"}) {
        world.remove(handlers_test::bridge_task("b1", {"web"}, web).arn);
        sources.newcomers.coming["eid-b1-web"] = handlers_test::bridge_task("b1", {"web"}, web);
        EXPECT_EQ(ask(api, "/v4/eid-of-nobody", web).status, 404U);
        EXPECT_TRUE(shows(ask(api, path, web), R"("KnownStatus":"RUNNING")")) << path;
        EXPECT_TRUE(sources.newcomers.coming.empty());
    }
}

TEST_F(PendingChangesTest, IsWaitedForByWhoWasGivenAnIdOfKeysAndIsNotSeen) {
    sources.newcomers.coming["its-keys"] = handlers_test::bridge_task("b1", {"web"}, web);
    ask(api, "/v2/credentials/others", web);
    EXPECT_EQ(sources.newcomers.coming.size(), 1U);
    ask(api, "/v2/credentials/its-keys", web);
    EXPECT_TRUE(sources.newcomers.coming.empty());
}

TEST_F(PendingChangesTest, KeepsNobodyElseWaiting) {
    start_unseen();
    for (const auto* path : {"/v4/eid-b2-other", "/v4/eid-b2-other/task", "/v2/metadata",
                             "/v2/credentials/none", "/nowhere"})
        ask(api, path, "172.17.0.9");
    EXPECT_TRUE(sources.pending.waited_for.empty());
}

TEST_F(PendingChangesTest, IsNotWaitedForByThoseWhoAreRefused) {
    start_unseen();
    handlers::TaskApi strict(world, sources, {{1, 1}, {1, 1}, {1, 1}, {1, 1}});
    ask(strict, "/v4/eid-b2-other", web);
    EXPECT_EQ(ask(strict, "/v4/eid-b2-other", web).status, 429U);
    ask(strict, "/v4/eid-b1-web", web);
    ASSERT_EQ(sources.pending.waited_for.size(), 1U);
    start_unseen();
    EXPECT_EQ(ask(strict, "/v4/eid-b1-web", web).status, 429U);
    EXPECT_TRUE(sources.pending.waited_for.empty());
}

class Healthy : public handlers::introspection::HealthSource {
public:
    handlers::introspection::HealthReport report() override { return {}; }
};

TEST_F(PendingChangesTest, IsWaitedForByIntrospectionOfThatTaskAndOfWhoAsks) {
    Healthy health;
    handlers::introspection::IntrospectionApi introspection(
        world, {sources.callers, sources.pending, health}, "");
    for (const auto* path :
         {"/v1/tasks?dockerid=b1-web", "/v1/tasks?dockerid=b1-",
          "/v1/tasks?taskarn=arn:aws:ecs:us-west-2:000000000000:task/default/b1"}) {
        start_unseen();
        EXPECT_TRUE(shows(ask(introspection, path, "127.0.0.1"), R"("KnownStatus":"RUNNING")"))
            << path;
    }
    start_unseen();
    ask(introspection, "/v1/tasks", "127.0.0.1");
    ask(introspection, "/v1/tasks", "172.17.0.9");
    ask(introspection, "/v1/metadata", web);
    EXPECT_TRUE(sources.pending.waited_for.empty()) << "what other tasks do is not waited for";
    auto known = handlers_test::bridge_task("b1", {"web"}, web);
    world.put(known);
    known.containers[0].image_id = "sha256:2";
    sources.pending.coming["b1-web"] = known;
    EXPECT_TRUE(shows(ask(introspection, "/v1/tasks", web), R"("ImageID":"sha256:2")"));
}

} // namespace
