#pragma once
// The daemon with its stages, to be gone one by one: those that need neither Docker nor the host's network.

#include "agent/daemon/stages.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <string_view>

namespace agent::daemon {

inline const Stage& stage_of(std::string_view name) {
    const auto found = std::ranges::find(daemon_stages(), name, &Stage::name);
    EXPECT_NE(found, daemon_stages().end()) << name;
    return *found;
}

class StagesTest : public testing::Test {
protected:
    StagesTest() {
        app.loaded.config.data_dir = folder.path("data");
        app.loaded.config.disable_imds = true;
    }
    ~StagesTest() override {
        app.state.disk.join();
        app.pools.join();
    }
    base::Result<> open() { return loop.run(open_state(app)); }
    base::Result<> identify() { return loop.run(identify_host(app)); }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    App app{loop.executor(), {}};
};

/// The stages up to the credentials, without the bridge: Docker is not asked before the next one.
class LoadCredentialsTest : public StagesTest {
protected:
    LoadCredentialsTest() {
        auto& config = app.loaded.config;
        config.docker_host = "unix://" + folder.path("nobody.sock");
        config.credentials_file = folder.path("credentials.yaml");
        config.audit_log_file = folder.path("log/audit.log");
    }
    ~LoadCredentialsTest() override {
        loop.tasks().spawn("stop", stop_tasks(app));
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    /// With this in the file.
    base::Result<> load_text(const std::string& text, mode_t mode = 0600) {
        folder.write("credentials.yaml", text);
        EXPECT_EQ(::chmod(app.loaded.config.credentials_file.c_str(), mode), 0);
        return load();
    }
    base::Result<> load() {
        if (auto opened = open(); !opened)
            return opened;
        if (auto identified = identify(); !identified)
            return identified;
        if (auto opened = loop.run(open_docker(app)); !opened)
            return opened;
        if (auto prepared = loop.run(prepare_tasks(app)); !prepared)
            return prepared;
        return loop.run(stage_of("load_credentials").up(app));
    }
    /// Somebody configured the place of the file.
    void name_the_file() {
        app.loaded.origins["credentials_file"] = {config::Layer::environment, "test"};
    }
};

} // namespace agent::daemon
