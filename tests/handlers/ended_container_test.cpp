// What is answered about a container that has ended.

#include "handlers/task_api.hpp"

#include "support.hpp"

#include <gtest/gtest.h>

namespace {

using handlers_test::ask;

TEST(EndedContainer, IsShownWithoutNetworksWhereNobodyKnowsWhichItHad) {
    model::World world(handlers_test::example_instance());
    handlers_test::FakeSources sources(world);
    handlers::TaskApi api(world, sources);
    auto task = handlers_test::bridge_task("b1", {"web", "done"}, "172.17.0.2");
    auto& done = task.containers[1];
    done.known = model::ContainerStatus::stopped;
    done.exit_code = 3;
    world.put(task);
    const auto before = ask(api, "/v4/eid-b1-done");
    EXPECT_EQ(before.status, 200U);
    EXPECT_NE(before.body().find(R"("Networks":)"), std::string_view::npos) << before.body();

    done.networks_known = false;
    done.networks.clear();
    world.put(task);
    for (const auto* path : {"/v3/eid-b1-done", "/v4/eid-b1-done", "/v2/metadata/b1-done"}) {
        const auto response = ask(api, path, "172.17.0.2");
        EXPECT_EQ(response.status, 200U) << path;
        EXPECT_NE(response.body().find(R"("ExitCode":3)"), std::string_view::npos)
            << response.body();
        EXPECT_EQ(response.body().find(R"("Networks")"), std::string_view::npos) << response.body();
    }
}

} // namespace
