#include "tests/cgroup/fake_systemd.hpp"

#include "base/handle.hpp"

#include <fnmatch.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstdlib>
#include <cstring>
#include <stdexcept>

namespace cgroup_test {

namespace {

constexpr auto job = "/org/freedesktop/systemd1/job/1";

std::string text_of(sd_bus_message* message) {
    const char* text = nullptr;
    if (sd_bus_message_read_basic(message, 's', &text) <= 0)
        throw std::runtime_error("expected a string");
    return text;
}

/// " name=type:value" for each.
std::string properties_of(sd_bus_message* message) {
    std::string words;
    sd_bus_message_enter_container(message, 'a', "(sv)");
    while (sd_bus_message_enter_container(message, 'r', "sv") > 0) {
        words += ' ' + text_of(message);
        const char* type = nullptr;
        sd_bus_message_peek_type(message, nullptr, &type);
        const std::string kept(type);
        sd_bus_message_enter_container(message, 'v', kept.c_str());
        std::uint64_t number = 0;
        int flag = 0;
        if (kept == "t")
            sd_bus_message_read_basic(message, 't', &number);
        if (kept == "b")
            sd_bus_message_read_basic(message, 'b', &flag);
        words += '=' + kept + ':';
        words += kept == "s"   ? text_of(message)
                 : kept == "b" ? std::to_string(flag)
                               : std::to_string(number);
        sd_bus_message_exit_container(message);
        sd_bus_message_exit_container(message);
    }
    sd_bus_message_exit_container(message);
    return words;
}

int no_such_unit(sd_bus_message* message, const std::string& name) {
    return sd_bus_reply_method_errorf(message, "org.freedesktop.systemd1.NoSuchUnit",
                                      "Unit %s not loaded.", name.c_str());
}

} // namespace

FakeSystemd::FakeSystemd(Manner manner) : manner_(manner) {
    const auto path = folder_.path("bus");
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    listener_ = base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 8) != 0)
        throw std::runtime_error("no socket at " + path);
    ::setenv("DBUS_SYSTEM_BUS_ADDRESS", ("unix:path=" + path).c_str(), 1);
    if (manner != Manner::silent) // who is silent lets callers connect: the kernel queues them
        thread_ = std::thread([this] { serve(); });
}

FakeSystemd::~FakeSystemd() {
    ends_ = true;
    if (thread_.joinable())
        thread_.join();
    ::unsetenv("DBUS_SYSTEM_BUS_ADDRESS");
}

std::vector<std::string> FakeSystemd::calls() const {
    const std::lock_guard lock(mutex_);
    return calls_;
}

bool FakeSystemd::has(const std::string& slice) const {
    const std::lock_guard lock(mutex_);
    return slices_.contains(slice);
}

void FakeSystemd::add(const std::string& slice, std::uint32_t process) {
    const std::lock_guard lock(mutex_);
    slices_[slice] = process;
}

void FakeSystemd::end_process(const std::string& slice) {
    add(slice, 0);
}

void FakeSystemd::serve() {
    while (!ends_) {
        pollfd watched{listener_.get(), POLLIN, 0};
        if (::poll(&watched, 1, 20) > 0)
            talk_on(base::Fd(
                ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)));
    }
}

void FakeSystemd::talk_on(base::Fd connection) {
    sd_bus* raw = nullptr;
    sd_bus_new(&raw);
    const base::Handle<sd_bus, &sd_bus_close_unref> bus(raw);
    const int number = connection.release(); // the bus closes it
    sd_id128_t id{};
    id.bytes[0] = 1;
    if (sd_bus_set_fd(raw, number, number) < 0 || sd_bus_set_server(raw, 1, id) < 0 ||
        sd_bus_add_filter(raw, nullptr, &on_message, this) < 0 || sd_bus_start(raw) < 0)
        throw std::runtime_error("no server of D-Bus");
    while (!ends_) {
        const int outcome = sd_bus_process(raw, nullptr);
        if (outcome < 0)
            return; // the client has gone
        if (outcome == 0)
            sd_bus_wait(raw, 20'000);
    }
}

int FakeSystemd::on_message(sd_bus_message* message, void* self, sd_bus_error*) {
    std::uint8_t type = 0;
    sd_bus_message_get_type(message, &type);
    return type == SD_BUS_MESSAGE_METHOD_CALL ? static_cast<FakeSystemd*>(self)->answer(message)
                                              : 0;
}

int FakeSystemd::answer(sd_bus_message* message) {
    const std::string member = sd_bus_message_get_member(message);
    const std::string signature = sd_bus_message_get_signature(message, 1);
    if (member == "Hello")
        return sd_bus_reply_method_return(message, "s", ":1.1");
    const std::lock_guard lock(mutex_);
    if (manner_ == Manner::refuses)
        return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_ACCESS_DENIED, "Not you.");
    static const std::map<std::string, std::string> known{
        {"StartTransientUnit", "ssa(sv)a(sa(sv))"},
        {"SetUnitProperties", "sba(sv)"},
        {"StartUnit", "ss"},
        {"StopUnit", "ss"},
        {"GetUnitProcesses", "s"},
        {"ListUnitsByPatterns", "asas"},
        {"Get", "ss"},
    };
    const auto found = known.find(member);
    if (found == known.end() || found->second != signature)
        return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_INVALID_ARGS, "%s(%s)",
                                          member.c_str(), signature.c_str());
    if (member == "ListUnitsByPatterns")
        return list(message);
    if (member == "GetUnitProcesses")
        return processes_of(message);
    if (member == "Get")
        return property_of(message);
    return answer_manager(message, member);
}

int FakeSystemd::answer_manager(sd_bus_message* message, const std::string& member) {
    const auto name = text_of(message);
    auto call = member + ' ' + name;
    if (member == "SetUnitProperties") {
        int runtime = 0;
        sd_bus_message_read_basic(message, 'b', &runtime);
        calls_.push_back(call + " runtime=" + std::to_string(runtime) + properties_of(message));
        return sd_bus_reply_method_return(message, nullptr);
    }
    call += ' ' + text_of(message);
    if (member == "StartTransientUnit") {
        if (slices_.contains(name))
            return sd_bus_reply_method_errorf(message, "org.freedesktop.systemd1.UnitExists",
                                              "Unit %s already exists.", name.c_str());
        call += properties_of(message);
        slices_[name] = 0;
    }
    if (member == "StopUnit" && slices_.erase(name) == 0)
        return no_such_unit(message, name);
    calls_.push_back(call);
    return sd_bus_reply_method_return(message, "o", job);
}

int FakeSystemd::list(sd_bus_message* message) {
    char** states = nullptr;
    char** patterns = nullptr;
    sd_bus_message_read_strv(message, &states);
    sd_bus_message_read_strv(message, &patterns);
    sd_bus_message* raw = nullptr;
    sd_bus_message_new_method_return(message, &raw);
    const base::Handle<sd_bus_message, &sd_bus_message_unref> reply(raw);
    sd_bus_message_open_container(raw, 'a', "(ssssssouso)");
    for (const auto& [name, process] : slices_)
        if (patterns != nullptr && ::fnmatch(patterns[0], name.c_str(), 0) == 0)
            sd_bus_message_append(raw, "(ssssssouso)", name.c_str(), "", "loaded", "active",
                                  "active", "", "/", 0, "", "/");
    sd_bus_message_close_container(raw);
    for (auto** strings : {states, patterns}) {
        for (auto** text = strings; text != nullptr && *text != nullptr; ++text)
            std::free(*text);
        std::free(strings);
    }
    return sd_bus_send(nullptr, raw, nullptr);
}

int FakeSystemd::processes_of(sd_bus_message* message) {
    const auto name = text_of(message);
    const auto found = slices_.find(name);
    if (found == slices_.end())
        return no_such_unit(message, name);
    if (found->second == 0)
        return sd_bus_reply_method_return(message, "a(sus)", 0);
    const auto cgroup = "/ecstasks.slice/" + name + "/docker-1.scope";
    return sd_bus_reply_method_return(message, "a(sus)", 1, cgroup.c_str(), found->second, "sh");
}

int FakeSystemd::property_of(sd_bus_message* message) {
    text_of(message); // the interface
    const auto property = text_of(message);
    if (property == "ControlGroup")
        return sd_bus_reply_method_return(message, "v", "s", root);
    if (property != "ActiveState")
        return sd_bus_reply_method_errorf(message, SD_BUS_ERROR_UNKNOWN_PROPERTY, "%s",
                                          property.c_str());
    char* raw = nullptr;
    sd_bus_path_decode(sd_bus_message_get_path(message), "/org/freedesktop/systemd1/unit", &raw);
    const base::Handle<char, &std::free> name(raw);
    const bool exists = name != nullptr && slices_.contains(name.get());
    return sd_bus_reply_method_return(message, "v", "s", exists ? "active" : "inactive");
}

} // namespace cgroup_test
