#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;

class Associations : public ::testing::Test {
protected:
    Associations()
        : world(handlers_test::example_instance()),
          sources(world),
          api(world, sources, handlers_test::no_limits()) {
        auto task = handlers_test::example_task();
        task.associations = {{"elastic-inference", "dev1", R"({"a":1})", {"sleepy"}},
                             {"elastic-inference", "dev/2", "<raw>", {"other", "sleepy"}},
                             {"elastic-inference", "others", "x", {"other"}},
                             {"gpu", "0", "GPU-1", {"sleepy"}}};
        world.put(task);
    }

    void expect(std::string_view path, unsigned status, std::string_view body) {
        const auto response = ask(api, path);
        EXPECT_EQ(response.status, status) << path;
        EXPECT_EQ(response.content_type, "application/json") << path;
        EXPECT_EQ(response.body(), body) << path;
    }

    model::World world;
    handlers_test::FakeSources sources;
    handlers::TaskApi api;
};

TEST_F(Associations, AreListedByTypeForTheAskingContainer) {
    expect("/v3/v3eid/associations/elastic-inference", 200, R"({"Associations":["dev1","dev/2"]})");
    expect("/v4/v3eid/associations/gpu", 200, R"({"Associations":["0"]})");
    expect("/v4/pauseeid/associations/gpu", 200, R"({"Associations":null})");
    expect("/v4/v3eid/associations/nothing", 200, R"({"Associations":null})");
    expect("/v4/v3eid/associations/", 200, R"({"Associations":null})");
}

TEST_F(Associations, AreAnsweredAsTheyWereDeclaredToWhomeverOfTheTask) {
    expect("/v3/v3eid/associations/elastic-inference/dev1", 200, R"({"a":1})");
    expect("/v4/v3eid/associations/elastic-inference/others", 200, "x");
    expect("/v4/v3eid/associations/elastic-inference/dev/2", 200, "<raw>");
    expect("/v4/v3eid/associations/elastic-inference/dev%2F2", 200, "<raw>");
}

TEST_F(Associations, ThatAreNotThereAreRefusedAsTheContractSays) {
    expect("/v4/v3eid/associations/gpu/dev1", 400,
           R"("Unable to write container association response: unable to get association from )"
           R"(association type gpu and association name dev1")");
    expect("/v3/wrong/associations/gpu", 400,
           R"("V3 container associations handler: unable to get container id from request: unable )"
           R"(to get docker ID from v3 endpoint ID: wrong")");
    expect("/v4/wrong/associations/gpu/0", 400,
           R"("V4 container associations handler: unable to get task arn from request: unable to )"
           R"(get task Arn from v3 endpoint ID: wrong")");
    expect("/v4/v3eid/associations/gpu/", 400,
           R"("V4 container associations handler: unable to get association name from request")");
    EXPECT_EQ(ask(api, "/v4/v3eid/associations").status, 404U);
}

} // namespace
