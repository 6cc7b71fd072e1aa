// Conversations with engines, as they are had: what is asked in which order, and what follows.

#include "agent/docker/client.hpp"
#include "written_transport.hpp"

#include "fakes/test_loop.hpp"

namespace agent::docker {
namespace {

using base::Errc;
using namespace std::chrono_literals;

class Transcript : public testing::Test {
protected:
    void talk(std::string_view transcript) {
        client = make_client(std::make_unique<WrittenTransport>(transcript), {});
    }
    template <class T>
    T run(base::Async<T> call) {
        return loop.run(std::move(call));
    }

    fakes::TestLoop loop;
    std::unique_ptr<Client> client;
};

TEST_F(Transcript, TheNewestVersionThatBothSpeakIsUsedFromTheFirstCallOn) {
    talk(R"(
        GET /_ping      | 200 OK
        GET /version    | 200 {"Version":"29.8.0","ApiVersion":"1.99","MinAPIVersion":"1.44"}
        GET /v1.56/info | 200 {"ID":"x","CgroupDriver":"systemd","CgroupVersion":"2"}
    )");
    ASSERT_TRUE(run(client->connect()));
    const auto info = run(client->info());
    ASSERT_TRUE(info) << info.error().what();
    EXPECT_EQ(info->cgroup_driver, "systemd");
}

TEST_F(Transcript, NothingIsSaidBeforeTheVersionIsSettled) {
    talk("");
    EXPECT_EQ(run(client->info()).error().code(), Errc::unavailable);
}

TEST_F(Transcript, AContainersLifeFromItsMakingToItsRemoval) {
    talk(R"(
        GET /_ping                                                 | 200 OK
        GET /version                                               | 200 {"Version":"20.10.24","ApiVersion":"1.41","MinAPIVersion":"1.12"}
        POST /v1.41/containers/create?name=web {"Image":"app:1"}   | 201 {"Id":"c0ffee","Warnings":[]}
        POST /v1.41/containers/c0ffee/start                        | 204
        POST /v1.41/containers/c0ffee/start                        | 304
        POST /v1.41/containers/c0ffee/stop?t=30                    | 204
        POST /v1.41/containers/c0ffee/stop?t=30                    | 304
        DELETE /v1.41/containers/c0ffee?force=1&v=1                | 204
        DELETE /v1.41/containers/c0ffee?force=1&v=1                | 404 {"message":"No such container: c0ffee"}
        GET /v1.41/containers/c0ffee/json                          | 404 {"message":"No such container: c0ffee"}
    )");
    ASSERT_TRUE(run(client->connect()));
    const auto id = run(client->create_container("web", R"({"Image":"app:1"})"));
    ASSERT_TRUE(id) << id.error().what();
    EXPECT_EQ(*id, "c0ffee");
    EXPECT_TRUE(run(client->start_container(*id)));
    EXPECT_TRUE(run(client->start_container(*id))) << "it runs already: that was wanted";
    EXPECT_TRUE(run(client->stop_container(*id, 30s)));
    EXPECT_TRUE(run(client->stop_container(*id, 30s))) << "it has stopped already";
    EXPECT_TRUE(run(client->remove_container(*id, true, true)).value());
    EXPECT_FALSE(run(client->remove_container(*id, true, true)).value()) << "there was none";
    EXPECT_FALSE(run(client->inspect_container(*id)).value());
}

TEST_F(Transcript, OneThatSomebodyElseRemovesIsOnItsWay) {
    talk(R"(
        GET /_ping                              | 200 OK
        GET /version                            | 200 {"Version":"26.1.5","ApiVersion":"1.45","MinAPIVersion":"1.24"}
        DELETE /v1.45/containers/a?force=0&v=0  | 409 {"message":"removal of container a is already in progress"}
        DELETE /v1.45/containers/a?force=0&v=0  | 409 {"message":"cannot remove a running container a"}
    )");
    ASSERT_TRUE(run(client->connect()));
    EXPECT_TRUE(run(client->remove_container("a", false, false)).value());
    EXPECT_EQ(run(client->remove_container("a", false, false)).error().code(), Errc::conflict);
}

TEST_F(Transcript, EventsComeUntilTheEngineGoes) {
    talk(R"(
        GET /_ping                                                                                                       | 200 OK
        GET /version                                                                                                     | 200 {"Version":"28.5.2","ApiVersion":"1.51","MinAPIVersion":"1.24"}
        GET /v1.51/events?filters={"event":{"die":true,"died":true},"type":{"container":true}}&since=1700000000.000000005 | 200
            | {"Type":"container","Action":"die","Actor":{"ID":"c1","Attributes":{"exitCode":"0"}},"timeNano":1700000000000000006}
            | ! unavailable
    )");
    ASSERT_TRUE(run(client->connect()));
    EventFilter filter;
    filter.types = {"container"};
    filter.actions = {"die"};
    auto events = run(client->events(filter, 1'700'000'000'000'000'005));
    ASSERT_TRUE(events) << events.error().what();
    const auto event = run((*events)->next(1s));
    ASSERT_TRUE(event && *event);
    EXPECT_EQ((*event)->actor_id, "c1");
    EXPECT_EQ(run((*events)->next(1s)).error().code(), Errc::unavailable);
    EXPECT_EQ(run((*events)->next(1s)).error().code(), Errc::unavailable) << "for good";
}

TEST_F(Transcript, PodmansFiveHundredsAreReadByTheirWords) {
    talk(R"(
        GET /_ping                                | 200 OK
        GET /version                              | 200 {"Version":"4.3.1","ApiVersion":"1.41","MinAPIVersion":"1.24"}
        GET /v1.41/containers/gone/json           | 500 {"message":"no such container gone"}
        POST /v1.41/containers/a/kill?signal=HUP  | 500 {"message":"container state improper"}
        POST /v1.41/containers/a/kill?signal=HUP  | 500 {"message":"the disk is full"}
    )");
    ASSERT_TRUE(run(client->connect()));
    const auto gone = run(client->inspect_container("gone"));
    ASSERT_TRUE(gone) << gone.error().what();
    EXPECT_FALSE(*gone);
    EXPECT_EQ(run(client->kill_container("a", "HUP")).error().code(), Errc::conflict);
    EXPECT_EQ(run(client->kill_container("a", "HUP")).error().code(), Errc::internal);
}

TEST_F(Transcript, AnEngineThatGoesInTheMiddleOfACallIsUnavailable) {
    talk(R"(
        GET /_ping                   | 200 OK
        GET /version                 | 200 {"Version":"26.1.5","ApiVersion":"1.45","MinAPIVersion":"1.24"}
        POST /v1.45/containers/a/start | ! unavailable
        POST /v1.45/containers/a/start | ! timeout
    )");
    ASSERT_TRUE(run(client->connect()));
    EXPECT_EQ(run(client->start_container("a")).error().code(), Errc::unavailable);
    const auto late = run(client->start_container("a"));
    EXPECT_EQ(late.error().code(), Errc::timeout);
    EXPECT_EQ(late.error().what(), "docker start container a: ! timeout");
}

} // namespace
} // namespace agent::docker
