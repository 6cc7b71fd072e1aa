// Images that the agent's pulls have brought from a registry, and that go when nobody uses them; all others
// stay.

#include "tests/fakes/temporary_folder.hpp"
#include "tests/image/local_registry.hpp"
#include "tests/integration/support/tasks.hpp"

namespace integration {

using agent::image::LocalRegistry;
using std::chrono::seconds;

class ImageCleanup : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        ensure_demo_image();
        agent_->set("ECS_IMAGE_CLEANUP_INTERVAL", "1s");
        agent_->set("ECS_IMAGE_MINIMUM_CLEANUP_AGE", "1s");
        agent_->set("ECS_ENGINE_AUTH_TYPE", "docker");
        agent_->set("ECS_ENGINE_AUTH_DATA", R"({")" + registry_.host() + R"(":{"username":")" +
                                                std::string(LocalRegistry::user) +
                                                R"(","password":")" +
                                                std::string(LocalRegistry::password) + R"("}})");
        docker({"--config", folder_.path(), "login", "--username", std::string(LocalRegistry::user),
                "--password", std::string(LocalRegistry::password), registry_.host()});
    }
    /// An image with content of its own.
    static void build(const std::string& reference) {
        docker({"create", "--name", "builder", demo_image, "true"});
        docker({"commit", "--change", "LABEL of=" + reference, "builder", reference});
        docker({"rm", "builder"});
    }
    /// One of the registry, and not here.
    std::string push(const std::string& name) {
        const auto reference = registry_.host() + '/' + name;
        build(reference);
        docker({"--config", folder_.path(), "push", reference});
        docker({"rmi", reference});
        return reference;
    }
    /// Ends this life of the agent and begins another.
    void live_again(const std::string& interval) {
        agent_->stop();
        agent_->set("ECS_IMAGE_CLEANUP_INTERVAL", interval);
        agent_->start();
    }
    static bool is_here(const std::string& reference) {
        return ask_engine("/images/" + reference + "/json").status == 200;
    }
    static std::string task_of(const std::string& family, const std::string& image) {
        auto text = task(family, {container("app", runs_until_told())});
        return text.replace(text.find(demo_image), demo_image.size(), image);
    }

    LocalRegistry registry_;
    fakes::TemporaryFolder folder_;
};

TEST_F(ImageCleanup, WhatNobodyUsesAnyMoreGoesAndAllElseStays) {
    const auto brought = push("brought:1");
    const auto pulled = push("pulled:1");
    docker({"--config", folder_.path(), "pull", pulled});
    const auto built = registry_.host() + "/built:1";
    build(built);
    agent_->start();
    agent_->put_task("brought.json", task_of("brought", brought));
    agent_->put_task("pulled.json", task_of("pulled", pulled));
    agent_->put_task("built.json", task_of("built", built));
    running("brought");
    running("pulled");
    running("built");
    EXPECT_TRUE(all_the_time(seconds(3), [&] { return is_here(brought); })) << "it is used";
    agent_->put_refused(6);
    live_again("1h");
    for (const auto* file : {"brought.json", "pulled.json", "built.json"})
        agent_->remove_task(file);
    expect_nothing_left();
    EXPECT_TRUE(is_here(brought));
    // It has remembered by its next life what it has brought.
    live_again("1s");
    EXPECT_TRUE(eventually(default_limit, [&] { return !is_here(brought); })) << agent_->log();
    EXPECT_TRUE(agent_->logs({"removed an unused image", brought}));
    EXPECT_TRUE(all_the_time(seconds(3), [&] {
        return is_here(pulled) && is_here(built) && is_here(demo_image);
    })) << agent_->log();
    docker({"rmi", pulled, built});
}

TEST_F(ImageCleanup, ASwitchKeepsAll) {
    agent_->set("ECS_DISABLE_IMAGE_CLEANUP", "true");
    const auto brought = push("brought:1");
    agent_->start();
    agent_->put_task("brought.json", task_of("brought", brought));
    running("brought");
    agent_->remove_task("brought.json");
    expect_nothing_left();
    EXPECT_TRUE(all_the_time(seconds(3), [&] { return is_here(brought); }));
    docker({"rmi", brought});
}

} // namespace integration
