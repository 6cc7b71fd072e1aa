#include "agent/daemon/daemon.hpp"

#include "agent/daemon/reload.hpp"
#include "agent/daemon/stages.hpp"
#include "agent/host/core_dumps.hpp"
#include "agent/host/descriptors.hpp"
#include "base/line_writer.hpp"
#include "base/log.hpp"
#include "version.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <csignal>
#include <cstdlib>
#include <future>
#include <memory>
#include <thread>

namespace agent::daemon {

namespace asio = boost::asio;
namespace log = base::log;
using config::ExitCode;

namespace {

/// The signals that end or reload the daemon. Loop thread.
class Signals {
public:
    Signals(asio::io_context& loop, App& app, const Reload& load)
        : signals_(loop, SIGTERM, SIGINT, SIGHUP),
          ended_(loop.get_executor()),
          app_(app),
          load_(load) {
        wait();
    }

    base::Async<void> wait_for_end() {
        while (!end_)
            co_await ended_.wait_for(std::chrono::hours(1));
    }

    bool end_requested() const { return end_; }

private:
    void wait() {
        signals_.async_wait([this](const boost::system::error_code& failure, int number) {
            if (failure)
                return;
            if (number == SIGHUP) {
                begin_reload();
                wait();
                return;
            }
            log::info("ending", {{"signal", number == SIGTERM ? "SIGTERM" : "SIGINT"}});
            end_ = true;
            ended_.notify_all();
        });
    }

    void begin_reload() {
        if (app_.host.notifier)
            app_.host.notifier->reloading();
        reload_wanted_ = true;
        if (!reloading_)
            app_.work.spawn("reload", reload_while_wanted());
        reloading_ = true;
    }

    /// Several signals during a reload are one more.
    base::Async<void> reload_while_wanted() {
        while (reload_wanted_) {
            reload_wanted_ = false;
            auto load = load_;
            co_await reload(app_, std::move(load));
        }
        reloading_ = false;
        if (app_.host.notifier)
            app_.host.notifier->reloaded();
    }

    asio::signal_set signals_;
    base::Notifier ended_;
    App& app_;
    const Reload& load_;
    bool reload_wanted_ = false;
    bool reloading_ = false;
    bool end_ = false;
};

/// Up, wait, and down again from wherever it came to.
base::Async<void> live(App& app, Signals& signals, ExitCode& exit_code) {
    const auto limit = app.loaded.config.loop_watchdog;
    if (limit > limit.zero())
        app.host.watchdog.emplace(app.loop, limit);
    const auto stages = daemon_stages();
    std::size_t reached = 0;
    for (const auto& stage : stages) {
        ++reached;
        const auto done = co_await stage.up(app);
        if (!done) {
            log::error("cannot start", {{"stage", stage.name}, log::why(done.error())});
            exit_code = exit_code_of(stage, done.error());
            break;
        }
        if (signals.end_requested())
            break;
    }
    if (exit_code == ExitCode::ok && !signals.end_requested()) {
        log::info("ready");
        co_await signals.wait_for_end();
    }
    while (reached-- > 0)
        if (stages[reached].down != nullptr)
            co_await stages[reached].down(app);
    app.host.watchdog.reset();
}

constexpr auto time_for_threads = std::chrono::seconds(5);

/// Lets what is queued finish; false where something hangs, whose thread goes on then.
bool end_threads(App& app) {
    auto done = std::make_shared<std::promise<void>>();
    auto ended = done->get_future();
    std::thread([&app, done] {
        app.serving.audit_log.reset();
        app.state.disk.join();
        app.pools.join();
        done->set_value();
    }).detach();
    return ended.wait_for(time_for_threads) == std::future_status::ready &&
           base::LineWriter::threads_left() == 0;
}

} // namespace

ExitCode run_daemon(config::Loaded loaded, Reload load) {
    // A client that goes away while it is answered must not end us.
    std::signal(SIGPIPE, SIG_IGN);
    log::set_level(loaded.config.log_level);
    if (const auto forbidden = host::forbid_core_dumps(); !forbidden)
        log::warn("core dumps are not forbidden, ignoring", {log::why(forbidden.error())});
    if (const auto room = host::make_room_for_descriptors(); !room)
        log::warn("the limit of open files stays as it is, ignoring", {log::why(room.error())});
    log::info("ecs-node-agent starts", {{"version", version}, {"build", build_id}});
    for (const auto& warning : loaded.warnings)
        log::warn(warning);
    if (const auto settings = config::settings_without_effect(loaded); !settings.empty())
        log::info("settings of ECS's agent have no effect here", {{"settings", settings}});

    auto exit_code = ExitCode::ok;
    asio::io_context loop(1);
    App app(loop.get_executor(), std::move(loaded));
    Signals signals(loop, app, load);
    base::TaskGroup life(loop.get_executor());
    life.spawn("daemon", live(app, signals, exit_code));
    while (life.size() > 0)
        loop.run_one();
    const bool ended = end_threads(app);
    if (!ended)
        log::warn("some files or programs do not answer, leaving them");
    log::info("ended", {{"exit", static_cast<int>(exit_code)}});
    // Whoever ends a process waits for what such a thread holds.
    if (!ended)
        std::_Exit(static_cast<int>(exit_code));
    return exit_code;
}

} // namespace agent::daemon
