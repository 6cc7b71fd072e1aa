#pragma once
// One connection to the system bus, for a few calls to systemd. Only for the .cpp files of this
// folder: they alone know sd-bus. Lives on the thread that opened it; blocks, and everything that is
// done on it ends at one deadline.

#include "base/error.hpp"
#include "base/handle.hpp"

#include <systemd/sd-bus.h>

#include <chrono>
#include <cstdint>
#include <string>

namespace agent::cgroup {

using BusMessage = base::Handle<sd_bus_message, &sd_bus_message_unref>;

inline constexpr auto manager_path = "/org/freedesktop/systemd1";
inline constexpr auto manager_interface = "org.freedesktop.systemd1.Manager";

class SystemBus {
public:
    /// DBUS_SYSTEM_BUS_ADDRESS, else the well-known socket. unavailable: nobody is there; timeout:
    /// nobody answers within `limit`, which is also the deadline of all that follows.
    static base::Result<SystemBus> open(std::chrono::milliseconds limit);

    /// A call to systemd without its arguments yet: org.freedesktop.systemd1.Manager unless said
    /// otherwise.
    BusMessage request(const char* member) const;
    BusMessage request(const std::string& path, const char* interface, const char* member) const;

    /// The answer. conflict: the unit exists; not_found: no such unit; permission; timeout;
    /// unavailable: systemd is not on the bus; io: anything else that it said. `doing` is for the
    /// text.
    base::Result<BusMessage> call(const BusMessage& request, const std::string& doing) const;

    /// Whether the deadline of open() has passed.
    bool expired() const { return Clock::now() >= end_; }

private:
    using Clock = std::chrono::steady_clock;
    using Handle = base::Handle<sd_bus, &sd_bus_close_unref>;

    SystemBus(Handle bus, Clock::time_point end) : bus_(std::move(bus)), end_(end) {}
    /// Microseconds, at least one.
    std::uint64_t left() const;
    base::Result<> wait_until_ready() const;

    Handle bus_;
    Clock::time_point end_;
};

} // namespace agent::cgroup
