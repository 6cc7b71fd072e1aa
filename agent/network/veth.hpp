#pragma once
// A lease's veth: a veth pair from the bridge into a container's network namespace. The state is
// the kernel's alone; the host end's alias holds owner and address, so that both are known again
// when the database is lost. Stateless functions that block (attach about 1 ms, removal about 16
// ms, deadline 5 s a kernel call); for worker threads. Calls for different owners may run side by
// side.
//
// Each port is isolated, learns nothing and floods nothing; a static forwarding entry and a
// permanent neighbour tie the address to it, so that no container can have the answers to another's
// address. Nothing here keeps a namespace alive after the call: when it ends, the kernel removes
// the pair.

#include "base/error.hpp"

#include <boost/asio/ip/address_v4.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::network {

/// The interface's name in the container.
inline constexpr std::string_view container_interface = "ecs-eth0";

struct AttachRequest {
    std::string owner;       ///< at most 200 bytes, no blanks or control characters
    std::string sandbox_key; ///< the namespace's file: Docker's NetworkSettings.SandboxKey
    boost::asio::ip::address_v4 address;
    boost::asio::ip::address_v4 gateway{0xa9feac01};  ///< 169.254.172.1
    boost::asio::ip::address_v4 endpoint{0xa9feaa02}; ///< 169.254.170.2
    std::string bridge = "ecs-bridge";
    std::uint32_t mtu = 1500;
    /// Cuts the namespace off from EC2's instance metadata service, of IPv4 and IPv6.
    bool block_instance_metadata = false;
};

/// A host end that is there. Owner and address are empty when its alias was never written (a crash
/// in the middle of attach): remove it.
struct Attachment {
    std::string interface;
    std::string owner;
    std::optional<boost::asio::ip::address_v4> address;
};

/// The host end's name: "ecs" and 12 hex digits made from the owner. Pure.
std::string host_interface_name(std::string_view owner);
/// Whether a name is of that form. Pure.
bool is_host_interface_name(std::string_view name);

/// Gives the namespace its interface, address and routes. Does nothing when this owner's is there
/// and right; otherwise removes what is left of it and builds it anew. Blackhole routes are added
/// or taken away as asked, without touching the interface. On failure nothing is left behind, or
/// at most a blackhole that was asked for. not_found: the namespace is gone, or there is no such
/// bridge (the text says which); conflict: another owner has the same host name; invalid_argument:
/// owner; permission; io with the kernel's words.
base::Result<Attachment> attach(const AttachRequest& request);

/// Removes the owner's pair, and the address's neighbour entry on the bridge, also when the kernel
/// has removed the pair already. True when there was a pair.
base::Result<bool> detach(const std::string& owner, boost::asio::ip::address_v4 address,
                          const std::string& bridge);

/// All host ends of ours in this namespace, orphans included.
base::Result<std::vector<Attachment>> list_attachments();

/// Removes a host end by its name; false when it is gone. invalid_argument when it is not of our
/// form.
base::Result<bool> remove_attachment(const std::string& interface);

/// Puts every host end back on the bridge with its settings, and drops neighbour entries of
/// addresses that have none. How many things had to be done. Cheap (a few dumps) when nothing is
/// wrong.
base::Result<std::size_t> repair_ports(const std::string& bridge);

} // namespace agent::network
