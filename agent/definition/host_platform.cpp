#include "agent/definition/host_architecture.hpp"
#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;

struct Platform {
    std::string system;
    std::string architecture;
};

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
