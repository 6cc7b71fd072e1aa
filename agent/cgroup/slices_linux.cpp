#include "agent/cgroup/slices.hpp"

#include <array>
#include <stdexcept>
#include <thread>

namespace agent::cgroup {

namespace {

constexpr auto unit_interface = "org.freedesktop.systemd1.Unit";
constexpr auto properties_interface = "org.freedesktop.DBus.Properties";
/// Jobs of slices take a millisecond or two.
constexpr auto look_again = std::chrono::milliseconds(5);
constexpr std::size_t most_units = 10'000;

void must(int outcome) {
    if (outcome < 0)
        throw std::logic_error("D-Bus message");
}

void append(const BusMessage& message, const std::string& text) {
    must(sd_bus_message_append_basic(message.get(), 's', text.c_str()));
}

void append(const BusMessage& message, const Property& property) {
    must(sd_bus_message_open_container(message.get(), 'r', "sv"));
    append(message, property.name);
    if (const auto* flag = std::get_if<bool>(&property.value))
        must(sd_bus_message_append(message.get(), "v", "b", static_cast<int>(*flag)));
    if (const auto* number = std::get_if<std::uint64_t>(&property.value))
        must(sd_bus_message_append(message.get(), "v", "t", *number));
    if (const auto* text = std::get_if<std::string>(&property.value))
        must(sd_bus_message_append(message.get(), "v", "s", text->c_str()));
    must(sd_bus_message_close_container(message.get()));
}

void append(const BusMessage& message, const Properties& properties) {
    must(sd_bus_message_open_container(message.get(), 'a', "(sv)"));
    for (const auto& property : properties)
        append(message, property);
    must(sd_bus_message_close_container(message.get()));
}

base::Error misread(const std::string& doing) {
    return {base::Errc::protocol, doing + ": the answer is of another type"};
}

} // namespace

base::Result<Slices> Slices::open(std::chrono::milliseconds limit) {
    TRY(auto bus, SystemBus::open(limit));
    return Slices(std::move(bus));
}

base::Result<> Slices::start_transient(const std::string& name,
                                       const Properties& properties) const {
    const auto request = bus_.request("StartTransientUnit");
    append(request, name);
    append(request, std::string("fail"));
    append(request, properties);
    must(sd_bus_message_append(request.get(), "a(sa(sv))", 0));
    TRY(bus_.call(request, "StartTransientUnit " + name));
    return {};
}

base::Result<> Slices::set(const std::string& name, const Properties& properties) const {
    const auto request = bus_.request("SetUnitProperties");
    append(request, name);
    must(sd_bus_message_append(request.get(), "b", 1));
    append(request, properties);
    TRY(bus_.call(request, "SetUnitProperties " + name));
    return {};
}

base::Result<> Slices::start(const std::string& name) const {
    const auto request = bus_.request("StartUnit");
    append(request, name);
    append(request, std::string("fail"));
    TRY(bus_.call(request, "StartUnit " + name));
    return {};
}

base::Result<> Slices::stop(const std::string& name) const {
    const auto doing = "StopUnit " + name;
    const auto request = bus_.request("StopUnit");
    append(request, name);
    append(request, std::string("replace"));
    if (auto answer = bus_.call(request, doing); !answer) {
        if (answer.error().code() == base::Errc::not_found)
            return {};
        return std::move(answer).error();
    }
    while (!bus_.expired()) {
        TRY(const auto state, active_state(name));
        if (state == "inactive" || state == "failed")
            return {};
        std::this_thread::sleep_for(look_again);
    }
    return base::Error(base::Errc::timeout, doing + ": it is still there");
}

base::Result<> Slices::wait_until_active(const std::string& name) const {
    while (!bus_.expired()) {
        TRY(const auto state, active_state(name));
        if (state == "active")
            return {};
        std::this_thread::sleep_for(look_again);
    }
    return base::Error(base::Errc::timeout, "start " + name + ": it is not active");
}

base::Result<std::string> Slices::active_state(const std::string& name) const {
    char* raw = nullptr;
    must(sd_bus_path_encode("/org/freedesktop/systemd1/unit", name.c_str(), &raw));
    const base::Handle<char, &::free> path(raw);
    return property(path.get(), unit_interface, "ActiveState");
}

base::Result<std::string> Slices::root() const {
    return property(manager_path, manager_interface, "ControlGroup");
}

base::Result<std::string> Slices::property(const std::string& path, const std::string& interface,
                                           const std::string& name) const {
    const auto doing = name + " of " + path;
    const auto request = bus_.request(path, properties_interface, "Get");
    append(request, interface);
    append(request, name);
    TRY(const auto answer, bus_.call(request, doing));
    const char* value = nullptr;
    if (sd_bus_message_read(answer.get(), "v", "s", &value) < 0)
        return misread(doing);
    return std::string(value);
}

base::Result<std::string> Slices::process_in(const std::string& name) const {
    const auto doing = "GetUnitProcesses " + name;
    const auto request = bus_.request("GetUnitProcesses");
    append(request, name);
    auto answer = bus_.call(request, doing);
    if (!answer && answer.error().code() == base::Errc::not_found)
        return std::string();
    TRY(const auto reply, std::move(answer));
    if (sd_bus_message_enter_container(reply.get(), 'a', "(sus)") < 0)
        return misread(doing);
    const char* cgroup = nullptr;
    std::uint32_t process = 0;
    const char* command = nullptr; // not for the log: it may hold a secret
    const auto read = sd_bus_message_read(reply.get(), "(sus)", &cgroup, &process, &command);
    if (read < 0)
        return misread(doing);
    return read == 0 ? std::string() : "process " + std::to_string(process) + " is in " + cgroup;
}

base::Result<std::vector<std::string>> Slices::list(const std::string& pattern) const {
    const auto doing = "ListUnitsByPatterns " + pattern;
    const auto request = bus_.request("ListUnitsByPatterns");
    must(sd_bus_message_append(request.get(), "asas", 0, 1, pattern.c_str()));
    TRY(const auto answer, bus_.call(request, doing));
    if (sd_bus_message_enter_container(answer.get(), 'a', "(ssssssouso)") < 0)
        return misread(doing);
    std::vector<std::string> names;
    while (names.size() < most_units) {
        std::array<const char*, 9> text{};
        std::uint32_t job = 0;
        const auto read =
            sd_bus_message_read(answer.get(), "(ssssssouso)", &text[0], &text[1], &text[2],
                                &text[3], &text[4], &text[5], &text[6], &job, &text[7], &text[8]);
        if (read < 0)
            return misread(doing);
        if (read == 0)
            break;
        names.emplace_back(text[0]);
    }
    return names;
}

} // namespace agent::cgroup
