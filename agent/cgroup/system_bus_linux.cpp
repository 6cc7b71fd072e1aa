#include "agent/cgroup/system_bus.hpp"

#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace agent::cgroup {

namespace {

constexpr auto known_address = "unix:path=/run/dbus/system_bus_socket";
constexpr auto service = "org.freedesktop.systemd1";

struct BusError {
    BusError() = default;
    ~BusError() { sd_bus_error_free(&error); }
    BusError(const BusError&) = delete;
    BusError& operator=(const BusError&) = delete;
    sd_bus_error error = SD_BUS_ERROR_NULL;
};

base::Errc code_of(std::string_view name, int error_number) {
    static constexpr std::array<std::pair<std::string_view, base::Errc>, 7> known{{
        {"org.freedesktop.systemd1.UnitExists", base::Errc::conflict},
        {"org.freedesktop.systemd1.NoSuchUnit", base::Errc::not_found},
        {SD_BUS_ERROR_ACCESS_DENIED, base::Errc::permission},
        {SD_BUS_ERROR_INTERACTIVE_AUTHORIZATION_REQUIRED, base::Errc::permission},
        {SD_BUS_ERROR_NO_REPLY, base::Errc::timeout},
        {SD_BUS_ERROR_SERVICE_UNKNOWN, base::Errc::unavailable},
        {SD_BUS_ERROR_NAME_HAS_NO_OWNER, base::Errc::unavailable},
    }};
    for (const auto& [text, code] : known)
        if (text == name)
            return code;
    switch (error_number) {
    case ETIMEDOUT: return base::Errc::timeout;
    case ENOENT:
    case ECONNREFUSED:
    case ECONNRESET:
    case ENOTCONN: return base::Errc::unavailable;
    default: return base::from_errno("", error_number).code();
    }
}

base::Error connection_error(int outcome) {
    const auto error = base::from_errno("connect to the system bus", -outcome);
    return {code_of({}, -outcome), error.what()};
}

} // namespace

std::uint64_t SystemBus::left() const {
    const auto left = std::chrono::ceil<std::chrono::microseconds>(end_ - Clock::now()).count();
    return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 1));
}

base::Result<SystemBus> SystemBus::open(std::chrono::milliseconds limit) {
    sd_bus* raw = nullptr;
    if (const auto outcome = sd_bus_new(&raw); outcome < 0)
        return connection_error(outcome);
    SystemBus bus(Handle(raw), Clock::now() + limit);
    const char* configured = ::secure_getenv("DBUS_SYSTEM_BUS_ADDRESS");
    int outcome = sd_bus_set_address(raw, configured != nullptr ? configured : known_address);
    if (outcome >= 0)
        outcome = sd_bus_set_bus_client(raw, 1);
    if (outcome >= 0)
        outcome = sd_bus_start(raw);
    if (outcome < 0)
        return connection_error(outcome);
    TRY(bus.wait_until_ready());
    return bus;
}

// Left to itself, the first call would wait for the greeting by deadlines of its own.
base::Result<> SystemBus::wait_until_ready() const {
    for (;;) {
        auto outcome = sd_bus_is_ready(bus_.get());
        if (outcome > 0)
            return {};
        if (outcome == 0)
            outcome = sd_bus_process(bus_.get(), nullptr);
        if (outcome == 0) {
            if (expired())
                return connection_error(-ETIMEDOUT);
            outcome = sd_bus_wait(bus_.get(), left());
        }
        if (outcome < 0 && outcome != -EINTR)
            return connection_error(outcome);
    }
}

BusMessage SystemBus::request(const char* member) const {
    return request(manager_path, manager_interface, member);
}

BusMessage SystemBus::request(const std::string& path, const char* interface,
                              const char* member) const {
    sd_bus_message* raw = nullptr;
    if (sd_bus_message_new_method_call(bus_.get(), &raw, service, path.c_str(), interface, member) <
        0)
        throw std::logic_error("D-Bus message");
    return BusMessage(raw);
}

base::Result<BusMessage> SystemBus::call(const BusMessage& request,
                                         const std::string& doing) const {
    if (expired())
        return base::Error(base::Errc::timeout, doing + ": the time is up");
    BusError failure;
    sd_bus_message* raw = nullptr;
    const auto outcome = sd_bus_call(bus_.get(), request.get(), left(), &failure.error, &raw);
    BusMessage reply(raw);
    if (outcome >= 0)
        return reply;
    const auto* name = failure.error.name;
    const auto* message = failure.error.message;
    const auto said = message != nullptr ? std::string(message).substr(0, 512)
                                         : base::from_errno(doing, -outcome).what();
    return base::Error(code_of(name != nullptr ? name : "", -outcome),
                       message != nullptr ? doing + ": " + said : said);
}

} // namespace agent::cgroup
