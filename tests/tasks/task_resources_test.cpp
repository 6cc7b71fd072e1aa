// What a task has beside its containers: volumes, environment files, the pause container of shared
// namespaces.

#include "model/names.hpp"
#include "tasks/tasks_fixture.hpp"

#include <nlohmann/json.hpp>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Error;
using Level = base::log::Level;
using Story = std::vector<std::string>;

class TaskResourcesTest : public SupervisorFixture {
protected:
    /// One container with these fields, in a task with those.
    static std::string with(const std::string& task, const std::string& container) {
        return R"({"family":"web",)" + task + R"(,"containerDefinitions":[{"name":"app",)" +
               R"("image":"busybox","metadataEnable":false,)" + container + "}]}";
    }
    static std::string with_volume(const std::string& configuration) {
        return with(R"("volumes":[{"name":"data")" + configuration + "}]",
                    R"("mountPoints":[{"sourceVolume":"data","containerPath":"/data"}])");
    }
    static std::string shared(const std::string& more = {}) {
        return with_volume(R"(,"dockerVolumeConfiguration":{"scope":"shared")" + more + "}");
    }
    Story volume_names() const {
        Story names;
        for (const auto& [name, volume] : docker.volumes())
            names.push_back(name);
        return names;
    }
};

TEST_F(TaskResourcesTest, TasksOwnVolumeIsMadeFirstAndGoesWithIt) {
    begin();
    declare("web.json", with_volume(""));
    ASSERT_TRUE(runs()) << log.all();
    ASSERT_EQ(docker.volumes().size(), 1U);
    const auto& [name, volume] = *docker.volumes().begin();
    EXPECT_TRUE(name.starts_with("ecs-web-1-data-")) << name;
    EXPECT_EQ(volume.labels.at("com.amazonaws.ecs.task-arn"), task()->arn);
    const auto body = nlohmann::json::parse(docker.create_body(docker_name("app")));
    EXPECT_EQ(body.at("HostConfig").at("Binds").at(0), name + ":/data");
    const auto& calls = docker.calls();
    const auto made = std::find(calls.begin(), calls.end(), "create_volume " + name);
    const auto created = std::find(calls.begin(), calls.end(), "create " + docker_name("app"));
    EXPECT_LT(made, created);
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(volume_names(), Story());
}

TEST_F(TaskResourcesTest, PauseImageOfAnotherVersionGoesWithItsLastContainer) {
    begin();
    declare("web.json", with(R"("pidMode":"task","ipcMode":"task")", R"("essential":true)"));
    ASSERT_TRUE(runs()) << log.all();
    const auto pause = docker_name(std::string(model::namespace_pause_container_name));
    end();
    // As if the agent had had another program in it then.
    const std::string old = "ecs-node-agent/pause:old";
    docker.add_labelled_image(old, {{"ecs-node-agent", "pause"}});
    docker.container(pause).config.image = old;
    begin();
    settle_down();
    EXPECT_TRUE(docker.has_image(old)) << "it is in use";
    undeclare("web.json");
    ASSERT_TRUE(is_gone()) << log.all();
    EXPECT_FALSE(docker.has_image(old)) << log.all();
}

TEST_F(TaskResourcesTest, VolumeThatAnEarlierRunHasLeftIsCollectedAndOthersAreNot) {
    docker::Volume left;
    left.name = "ecs-web-1-data-0123";
    left.labels = {{"ecs-node-agent", "volume"}, {"com.amazonaws.ecs.task-arn", "arn:gone"}};
    docker.add_volume(left);
    docker::Volume theirs;
    theirs.name = "theirs";
    docker.add_volume(theirs);
    theirs.name = "labelled";
    theirs.labels = {{"ecs-node-agent", "volume"}};
    docker.add_volume(theirs);
    begin();
    EXPECT_EQ(volume_names(), (Story{"labelled", "theirs"}));
    declare("web.json", with_volume(""));
    ASSERT_TRUE(runs()) << log.all();
    end();
    begin();
    EXPECT_EQ(docker.volumes().size(), 3U) << "what a task has stays";
}

TEST_F(TaskResourcesTest, SharedVolumeOutlivesTheTaskUnderItsOwnName) {
    begin();
    declare("web.json", shared(R"(,"autoprovision":true)"));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(volume_names(), Story{"data"});
    EXPECT_TRUE(docker.volumes().at("data").labels.empty()) << "it is nobody's";
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    EXPECT_EQ(volume_names(), Story{"data"});
    docker.forget_calls();
    declare("web.json", shared());
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(docker.count("create_volume"), 0U);
}

TEST_F(TaskResourcesTest, MissingSharedVolumeStopsTheTaskBeforeItStartsAndSaysWhy) {
    keep_what_stopped();
    begin();
    declare("web.json", shared());
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    EXPECT_EQ(task()->stop_reason, "ResourceInitializationError: volume data is not there, and "
                                   "autoprovision is false");
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(volume_names(), Story());
}

TEST_F(TaskResourcesTest, MissingEnvironmentFileStopsTheTaskAndSaysWhich) {
    keep_what_stopped();
    begin();
    const auto file = folder.path("app.env");
    declare("web.json", with(R"("tags":[])",
                             R"("environmentFiles":[{"type":"s3","value":")" + file + R"("}])"));
    ASSERT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
    const auto reason = container(task(), "app").stop_reason;
    EXPECT_TRUE(reason.starts_with("CannotCreateContainerError: ")) << reason;
    EXPECT_NE(reason.find(file), std::string::npos) << reason;
    EXPECT_EQ(story(), Story());
}

TEST_F(TaskResourcesTest, SharedPidNamespaceHasAPauseContainerThatIsThereFirstAndEndsLast) {
    begin();
    declare("web.json", with(R"("pidMode":"task","ipcMode":"task")", R"("essential":true)"));
    ASSERT_TRUE(runs()) << log.all();
    const auto pause = container(task(), std::string(model::namespace_pause_container_name));
    EXPECT_EQ(pause.known, model::ContainerStatus::running);
    const auto body = nlohmann::json::parse(docker.create_body(docker_name("app")));
    EXPECT_EQ(body.at("HostConfig").at("PidMode"), "container:" + pause.docker_id);
    EXPECT_EQ(body.at("HostConfig").at("IpcMode"), "container:" + pause.docker_id);
    EXPECT_EQ(story(), (Story{"create internalecspausenamespace", "start internalecspausenamespace",
                              "create app", "start app"}));
    docker.forget_calls();
    undeclare("web.json");
    ASSERT_TRUE(is_gone());
    const auto steps = story();
    EXPECT_EQ(Story(steps.begin(), steps.begin() + 2),
              (Story{"stop app", "stop internalecspausenamespace"}));
}

TEST_F(TaskResourcesTest, PauseContainerThatEndsTakesTheTaskWithIt) {
    keep_what_stopped();
    begin();
    declare("web.json", with(R"("pidMode":"task")", R"("essential":true)"));
    ASSERT_TRUE(runs()) << log.all();
    docker.die(docker_name(std::string(model::namespace_pause_container_name)), 137);
    EXPECT_TRUE(becomes(model::TaskStatus::stopped)) << log.all();
}

// The engine goes away in the middle of a step, and the step is done when it is back.

struct Interruption {
    const char* operation;
    const char* call; ///< how the calls that are counted begin
};

class EngineAwayTest : public TaskResourcesTest,
                       public testing::WithParamInterface<Interruption> {};

TEST_P(EngineAwayTest, StepIsDoneWhenTheEngineIsBack) {
    const auto& [operation, call] = GetParam();
    begin();
    docker.delay(operation, 100ms);
    const bool up = std::string(operation) != "stop" && std::string(operation) != "remove" &&
                    std::string(operation) != "remove_volume";
    if (!up) {
        declare("web.json", with_volume(""));
        ASSERT_TRUE(runs()) << log.all();
        undeclare("web.json");
    } else {
        declare("web.json", with_volume(""));
    }
    loop.run_until([&] { return docker.count(call) >= 1; });
    docker.set_away(true);
    loop.run_for(150ms);
    docker.delay(operation, 0ms);
    docker.set_away(false);
    if (up) {
        EXPECT_TRUE(runs()) << log.all();
        EXPECT_EQ(log.count(Level::info, "task accepted"), 1U);
        EXPECT_EQ(log.count(Level::error, "cannot be brought up"), 0U) << log.all();
        undeclare("web.json");
    }
    EXPECT_TRUE(is_gone()) << log.all();
    EXPECT_EQ(volume_names(), Story());
    EXPECT_TRUE(rows().empty());
}

INSTANTIATE_TEST_SUITE_P(Steps, EngineAwayTest,
                         testing::Values(Interruption{"create_volume", "create_volume ecs-"},
                                         Interruption{"inspect_image", "inspect_image "},
                                         Interruption{"create", "create ecs-"},
                                         Interruption{"start", "start ecs-"},
                                         Interruption{"stop", "stop ecs-"},
                                         Interruption{"remove", "remove ecs-"},
                                         Interruption{"remove_volume", "remove_volume ecs-"}),
                         [](const auto& each) { return std::string(each.param.operation); });

} // namespace
} // namespace agent::tasks
