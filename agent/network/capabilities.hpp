#pragma once
// Which of the kernel's capabilities that the network needs this process lacks.

#include "base/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agent::network {

/// The names ("CAP_NET_ADMIN") that are not in this set of effective capabilities. Pure.
std::vector<std::string> missing_capabilities(std::uint64_t effective);

/// Reads the effective set from the text of /proc/<pid>/status; protocol when it is not there.
/// Pure.
base::Result<std::uint64_t> parse_effective_capabilities(std::string_view status);

/// The names that the calling thread lacks: CAP_NET_ADMIN (links, routes, nftables) and
/// CAP_SYS_ADMIN (entering a container's namespace).
base::Result<std::vector<std::string>> missing_capabilities();

} // namespace agent::network
