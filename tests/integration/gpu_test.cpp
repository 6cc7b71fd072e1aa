// GPUs, on an engine with a runtime `nvidia` that writes down what it is given and lets runc do the rest:
// there is no GPU here, but all that the engine and the runtime are told is as it would be with one.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/private_engine.hpp"
#include "tests/integration/support/tasks.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace integration {

using std::chrono::seconds;

namespace {

void write_program(const std::string& path, const std::string& script) {
    std::ofstream(path) << "#!/bin/sh\n" << script;
    std::filesystem::permissions(path, std::filesystem::perms::owner_all);
}

} // namespace

class Gpus : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        directory_ = agent_->directory() + "-engine";
        engine_.emplace(directory_, false);
        agent_->set("DOCKER_HOST", engine_->host());
        earlier_path_ = std::getenv("PATH");
    }

    void TearDown() override {
        ::setenv("PATH", earlier_path_.c_str(), 1);
        AgentTest::TearDown();
        engine_.reset();
    }

    /// With a runtime that leaves the bundle's configuration in recorded().
    void start_engine_with_runtime() {
        engine_->stop();
        write_program(directory_ + "/nvidia",
                      "for word; do\n"
                      "    [ \"$before\" = --bundle ] && cp \"$word/config.json\" " +
                          directory_ +
                          "/recorded.json\n    before=$word\ndone\nexec runc \"$@\"\n");
        engine_->use_options({"--add-runtime", "nvidia=" + directory_ + "/nvidia"});
        engine_->start();
    }

    /// What a task with two GPUs gets: its container as the engine inspects it.
    Json run_with_gpus() {
        agent_->start();
        agent_->put_task(
            "gpu.json",
            task("gpu", {container("app", runs_until_told(),
                                   R"("resourceRequirements": [{"type": "GPU", "value": "2"}])")}));
        std::string id;
        const bool runs = eventually(seconds(30), [&] {
            id = engine_->docker("ps --quiet --filter label=" + label_of_family + "=gpu");
            return !id.empty();
        });
        if (!runs)
            throw std::runtime_error("no container with GPUs runs:\n" + agent_->log());
        return Json::parse(engine_->docker("inspect " + id)).at(0);
    }

    /// A variable in the environment of the process that the runtime was told to start; "" for none.
    std::string recorded_variable(const std::string& name) const {
        std::ifstream file(directory_ + "/recorded.json");
        const auto bundle = Json::parse(file);
        for (const auto& entry : bundle.at("process").at("env"))
            if (const auto text = entry.get<std::string>(); text.starts_with(name + '='))
                return text.substr(name.size() + 1);
        return {};
    }

    std::string directory_;
    std::string earlier_path_;
    std::optional<PrivateEngine> engine_;
};

TEST_F(Gpus, AreRefusedByNameWhereTheEngineHasNoRuntimeForThem) {
    agent_->start();
    agent_->put_task(
        "gpu.json",
        task("gpu", {container("app", runs_until_told(),
                               R"("resourceRequirements": [{"type": "GPU", "value": "1"}])")}));
    EXPECT_TRUE(agent_->logs(
        {"GPUs are asked for (resourceRequirements), and the engine has no runtime"}, seconds(20)))
        << agent_->log();
    const auto checked = agent_->command("check-config", {agent_->tasks_dir() + "/gpu.json"});
    EXPECT_EQ(checked.status, 3);
    EXPECT_NE(
        checked.err.find(":1: containerDefinitions[0].resourceRequirements: GPUs are asked for"),
        std::string::npos)
        << checked.err;
}

TEST_F(Gpus, AreWhatTheRuntimeIsAskedFor) {
    start_engine_with_runtime();
    const auto inspected = run_with_gpus();
    EXPECT_EQ(inspected.at("HostConfig").at("Runtime"), "nvidia");
    EXPECT_EQ(recorded_variable("NVIDIA_VISIBLE_DEVICES"), "0,1");
}

TEST_F(Gpus, AreADeviceRequestWhereTheEngineHasItsHook) {
    const auto bin = agent_->directory() + "-bin";
    std::filesystem::create_directory(bin);
    const auto told = bin + "/told";
    write_program(bin + "/nvidia-container-runtime-hook", "echo \"$@\" >> " + told + "\n");
    const auto path = bin + ':' + earlier_path_;
    ::setenv("PATH", path.c_str(), 1);
    agent_->set("PATH", path);
    start_engine_with_runtime();
    const auto inspected = run_with_gpus();
    const auto& requests = inspected.at("HostConfig").at("DeviceRequests");
    ASSERT_EQ(requests.size(), 1U) << requests;
    EXPECT_EQ(requests[0].at("Count"), 2);
    EXPECT_EQ(requests[0].at("Capabilities"), Json::array({Json::array({"gpu"})}));
    EXPECT_EQ(recorded_variable("NVIDIA_VISIBLE_DEVICES"), "0,1") << "Docker's own doing";
    EXPECT_EQ(shell("cat " + told), "prestart") << "Docker has added its hook, and runc has run it";
    std::filesystem::remove_all(bin);
}

} // namespace integration
