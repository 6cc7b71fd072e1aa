// The client against engines that this machine does not have: the newest, the oldest, and broken
// ones.

#include "agent/docker/client.hpp"

#include "fakes/scripted_docker_server.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::docker {

namespace {

using base::Errc;
using fakes::answer;
using fakes::chunk;
using fakes::chunked_head;
using fakes::hang;
using namespace std::chrono_literals;

class ClientTest : public testing::Test {
protected:
    void make(ClientOptions options) {
        client = make_client(server.transport(loop.executor()), options);
    }
    /// A client of the newest engine.
    void connect(ClientOptions options = {}) {
        make(std::move(options));
        server.on_connect("1.52", "1.44");
        const auto engine = loop.run(client->connect());
        ASSERT_TRUE(engine) << engine.error().what();
    }

    fakes::TestLoop loop;
    fakes::ScriptedDockerServer server;
    std::unique_ptr<Client> client;
};

} // namespace

TEST_F(ClientTest, SpeaksTheEnginesVersionWhenItsMinimumIs144) {
    make({});
    server.on_connect("1.50", "1.44");
    const auto engine = loop.run(client->connect());
    ASSERT_TRUE(engine) << engine.error().what();
    EXPECT_EQ(engine->used.to_string(), "1.50");
    server.on("GET /v1.50/info ", {answer(200, R"({"ID":"x"})")});
    EXPECT_TRUE(loop.run(client->info()));
}

TEST_F(ClientTest, SpeaksTheNewestThatItKnowsToAnEngineThatKnowsMore) {
    make({});
    server.on_connect("1.60", "1.44");
    const auto engine = loop.run(client->connect());
    ASSERT_TRUE(engine) << engine.error().what();
    EXPECT_EQ(engine->used.to_string(), "1.56");
    EXPECT_EQ(engine->api_version.to_string(), "1.60");
}

TEST_F(ClientTest, RefusesAnEngineWithNoCommonVersionAndAPinnedOneThatIsTooOld) {
    make({});
    server.on_connect("1.99", "1.60");
    EXPECT_EQ(loop.run(client->connect()).error().code(), Errc::unsupported);
    ClientOptions pinned;
    pinned.pinned_api_version = ApiVersion{1, 24};
    make(pinned);
    server.on_connect("1.52", "1.44");
    const auto engine = loop.run(client->connect());
    ASSERT_FALSE(engine);
    EXPECT_EQ(engine.error().code(), Errc::unsupported);
    EXPECT_NE(engine.error().what().find("speaks 1.44 to 1.52"), std::string::npos);
}

TEST_F(ClientTest, NegotiatesAgainAfterTheEngineCameBack) {
    connect();
    server.on_connect("1.45", "1.24");
    EXPECT_EQ(loop.run(client->connect())->used.to_string(), "1.45");
    server.on("GET /v1.45/info ", {answer(200, "{}")});
    EXPECT_TRUE(loop.run(client->info()));
}

TEST_F(ClientTest, SendsNothingBeforeItIsConnected) {
    make({});
    const auto info = loop.run(client->info());
    EXPECT_EQ(info.error().code(), Errc::unavailable);
    EXPECT_EQ(info.error().what(), "docker info: not connected to Docker yet");
    EXPECT_TRUE(server.requests().empty());
}

TEST_F(ClientTest, NamesCallAndFieldWhenTheAnswerIsNonsense) {
    connect();
    server.on("GET /v1.52/containers/web/json ", {answer(200, R"({"Id":"x","Name":7})")});
    const auto container = loop.run(client->inspect_container("web"));
    ASSERT_FALSE(container);
    EXPECT_EQ(container.error().code(), Errc::protocol);
    EXPECT_EQ(container.error().what(), "docker inspect container web: expected a string at /Name");
}

TEST_F(ClientTest, AsksForASingleLookAtStats) {
    connect();
    server.on("GET /v1.52/containers/web/stats?stream=0&one-shot=1 ",
              {answer(200, R"({"read":"2026-01-01T00:00:00Z","pids_stats":{"current":3}})")});
    const auto stats = loop.run(client->container_stats("web"));
    ASSERT_TRUE(stats && *stats);
    EXPECT_EQ((*stats)->pids, 3U);
    server.on("GET /v1.52/containers/gone/stats?stream=0&one-shot=1 ",
              {answer(404, R"({"message":"No such container: gone"})")});
    const auto none = loop.run(client->container_stats("gone"));
    ASSERT_TRUE(none);
    EXPECT_FALSE(*none);
}

TEST_F(ClientTest, EndsEachCallAtItsDeadline) {
    ClientOptions options;
    options.deadlines.inspect = 80ms;
    connect(options);
    server.on("GET /v1.52/containers/web/json ", {hang()});
    const auto container = loop.run(client->inspect_container("web"));
    ASSERT_FALSE(container);
    EXPECT_EQ(container.error().code(), Errc::timeout);
    EXPECT_EQ(container.error().what(), "docker inspect container web: no answer within 80 ms");
    server.on("GET /v1.52/containers/web/json ", {hang()});
    const auto hurried = loop.run(client->inspect_container("web", 20ms));
    ASSERT_FALSE(hurried);
    EXPECT_EQ(hurried.error().what(), "docker inspect container web: no answer within 20 ms");
    server.on("GET /_ping ", {hang()});
    EXPECT_EQ(loop.run(client->ping(50ms)).error().code(), Errc::timeout);
}

TEST_F(ClientTest, FiltersListsByLabelsOnTheServer) {
    connect();
    server.on(
        "GET /v1.52/containers/json?all=1&filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D ",
        {answer(200, R"([{"Id":"c1"}])")});
    std::vector<std::string> labels{"a=b"};
    const auto list = loop.run(client->list_containers(true, std::move(labels)));
    ASSERT_TRUE(list) << list.error().what();
    EXPECT_EQ(list->front().id, "c1");
}

TEST_F(ClientTest, TreatsWhatIsGoneAsAbsent) {
    connect();
    const auto gone = answer(404, R"({"message":"No such thing"})");
    server.on("GET /v1.52/containers/x%2Fy/json ", {gone});
    EXPECT_EQ(loop.run(client->inspect_container("x/y")).value(), std::nullopt);
    server.on("GET /v1.52/images/a/b:1/json ", {gone});
    EXPECT_FALSE(loop.run(client->inspect_image("a/b:1")).value());
    server.on("GET /v1.52/networks/n ", {gone});
    EXPECT_FALSE(loop.run(client->inspect_network("n")).value());
    server.on("GET /v1.52/volumes/v%2F1 ", {gone});
    EXPECT_FALSE(loop.run(client->inspect_volume("v/1")).value());
    server.on("DELETE /v1.52/volumes/v ", {gone});
    EXPECT_FALSE(loop.run(client->remove_volume("v")).value());
    server.on("DELETE /v1.52/networks/n ", {gone});
    EXPECT_FALSE(loop.run(client->remove_network("n")).value());
    server.on("DELETE /v1.52/containers/c?force=0&v=1 ", {gone});
    EXPECT_FALSE(loop.run(client->remove_container("c", false, true)).value());
    server.on("POST /v1.52/containers/c/start ", {gone});
    EXPECT_EQ(loop.run(client->start_container("c")).error().code(), Errc::not_found);
}

TEST_F(ClientTest, TreatsARemovalUnderWayAsDone) {
    connect();
    server.on("DELETE ",
              {answer(409, R"({"message":"removal of container c is already in progress"})")});
    EXPECT_TRUE(loop.run(client->remove_container("c", true, true)).value());
    server.on("DELETE ",
              {answer(409, R"({"message":"You cannot remove a running container c."})")});
    EXPECT_EQ(loop.run(client->remove_container("c", false, true)).error().code(), Errc::conflict);
}

TEST_F(ClientTest, IsContentWithAStateThatIsThereAlready) {
    connect();
    server.on("POST /v1.52/containers/c/start ", {answer(304, "")});
    EXPECT_TRUE(loop.run(client->start_container("c")));
    server.on("POST /v1.52/containers/c/stop?t=7 ", {answer(304, "")});
    EXPECT_TRUE(loop.run(client->stop_container("c", 7s)));
}

TEST_F(ClientTest, CreatesOnceEvenWhenTheConnectionDies) {
    connect();
    server.on("POST /v1.52/containers/create?name=web ", {fakes::hang_up()});
    server.on("POST /v1.52/containers/create?name=web ", {answer(201, R"({"Id":"twice"})")});
    const auto id = loop.run(client->create_container("web", "{}"));
    ASSERT_FALSE(id);
    EXPECT_EQ(id.error().code(), Errc::unavailable);
    EXPECT_EQ(server.requests().size(), 3U);
}

TEST_F(ClientTest, AsksForTheNetworkThatWasSpecified) {
    connect();
    server.on("POST /v1.52/networks/create ", {answer(201, R"({"Id":"n1","Warning":""})")});
    NetworkSpec spec;
    spec.name = "ecs-awsvpc";
    spec.subnet = "10.9.0.0/24";
    spec.labels["k"] = "v";
    EXPECT_EQ(loop.run(client->create_network(spec)).value(), "n1");
    EXPECT_TRUE(server.last_request().ends_with(
        R"({"CheckDuplicate":true,"Driver":"bridge","IPAM":{"Config":[{"Subnet":"10.9.0.0/24"}],)"
        R"("Driver":"default"},"Internal":false,"Labels":{"k":"v"},"Name":"ecs-awsvpc","Options":{}})"))
        << server.last_request();
}

TEST_F(ClientTest, AsksForTheVolumeThatWasSpecified) {
    connect();
    server.on("POST /v1.52/volumes/create ", {answer(201, R"({"Name":"v"})")});
    VolumeSpec spec;
    spec.name = "v";
    spec.labels["k"] = "1";
    EXPECT_EQ(loop.run(client->create_volume(spec)).value(), "v");
    EXPECT_TRUE(
        server.last_request().ends_with(R"({"DriverOpts":{},"Labels":{"k":"1"},"Name":"v"})"))
        << server.last_request();
    server.on("POST /v1.52/volumes/create ", {answer(201, R"({"Name":"v"})")});
    spec.driver = "nfs";
    spec.driver_options["o"] = "ro";
    EXPECT_TRUE(loop.run(client->create_volume(spec)));
    EXPECT_TRUE(server.last_request().ends_with(
        R"({"Driver":"nfs","DriverOpts":{"o":"ro"},"Labels":{"k":"1"},"Name":"v"})"))
        << server.last_request();
    server.on("GET /v1.52/volumes?filters=%7B%22label%22%3A%7B%22k%3D1%22%3Atrue%7D%7D ",
              {answer(200, R"({"Volumes":[{"Name":"v"}]})")});
    std::vector<std::string> labels{"k=1"};
    const auto list = loop.run(client->list_volumes(std::move(labels)));
    ASSERT_TRUE(list) << list.error().what();
    EXPECT_EQ(list->front().name, "v");
}

TEST_F(ClientTest, AnEngineThatRecordsPullsSaysNothingWhereThereWasNone) {
    const auto ask = [&](const std::string& api, const std::string& more) {
        make({});
        server.on_connect(api, "1.44");
        EXPECT_TRUE(loop.run(client->connect()));
        server.on("GET /v" + api + "/images/app/json ",
                  {answer(200, R"({"Id":"sha256:1","RepoDigests":["app@sha256:1"])" + more + "}")});
        auto image = loop.run(client->inspect_image("app"));
        EXPECT_TRUE(image && *image);
        return (*image)->pulled_from;
    };
    using Repositories = std::vector<std::string>;
    EXPECT_EQ(ask("1.52", ""), std::nullopt);
    EXPECT_EQ(ask("1.53", ""), Repositories());
    EXPECT_EQ(ask("1.56", R"(,"Identity":{"Build":[{"Ref":"b"}]})"), Repositories());
    EXPECT_EQ(ask("1.56", R"(,"Identity":{"Pull":[{"Repository":"docker.io/library/app"}]})"),
              Repositories{"docker.io/library/app"});
}

TEST_F(ClientTest, ListsTheNamesOfImagesByLabels) {
    connect();
    server.on("GET /v1.52/images/json?filters=%7B%22label%22%3A%7B%22a%3Db%22%3Atrue%7D%7D ",
              {answer(200, R"([{"Id":"sha256:1","RepoTags":["app:1"]}])")});
    std::vector<std::string> labels{"a=b"};
    const auto names = loop.run(client->list_image_names(std::move(labels)));
    ASSERT_TRUE(names) << names.error().what();
    EXPECT_EQ(*names, std::vector<std::string>{"app:1"});
}

TEST_F(ClientTest, ListsTheIdsOfAllImages) {
    connect();
    server.on("GET /v1.52/images/json?all=true ",
              {answer(200, R"([{"Id":"sha256:1","RepoTags":["app:1"]},{"Id":"sha256:2"}])")});
    const auto ids = loop.run(client->list_image_ids());
    ASSERT_TRUE(ids) << ids.error().what();
    EXPECT_EQ(*ids, (std::set<std::string>{"sha256:1", "sha256:2"}));
}

TEST_F(ClientTest, PullsWithProgressAndCredentials) {
    connect();
    server.on("POST /v1.52/images/create?fromImage=host%3A5000%2Fapp&tag=1 ",
              {chunked_head(), fakes::send(chunk("{\"status\":\"Pulling\",\"id\":\"l1\"}\r\n")),
               fakes::send(chunk("{\"status\":\"Done\"}\r\n")), fakes::send("0\r\n\r\n")});
    std::vector<std::string> seen;
    Progress progress = [&](const ProgressLine& line) {
        seen.push_back(line.id + ":" + line.status);
    };
    const auto pulled = loop.run(client->pull_image("host:5000/app:1", "c2VjcmV0", progress));
    ASSERT_TRUE(pulled) << pulled.error().what();
    EXPECT_EQ(seen, (std::vector<std::string>{"l1:Pulling", ":Done"}));
    EXPECT_NE(server.last_request().find("X-Registry-Auth: c2VjcmV0\r\n"), std::string::npos);
}

TEST_F(ClientTest, FindsAPullsErrorAndNeverTheSecretInIt) {
    connect();
    const std::string line =
        R"({"errorDetail":{"message":"toomanyrequests"},"error":"toomanyrequests"})";
    server.on("POST ",
              {chunked_head(), fakes::send(chunk(line + "\r\n")), fakes::send("0\r\n\r\n")});
    const auto failed = loop.run(client->pull_image("app", "c2VjcmV0", {}));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().what(), "docker pull image app: toomanyrequests");
    server.on("POST ", {answer(404, R"({"message":"pull access denied for app"})")});
    const auto denied = loop.run(client->pull_image("app", "c2VjcmV0", {}));
    EXPECT_EQ(denied.error().code(), Errc::permission);
    EXPECT_EQ(denied.error().what(),
              "docker pull image app: 404 Not Found: pull access denied for app");
}

// The messages are those of Docker Engine 20.10.
TEST_F(ClientTest, TellsWhyAPullFails) {
    struct Case {
        int status; ///< 200: in the midst of the progress
        const char* message;
        Errc code;
    };
    connect();
    for (const auto& [status, message, code] : std::vector<Case>{
             {404, "manifest for r/app:2 not found: manifest unknown: manifest unknown",
              Errc::not_found},
             {500, "unauthorized: authentication required", Errc::permission},
             {500, "Head http://r/v2/app/manifests/1: no basic auth credentials", Errc::permission},
             {404,
              "pull access denied for app, repository does not exist or may require 'docker "
              "login': denied: requested access to the resource is denied",
              Errc::permission},
             {500, "Get http://r/v2/: dial tcp 10.0.0.1:80: connect: connection refused", Errc::io},
             {500, "Get https://r/v2/: dial tcp: lookup r on 10.0.0.2:53: no such host", Errc::io},
             {500,
              "Get http://r/v2/: net/http: request canceled (Client.Timeout exceeded while "
              "awaiting headers)",
              Errc::timeout},
             {500, "toomanyrequests: You have reached your pull rate limit", Errc::exhausted},
             {500, "write /var/lib/docker/tmp/x: no space left on device", Errc::internal},
             {400, "invalid reference format", Errc::invalid_argument},
             {503, "the engine starts", Errc::unavailable},
             {200, "unexpected EOF", Errc::io},
             {200, "unauthorized: authentication required", Errc::permission},
             {200, "no space left on device", Errc::internal}}) {
        const auto text = std::string(R"({")") + (status == 200 ? "error" : "message") + R"(":")" +
                          message + R"("})";
        if (status == 200)
            server.on("POST ", {chunked_head(), fakes::send(chunk(text + "\n")),
                                fakes::send(std::string(fakes::last_chunk))});
        else
            server.on("POST ", {answer(status, text)});
        const auto failed = loop.run(client->pull_image("r/app", std::nullopt, {}));
        ASSERT_FALSE(failed);
        EXPECT_EQ(failed.error().code(), code) << failed.error().what();
        EXPECT_NE(failed.error().what().find(message), std::string::npos);
    }
}

TEST_F(ClientTest, GivesUpAPullThatStandsStill) {
    ClientOptions options;
    options.deadlines.pull_inactivity = 100ms;
    options.deadlines.pull_first_progress = 5s;
    connect(options);
    server.on("POST ", {chunked_head(), fakes::send(chunk("{\"status\":\"a\"}\n")), hang()});
    const auto still = loop.run(client->pull_image("app", std::nullopt, {}));
    ASSERT_FALSE(still);
    EXPECT_EQ(still.error().code(), Errc::timeout);
    EXPECT_NE(still.error().what().find("no progress for"), std::string::npos);
    EXPECT_TRUE(server.wait_for_hang_ups(1));
}

TEST_F(ClientTest, GivesUpAPullThatTakesTooLong) {
    ClientOptions options;
    options.deadlines.pull_total = 150ms;
    connect(options);
    server.on("POST ", {chunked_head(), fakes::feed()});
    const auto result = loop.start(client->pull_image("app", std::nullopt, {}));
    loop.run_until([&] {
        server.feed(chunk("{\"status\":\"a\"}\n"));
        return result->has_value();
    });
    ASSERT_TRUE(*result);
    EXPECT_NE((*result)->error().what().find("not complete within"), std::string::npos);
}

TEST_F(ClientTest, ReportsAPullThatBreaksOff) {
    connect();
    server.on("POST ",
              {chunked_head(), fakes::send(chunk("{\"status\":\"a\"}\n")), fakes::hang_up()});
    EXPECT_EQ(loop.run(client->pull_image("app", std::nullopt, {})).error().code(),
              Errc::unavailable);
}

} // namespace agent::docker
