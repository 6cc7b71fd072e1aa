#pragma once
// Network interfaces as the kernel shows them: reading, raising, removing. Each function works in
// the namespace of the socket that it is given. An interface that is absent is not an error.

#include "agent/network/mac.hpp"
#include "agent/network/netlink.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::network {

/// How a bridge treats one of its ports.
struct PortState {
    bool isolated = false;
    bool learning = true;
    bool unicast_flood = true;
    bool multicast_flood = true;
    bool broadcast_flood = true;
};

struct Link {
    int index = 0;
    std::string name;
    std::string kind; ///< "bridge", "veth"; empty for hardware
    std::string alias;
    Mac mac{};
    std::uint32_t mtu = 0;
    bool up = false;
    bool arp = true;
    int master = 0;                ///< the bridge's index, 0 without
    int peer = 0;                  ///< a veth's other end, an index in that end's namespace
    std::optional<bool> stp;       ///< a bridge's spanning tree protocol
    std::optional<PortState> port; ///< when a bridge is the master
};

/// invalid_argument for a name that the kernel would refuse or cut (it takes 1 to 15 bytes).
base::Result<> check_interface_name(std::string_view name);

base::Result<std::optional<Link>> find_link(Netlink& netlink, const std::string& name);
/// Those of this kind.
base::Result<std::vector<Link>> list_links(Netlink& netlink, std::string_view kind);
base::Result<> set_link_up(Netlink& netlink, int index);
/// A veth's other end goes with it. False when it was not there.
base::Result<bool> delete_link(Netlink& netlink, const std::string& name);

} // namespace agent::network
