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

constexpr std::array<std::string_view, 2> architectures{"X86_64", "ARM64"};

/// Many images are for both: which of them is asked for decides the pull.
Result<std::string> read_architecture(const Json& value, const Place& place) {
    TRY(auto wanted, read_choice<architectures>(value, place));
    if (const auto host = host_architecture(); wanted != host)
        TRY(leave_out(place, Unsupported::notice,
                      "this host is " + host + " and takes the image that is for it"));
    return wanted;
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
