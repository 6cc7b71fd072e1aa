#include "agent/network/capabilities.hpp"

#include "base/files.hpp"

#include <linux/capability.h>

#include <array>
#include <charconv>
#include <utility>

namespace agent::network {

namespace {

constexpr std::array<std::pair<int, std::string_view>, 2> needed{{
    {CAP_NET_ADMIN, "CAP_NET_ADMIN"},
    {CAP_SYS_ADMIN, "CAP_SYS_ADMIN"},
}};

constexpr std::size_t max_status = 64 * 1024;

} // namespace

std::vector<std::string> missing_capabilities(std::uint64_t effective) {
    std::vector<std::string> missing;
    for (const auto& [bit, name] : needed)
        if ((effective >> bit & 1) == 0)
            missing.emplace_back(name);
    return missing;
}

base::Result<std::uint64_t> parse_effective_capabilities(std::string_view status) {
    constexpr std::string_view key = "\nCapEff:\t";
    const base::Error unreadable(base::Errc::protocol, "/proc/thread-self/status has no CapEff");
    const auto start = status.find(key);
    if (start == std::string_view::npos)
        return unreadable;
    const auto value = status.substr(start + key.size());
    std::uint64_t effective = 0;
    const auto read = std::from_chars(value.data(), value.data() + value.size(), effective, 16);
    if (read.ec != std::errc() || read.ptr == value.data())
        return unreadable;
    return effective;
}

base::Result<std::vector<std::string>> missing_capabilities() {
    TRY(const auto status, base::read_file("/proc/thread-self/status", max_status));
    TRY(const auto effective, parse_effective_capabilities(status));
    return missing_capabilities(effective);
}

} // namespace agent::network
