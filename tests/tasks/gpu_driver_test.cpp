// A container with GPUs on an engine that does not find the hook which the agent finds in its own PATH.

#include "tasks/tasks_fixture.hpp"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <filesystem>

namespace agent::tasks {
namespace {

using Json = nlohmann::json;
using Story = std::vector<std::string>;
using base::Errc;
using base::Error;
using base::log::Level;

const Error
    no_gpu_driver(Errc::internal,
                  "500: could not select device driver \"nvidia\" with capabilities: [[gpu]]");

class GpuDriverTest : public SupervisorFixture {
protected:
    GpuDriverTest() {
        settings.engine_runtimes = {"runc", "nvidia"};
        const auto hook = std::string("bin/nvidia-container-runtime-hook");
        folder.write(hook, "#!/bin/sh\n");
        std::filesystem::permissions(folder.path(hook), std::filesystem::perms::owner_all);
        if (const char* path = std::getenv("PATH"))
            path_before_ = path;
        ::setenv("PATH", (folder.path("bin") + ':' + path_before_).c_str(), 1);
    }
    ~GpuDriverTest() override { ::setenv("PATH", path_before_.c_str(), 1); }

    void declare_with_gpu() {
        auto text = definition("web", {"app"});
        text.insert(text.rfind("}]}"), R"(,"resourceRequirements":[{"type":"GPU","value":"1"}])");
        declare("web.json", text);
    }
    Json host_config() const {
        return Json::parse(docker.create_body(docker_name("app"))).at("HostConfig");
    }

private:
    std::string path_before_;
};

TEST_F(GpuDriverTest, IsAskedWhereItIsThere) {
    begin();
    declare_with_gpu();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_TRUE(host_config().contains("DeviceRequests"));
    EXPECT_EQ(story(), (Story{"create app", "start app"}));
}

TEST_F(GpuDriverTest, IsDoneWithoutWhereTheEngineLacksIt) {
    begin();
    docker.refuse_next_start(no_gpu_driver);
    declare_with_gpu();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(host_config().at("Runtime"), "nvidia");
    EXPECT_FALSE(host_config().contains("DeviceRequests"));
    EXPECT_EQ(story(), (Story{"create app", "start app", "remove app", "create app", "start app"}));
    EXPECT_EQ(log.count(Level::warn, "the engine has no driver for GPUs"), 1U) << log.all();
}

TEST_F(GpuDriverTest, IsDoneWithoutAlsoWhereTheCreateSaysSo) {
    begin();
    docker.fail_next("create", no_gpu_driver);
    declare_with_gpu();
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_FALSE(host_config().contains("DeviceRequests"));
    EXPECT_EQ(story(), (Story{"create app", "create app", "start app"}));
}

TEST_F(GpuDriverTest, IsNotMissedForEver) {
    keep_what_stopped();
    begin();
    docker.refuse_next_start(no_gpu_driver);
    docker.refuse_next_start(no_gpu_driver);
    declare_with_gpu();
    loop.run_until([&] { return task() && task()->known == model::TaskStatus::stopped; });
    EXPECT_EQ(docker.count("start ecs-web-1-app"), 2U);
}

} // namespace
} // namespace agent::tasks
