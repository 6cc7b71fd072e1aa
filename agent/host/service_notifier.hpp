#pragma once
// Role: tells the service manager how the daemon is, in systemd's notify protocol: starting, ready,
//   what it does, reloading, ending, and alive as long as the loop comes round.
// Threading: the loop thread; the loop waits for nobody, so a datagram that is not taken at once is
//   sent again at the next round.
// Failure: a manager that cannot be told is logged once; the daemon goes on.

#include "base/async.hpp"
#include "base/error.hpp"
#include "base/fd_linux.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace agent::host {

/// Whom to tell, and how often he wants to hear that we are alive.
struct ServiceManager {
    std::string socket;                   ///< an absolute path, or '@' and an abstract name
    std::chrono::microseconds watchdog{}; ///< silence for so long and we are restarted; 0: for ever
};

/// From NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; nothing without NOTIFY_SOCKET. A watchdog that
/// is meant for another process than `own_pid` is none. invalid_argument names the variable.
base::Result<std::optional<ServiceManager>>
find_service_manager(const std::map<std::string, std::string>& environment, int own_pid);

class ServiceNotifier {
public:
    /// How the daemon is at this moment.
    struct State {
        bool ready = false; ///< it answers; once ready, ready for good
        std::string status; ///< one line for people
    };
    using StateSource = std::function<State()>;

    explicit ServiceNotifier(ServiceManager manager);

    /// Until cancelled: looks once a second and tells what has changed, asks for more time while it
    /// is not ready, and says that it is alive when half of the manager's watchdog time is over.
    base::Async<void> run(StateSource state);

    /// Around a reload; nothing before it is ready, when a reload is part of the start.
    void reloading();
    void reloaded();
    /// From now on it ends.
    void stopping();

private:
    using Clock = std::chrono::steady_clock;

    /// Whether the manager took it.
    bool send(std::string_view message);
    void tell(const State& state, Clock::time_point now);

    ServiceManager manager_;
    base::Fd socket_;
    bool told_ready_ = false;
    bool stopping_ = false;
    bool failing_ = false; ///< reported, and not taken since
    std::string told_status_;
    Clock::time_point told_alive_;
    Clock::time_point asked_for_time_;
};

} // namespace agent::host
