// What SIGHUP asks for.

#include "agent/daemon/reload.hpp"

#include "agent/daemon/app.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <atomic>
#include <chrono>
#include <future>
#include <string>
#include <thread>

namespace agent::daemon {
namespace {

using base::Errc;
using base::Error;
using Level = base::log::Level;

class ReloadTest : public testing::Test {
protected:
    ~ReloadTest() override {
        app.state.disk.join();
        app.pools.join();
        base::log::set_level(Level::info);
    }

    void begin(daemon::Reload load) {
        loop.tasks().spawn("reload", daemon::reload(app, std::move(load)));
    }
    void end() {
        loop.run_until([&] { return loop.tasks().size() == 0; });
        EXPECT_EQ(loop.tasks().size(), 0U);
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    daemon::App app{loop.executor(), {}};
};

// D9: the daemon answered nobody while a file was read that did not answer.
TEST_F(ReloadTest, ReadsOnAWorkerWhileTheLoopGoesOn) {
    std::promise<void> gate;
    std::atomic<std::thread::id> reader;
    begin([&reader, open = gate.get_future().share()]() -> base::Result<config::Loaded> {
        reader = std::this_thread::get_id();
        open.wait_for(std::chrono::seconds(20));
        config::Loaded loaded;
        loaded.config.log_level = Level::debug;
        return loaded;
    });
    loop.run_until([&] { return reader.load() != std::thread::id(); });
    EXPECT_NE(reader.load(), std::this_thread::get_id());
    EXPECT_EQ(loop.tasks().size(), 1U) << "it is still being read, and we are here";
    EXPECT_FALSE(base::log::enabled(Level::debug));
    gate.set_value();
    end();
    EXPECT_TRUE(base::log::enabled(Level::debug));
    EXPECT_EQ(log.count(Level::info, "configuration reloaded"), 1U) << log.all();
}

TEST_F(ReloadTest, LeavesAllAsItIsWhereSomethingIsWrong) {
    begin([]() -> base::Result<config::Loaded> {
        return Error(Errc::invalid_argument, "line 3: no");
    });
    end();
    EXPECT_EQ(log.count(Level::error, "the configuration is not reloaded"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::error, "line 3: no"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::info, "configuration reloaded"), 0U) << log.all();
}

// D9
TEST_F(ReloadTest, WaitsForNoPipeWhereAFileShouldBe) {
    const auto pipe = folder.path("ecs.config");
    ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
    config::ConfigFiles files;
    files.yaml = folder.path("none.yaml");
    files.ecs_config = pipe;
    begin([files] { return config::load(files, {}, {}); });
    end();
    EXPECT_EQ(log.count(Level::error, pipe + ": expected a regular file"), 1U) << log.all();
}

} // namespace
} // namespace agent::daemon
