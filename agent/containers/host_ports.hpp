#pragma once
// Host ports that the agent chooses for a container's mappings: for a containerPortRange so many in a row,
// and for each hostPort 0 one where a range of ports is given for that. Docker binds them only when it
// starts the container, so that another program may take one meanwhile: then the container is made
// again, on others.

#include "agent/definition/task_definition.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace agent::containers {

/// Ports from the first to the last, both included.
struct PortRange {
    std::uint16_t first = 0;
    std::uint16_t last = 0;
    bool operator==(const PortRange&) const = default;
};

/// A port of the host.
struct HostPort {
    definition::Protocol protocol = definition::Protocol::tcp;
    std::uint16_t number = 0;
    auto operator<=>(const HostPort&) const = default;
};
using HostPortSet = std::set<HostPort>;

/// Whether the agent has to choose host ports for a mapping: for a range without a port on the host, and
/// for a single one where ports are given for that. Docker chooses the others.
bool needs_host_ports(const definition::PortMapping& mapping,
                      const std::optional<PortRange>& given);

/// The first of `count` ports in a row, all within `range`, for each of which `is_free` says true;
/// nothing when there are none. Looks from `start` on and goes on at the range's beginning. Pure, if
/// `is_free` is; it is asked at most once more than there are ports in range and row.
std::optional<std::uint16_t> find_free_ports(PortRange range, std::size_t count,
                                             std::uint16_t start,
                                             const std::function<bool(std::uint16_t)>& is_free);

/// The range from a text as that of /proc/sys/net/ipv4/ip_local_port_range, "32768\t60999\n";
/// nothing when it is none. Pure.
std::optional<PortRange> parse_port_range(std::string_view text);

/// The first host port of each of a container's mappings: the mapping's own, one that is chosen, or 0
/// where Docker chooses. Chosen ones are free on all the host's addresses as far as bind() tells and not
/// among those that are `taken`, from a random place in the range on; where none is given, in the
/// kernel's for outgoing connections, else 49153 to 65535. Blocks. exhausted when there are not so many
/// in a row; io when sockets cannot be made.
base::Result<std::vector<std::uint16_t>>
choose_host_ports(const std::vector<definition::PortMapping>& mappings,
                  std::optional<PortRange> given, const HostPortSet& taken);

/// All host ports that are chosen so, without those that the definition names. Pure.
HostPortSet chosen_ports(const std::vector<definition::PortMapping>& mappings,
                         const std::vector<std::uint16_t>& first_ports);

/// conflict when a mapping asks for a reserved port of the host. Pure.
base::Result<> check_reserved(const std::vector<definition::PortMapping>& mappings,
                              const HostPortSet& reserved);

/// Whether Docker did not start a container because somebody has one of its host ports.
bool is_port_conflict(const base::Error& error);

} // namespace agent::containers
