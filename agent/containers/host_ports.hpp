#pragma once
// Host ports for the port ranges of a container (containerPortRange): so many in a row that nobody
// has. Docker binds single ports only when it starts the container, so that another may take one
// meanwhile: then the container is made again, on others.

#include "agent/definition/task_definition.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace agent::containers {

/// Ports from the first to the last, both included.
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    bool operator==(const PortRange&) const = default;
};

/// Whether the agent has to choose host ports for a mapping: a range without a port on the host.
bool needs_host_ports(const definition::PortMapping& mapping);

/// The first of `count` ports in a row, all within `range`, for each of which `is_free` says true;
/// nothing when there are none. Looks from `start` on and goes on at the range's beginning. Pure, if
/// `is_free` is; it is asked at most once more than there are ports in range and row.
std::optional<std::uint16_t> find_free_ports(PortRange range, std::size_t count,
                                             std::uint16_t start,
                                             const std::function<bool(std::uint16_t)>& is_free);

/// The range from a text as that of /proc/sys/net/ipv4/ip_local_port_range, "32768\t60999\n";
/// nothing when it is none. Pure.
std::optional<PortRange> parse_port_range(std::string_view text);

/// First host ports for those of a container's mappings that need some, in their order: in a row,
/// free on all the host's addresses as far as bind() tells, from a random place in the range on;
/// where no range is given, in the kernel's for outgoing connections, else 49153 to 65535. Blocks.
/// exhausted when there are not so many in a row; io when sockets cannot be made.
base::Result<std::vector<std::uint16_t>>
choose_host_ports(const std::vector<definition::PortMapping>& mappings,
                  std::optional<PortRange> range);

/// Whether Docker did not start a container because somebody has one of its host ports.
bool is_port_conflict(const base::Error& error);

} // namespace agent::containers
