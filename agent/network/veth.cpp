#include "agent/network/veth.hpp"

#include "agent/network/address.hpp"
#include "agent/network/link.hpp"
#include "agent/network/message.hpp"
#include "agent/network/neighbour.hpp"
#include "agent/network/port.hpp"
#include "agent/network/route.hpp"

#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace agent::network {

namespace {

constexpr std::string_view name_prefix = "ecs";
constexpr std::size_t name_digits = 12;
constexpr std::size_t max_owner = 200;

/// A container's namespace for the length of one call: its file, and a socket in it.
struct Sandbox {
    base::Fd file;
    Netlink netlink;
};

base::Result<> check_owner(std::string_view owner) {
    const auto refused = [](char c) { return c <= ' ' || c == 0x7f; };
    if (owner.empty() || owner.size() > max_owner ||
        std::any_of(owner.begin(), owner.end(), refused))
        return base::Error(base::Errc::invalid_argument,
                           "the owner of an address must have 1 to 200 printable characters");
    return {};
}

/// The socket is opened there; a namespace that is the host's own is refused.
base::Result<Sandbox> open_sandbox(const std::string& path) {
    base::Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file)
        return base::from_errno("open network namespace " + path);
    struct stat there {};
    struct stat here {};
    if (::fstat(file.get(), &there) != 0 || ::stat("/proc/thread-self/ns/net", &here) != 0)
        return base::from_errno("look at network namespace " + path);
    if (there.st_dev == here.st_dev && there.st_ino == here.st_ino)
        return base::Error(base::Errc::invalid_argument, path + " is the host's own network");
    auto netlink = Netlink::open_route_in(file);
    if (!netlink)
        return std::move(netlink).error() + ("network namespace " + path);
    return Sandbox{std::move(file), std::move(*netlink)};
}

/// Both ends in one message: the host's on the bridge, the other one in the container.
base::Result<> make_pair(Netlink& host, const Sandbox& sandbox, const AttachRequest& wanted,
                         const std::string& name, int bridge) {
    Message request(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, ifinfomsg{});
    request.put_text(IFLA_IFNAME, name);
    request.put_number(IFLA_MTU, wanted.mtu);
    request.put_number(IFLA_MASTER, bridge);
    request.nest(IFLA_LINKINFO, [&] {
        request.put_text(IFLA_INFO_KIND, "veth");
        request.nest(IFLA_INFO_DATA, [&] {
            request.nest(VETH_INFO_PEER, [&] {
                // It cannot be born up (the kernel answers ENOTCONN).
                request.append(ifinfomsg{});
                request.put_text(IFLA_IFNAME, container_interface);
                request.put_number(IFLA_MTU, wanted.mtu);
                request.put_mac(IFLA_ADDRESS, lease_mac(wanted.address));
                request.put_number(IFLA_NET_NS_FD, sandbox.file.get());
            });
        });
    });
    TRY(const auto reply, host.call(request));
    return check("make veth pair " + name, reply);
}

std::array<HostRoute, 2> wanted_routes(const AttachRequest& wanted, int link) {
    return {HostRoute{wanted.gateway, link, std::nullopt, wanted.address, 0},
            HostRoute{wanted.endpoint, link, wanted.gateway, wanted.address, 0}};
}

/// The two addresses of EC2's instance metadata service lead nowhere.
std::array<HostRoute, 2> instance_metadata_blackholes() {
    const auto blackhole = [](const char* destination, std::uint32_t metric) {
        return HostRoute{boost::asio::ip::make_address(destination),
                         0,
                         std::nullopt,
                         std::nullopt,
                         metric,
                         RouteKind::blackhole};
    };
    // Each family's lowest metric, so that a user's own route to the service is not used before it.
    return {blackhole("169.254.169.254", 0), blackhole("fd00:ec2::254", 1)};
}

/// These routes have no interface: they do not go with the veth, and are no reason to build it
/// anew. A kernel without IPv6 has only the first, which is how it shall be.
base::Result<> settle_instance_metadata(Netlink& inside, bool blocked) {
    TRY(const auto routes, list_own_routes(inside));
    for (const auto& route : instance_metadata_blackholes()) {
        const auto there = std::find(routes.begin(), routes.end(), route) != routes.end();
        if (blocked && !there)
            TRY(add_route(inside, route));
        if (!blocked && there)
            TRY(delete_route(inside, route));
    }
    return {};
}

/// Address, routes and the bridge's MAC (there is no ARP), in the order in which the kernel takes
/// them.
base::Result<> set_up_inside(Netlink& inside, const AttachRequest& wanted) {
    TRY(const auto link, find_link(inside, std::string(container_interface)));
    if (!link)
        return base::Error(base::Errc::not_found, "the new interface is gone from the container");
    TRY(set_link_up(inside, link->index));
    TRY(set_address(inside, link->index, {wanted.address, 32}));
    for (const auto& route : wanted_routes(wanted, link->index))
        TRY(set_route(inside, route));
    TRY(set_neighbour(inside, link->index, {wanted.gateway, bridge_mac(wanted.gateway)}));
    return settle_instance_metadata(inside, wanted.block_instance_metadata);
}

base::Result<bool> inside_is_right(Netlink& inside, const AttachRequest& wanted,
                                   const Link& host_end) {
    TRY(const auto link, find_link(inside, std::string(container_interface)));
    if (!link || link->kind != "veth" || !link->up || link->mac != lease_mac(wanted.address) ||
        link->index != host_end.peer || link->peer != host_end.index)
        return false;
    TRY(const auto addresses, list_addresses(inside, link->index));
    if (std::find(addresses.begin(), addresses.end(), InterfaceAddress{wanted.address, 32}) ==
        addresses.end())
        return false;
    TRY(const auto routes, list_own_routes(inside));
    for (const auto& route : wanted_routes(wanted, link->index))
        if (std::find(routes.begin(), routes.end(), route) == routes.end())
            return false;
    TRY(const auto neighbours, list_neighbours(inside, link->index));
    const Neighbour gateway{wanted.gateway, bridge_mac(wanted.gateway)};
    return std::find(neighbours.begin(), neighbours.end(), gateway) != neighbours.end();
}

/// Port settings, forwarding entry and neighbour of a host end.
base::Result<> set_up_host_end(Netlink& host, const Link& port, int bridge,
                               const Ownership& ownership) {
    TRY(set_port(host, port, bridge, ownership));
    TRY(set_forwarding_entry(host, {port.index, lease_mac(ownership.address)}));
    return set_neighbour(host, bridge, {ownership.address, lease_mac(ownership.address)});
}

base::Result<> set_up_pair(Netlink& host, Sandbox& sandbox, const AttachRequest& wanted,
                           const std::string& name, int bridge) {
    TRY(const auto port, find_link(host, name));
    if (!port)
        return base::Error(base::Errc::not_found, "the container's network namespace has ended");
    TRY(set_up_host_end(host, *port, bridge, {wanted.owner, wanted.address}));
    return set_up_inside(sandbox.netlink, wanted);
}

/// Removes what an earlier, interrupted attach or another lease left in the container.
base::Result<> clear_inside(Netlink& inside) {
    const std::string name(container_interface);
    TRY(const auto link, find_link(inside, name));
    if (!link)
        return {};
    if (link->kind != "veth")
        return base::Error(base::Errc::conflict,
                           "the container has an interface " + name + " that is not ours");
    TRY(delete_link(inside, name));
    return {};
}

Attachment read_attachment(const Link& link) {
    const auto ownership = parse_alias(link.alias);
    if (!ownership)
        return {link.name, {}, std::nullopt};
    return {link.name, ownership->owner, ownership->address};
}

} // namespace

std::string host_interface_name(std::string_view owner) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::uint64_t hash = 0xcbf29ce484222325; // FNV-1a: the same in every build, unlike std::hash
    for (const auto c : owner)
        hash = (hash ^ static_cast<std::uint8_t>(c)) * 0x100000001b3;
    std::string name(name_prefix);
    for (std::size_t digit = 0; digit < name_digits; ++digit)
        name += digits[(hash >> (60 - 4 * digit)) & 0xf];
    return name;
}

bool is_host_interface_name(std::string_view name) {
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return name.size() == name_prefix.size() + name_digits && name.starts_with(name_prefix) &&
           std::all_of(name.begin() + name_prefix.size(), name.end(), is_digit);
}

base::Result<Attachment> attach(const AttachRequest& request) {
    TRY(check_owner(request.owner));
    TRY(auto sandbox, open_sandbox(request.sandbox_key));
    TRY(auto host, Netlink::open_route());
    TRY(const auto bridge, find_bridge(host, request.bridge));
    const auto name = host_interface_name(request.owner);
    const Ownership ownership{request.owner, request.address};
    const Attachment attachment{name, request.owner, request.address};

    TRY(const auto existing, find_link(host, name));
    if (existing) {
        const auto found = parse_alias(existing->alias);
        if (found && found->owner != request.owner)
            return base::Error(base::Errc::conflict, name + " belongs to " + found->owner);
        TRY(const auto right, inside_is_right(sandbox.netlink, request, *existing));
        if (right && found == ownership) {
            TRY(set_up_host_end(host, *existing, bridge.index, ownership));
            TRY(settle_instance_metadata(sandbox.netlink, request.block_instance_metadata));
            return attachment;
        }
        TRY(delete_link(host, name));
    }
    TRY(clear_inside(sandbox.netlink));
    TRY(make_pair(host, sandbox, request, name, bridge.index));
    if (auto done = set_up_pair(host, sandbox, request, name, bridge.index); !done) {
        // Whatever this answers, the first failure is the one to tell.
        (void)delete_link(host, name);
        (void)delete_neighbour(host, bridge.index, request.address);
        return std::move(done).error() + ("attach " + request.address.to_string());
    }
    return attachment;
}

base::Result<bool> detach(const std::string& owner, boost::asio::ip::address_v4 address,
                          const std::string& bridge) {
    TRY(check_owner(owner));
    TRY(auto netlink, Netlink::open_route());
    const auto name = host_interface_name(owner);
    TRY(const auto port, find_link(netlink, name));
    auto removed = false;
    if (port) {
        const auto found = parse_alias(port->alias);
        if (found && found->owner != owner)
            return base::Error(base::Errc::conflict, name + " belongs to " + found->owner);
        TRY(removed, delete_link(netlink, name));
    }
    TRY(const auto master, find_link(netlink, bridge));
    if (master)
        TRY(delete_neighbour(netlink, master->index, address));
    return removed;
}

base::Result<std::vector<Attachment>> list_attachments() {
    TRY(auto netlink, Netlink::open_route());
    TRY(const auto links, list_links(netlink, "veth"));
    std::vector<Attachment> attachments;
    for (const auto& link : links)
        if (is_host_interface_name(link.name))
            attachments.push_back(read_attachment(link));
    return attachments;
}

base::Result<bool> remove_attachment(const std::string& interface) {
    if (!is_host_interface_name(interface))
        return base::Error(base::Errc::invalid_argument, interface + " is no interface of ours");
    TRY(auto netlink, Netlink::open_route());
    return delete_link(netlink, interface);
}

} // namespace agent::network
