#include "agent/host/service_notifier.hpp"

#include "base/log.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstring>
#include <ctime>

namespace agent::host {

using base::Errc;
using base::Error;
using base::Result;
using std::chrono::microseconds;
using std::chrono::seconds;

namespace {

constexpr auto round_time = seconds(1);
/// A start that goes on is allowed `extension` more each time; a loop that stands still is not.
constexpr auto time_between_extensions = seconds(10);
constexpr std::string_view extension = "EXTEND_TIMEOUT_USEC=30000000\n";

Result<long long> number_in(const std::map<std::string, std::string>& environment,
                            const std::string& name) {
    const auto found = environment.find(name);
    if (found == environment.end() || found->second.empty())
        return 0;
    const auto& text = found->second;
    long long number = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
    if (read.ec != std::errc() || read.ptr != text.data() + text.size() || number < 0)
        return Error(Errc::invalid_argument, name + ": expected a number, got '" + text + "'");
    return number;
}

/// The name fits in `address` (find_service_manager). An abstract one has a zero for its '@' and no
/// zero at its end.
socklen_t fill_address(sockaddr_un& address, const std::string& name) {
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, name.data(), name.size());
    const bool abstract = name.front() == '@';
    if (abstract)
        address.sun_path[0] = '\0';
    return static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() +
                                  (abstract ? 0 : 1));
}

/// The clock that systemd compares with its own.
std::string monotonic_microseconds() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    const auto now = seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
    return std::to_string(std::chrono::duration_cast<microseconds>(now).count());
}

} // namespace

Result<std::optional<ServiceManager>>
find_service_manager(const std::map<std::string, std::string>& environment, int own_pid) {
    const auto named = environment.find("NOTIFY_SOCKET");
    if (named == environment.end() || named->second.empty())
        return std::optional<ServiceManager>();
    ServiceManager manager;
    manager.socket = named->second;
    const bool known_form = manager.socket.front() == '/' || manager.socket.front() == '@';
    if (!known_form || manager.socket.size() < 2 ||
        manager.socket.size() >= sizeof(sockaddr_un::sun_path))
        return Error(Errc::invalid_argument,
                     "NOTIFY_SOCKET: expected an absolute path or '@' and a name, of at most 107 "
                     "bytes, got '" +
                         manager.socket + "'");
    TRY(const auto watchdog, number_in(environment, "WATCHDOG_USEC"));
    TRY(const auto watched, number_in(environment, "WATCHDOG_PID"));
    if (watched == 0 || watched == own_pid)
        manager.watchdog = microseconds(watchdog);
    return manager;
}

ServiceNotifier::ServiceNotifier(ServiceManager manager)
    : manager_(std::move(manager)),
      socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {}

bool ServiceNotifier::send(std::string_view message) {
    sockaddr_un address{};
    const auto length = fill_address(address, manager_.socket);
    const auto sent = ::sendto(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL,
                               reinterpret_cast<const sockaddr*>(&address), length);
    if (sent < 0 && !failing_)
        base::log::warn("cannot tell the service manager; trying again every second",
                        {base::log::why(base::from_errno(manager_.socket))});
    failing_ = sent < 0;
    return sent >= 0;
}

void ServiceNotifier::tell(const State& state, Clock::time_point now) {
    const bool alive =
        manager_.watchdog > manager_.watchdog.zero() && now - told_alive_ >= manager_.watchdog / 2;
    const bool ready = state.ready && !told_ready_ && !stopping_;
    const bool more_time =
        !state.ready && !told_ready_ && now - asked_for_time_ >= time_between_extensions;
    auto status = state.status;
    std::ranges::replace(status, '\n', ' ');
    std::string message;
    if (ready)
        message += "READY=1\n";
    if (more_time)
        message += extension;
    if (status != told_status_ && !stopping_)
        message += "STATUS=" + status + '\n';
    if (alive)
        message += "WATCHDOG=1\n";
    if (message.empty() || !send(message))
        return;
    told_ready_ = told_ready_ || ready;
    told_status_ = std::move(status);
    if (more_time)
        asked_for_time_ = now;
    if (alive)
        told_alive_ = now;
}

base::Async<void> ServiceNotifier::run(StateSource state) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto now = Clock::now();
        tell(state(), now);
        Clock::duration pause = round_time;
        if (manager_.watchdog > manager_.watchdog.zero())
            pause = std::min<Clock::duration>(pause, manager_.watchdog / 4);
        co_await base::sleep_for(pause);
    }
}

void ServiceNotifier::reloading() {
    if (told_ready_)
        send("RELOADING=1\nMONOTONIC_USEC=" + monotonic_microseconds() + '\n');
}

void ServiceNotifier::reloaded() {
    // When it is not taken, the next round says it.
    if (told_ready_)
        told_ready_ = send("READY=1\n");
}

void ServiceNotifier::stopping() {
    stopping_ = true;
    send("STOPPING=1\nSTATUS=ending\nWATCHDOG=1\n");
}

} // namespace agent::host
