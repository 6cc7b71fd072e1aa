#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

#include <sys/utsname.h>

namespace agent::definition {

namespace {

using base::Result;

struct Platform {
    std::string system;
    std::string architecture;
};

/// In ECS's words where it has some, else in the kernel's.
std::string host_architecture() {
    utsname names{};
    if (::uname(&names) != 0)
        return "unknown";
    const std::string machine = names.machine;
    if (machine == "x86_64")
        return "X86_64";
    return machine == "aarch64" ? "ARM64" : machine;
}

Result<std::string> read_system(const Json& value, const Place& place) {
    if (value != "LINUX")
        return expected(place, "\"LINUX\", which this host runs", value);
    return read_text(value, place);
}

Result<std::string> read_architecture(const Json& value, const Place& place) {
    const auto host = host_architecture();
    if (value != host)
        return expected(place, '"' + host + "\", which this host is", value);
    return host;
}

} // namespace

Result<> check_platform(const Json& value, const Place& place, TaskDefinition& /*into*/) {
    static constexpr auto rows = std::to_array<FieldRow<Platform>>({
        {"operatingSystemFamily", Support::honoured, store<&Platform::system, read_system>},
        {"cpuArchitecture", Support::honoured, store<&Platform::architecture, read_architecture>},
    });
    Platform platform;
    return read_object(value, place, Table<Platform>{rows}, platform);
}

} // namespace agent::definition
