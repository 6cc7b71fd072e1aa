#include "agent/network/watcher.hpp"

#include "agent/network/link.hpp"
#include "agent/network/mac.hpp"
#include "agent/network/message.hpp"
#include "agent/network/nft_table.hpp"
#include "agent/network/veth.hpp"

#include <arpa/inet.h>
#include <linux/filter.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/socket.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace agent::network {

namespace {

using Socket = base::Handle<nl_sock, &nl_socket_free>;

constexpr auto receive_buffer_bytes = 1 << 20;
constexpr std::size_t datagram_bytes = 32 * 1024;
constexpr auto max_datagrams = 1024;

base::Result<Socket> open_socket(int protocol, std::initializer_list<int> groups) {
    Socket socket(nl_socket_alloc());
    if (socket == nullptr)
        return base::Error(base::Errc::exhausted, "no memory for a netlink socket");
    if (const auto code = nl_connect(socket.get(), protocol); code < 0)
        return base::Error(base::Errc::io,
                           std::string("open notification socket: ") + nl_geterror(code));
    nl_socket_set_buffer_size(socket.get(), receive_buffer_bytes, 0);
    for (const auto group : groups)
        if (const auto code = nl_socket_add_memberships(socket.get(), group, 0); code < 0)
            return base::Error(code == -NLE_PERM ? base::Errc::permission : base::Errc::io,
                               std::string("subscribe to kernel notifications: ") +
                                   nl_geterror(code));
    return socket;
}

/// The interface with the bridge's name, 0 where there is none: messages about neighbours hold its
/// number alone. Takes no lock of the kernel's that networks hold while they are changed.
int index_of(const std::string& bridge) {
    return static_cast<int>(::if_nametoindex(bridge.c_str()));
}

/// Whether a neighbour of the bridge or a forwarding entry is gone, or a neighbour is not what a lease
/// makes it. One that is made as it should be, as for every task, is nothing to look at.
bool is_harm_to_a_lease(const nlmsghdr& message, int bridge) {
    const auto header = header_of<ndmsg>(message);
    const auto attributes = Attributes<NDA_MAX>::after(message, header);
    const bool is_gone = message.nlmsg_type == RTM_DELNEIGH;
    if (header.ndm_family == AF_BRIDGE)
        return is_gone && attributes.value<int>(NDA_MASTER) == bridge;
    if (header.ndm_family != AF_INET || header.ndm_ifindex != bridge)
        return false;
    const auto address = attributes.address(NDA_DST);
    const bool is_right = address && (header.ndm_state & NUD_PERMANENT) != 0 &&
                          attributes.value<Mac>(NDA_LLADDR) == lease_mac(*address);
    return is_gone || !is_right;
}

/// What does one notification hint at? `bridge` is the bridge's index, which this keeps true.
Changes about_route_message(const nlmsghdr& message, const WatcherSettings& settings, int& bridge) {
    Changes changes;
    switch (message.nlmsg_type) {
    case RTM_NEWLINK:
    case RTM_DELLINK: {
        const auto header = header_of<ifinfomsg>(message);
        const auto name = Attributes<IFLA_MAX>::after(message, header).text(IFLA_IFNAME);
        // By its number too: it may have got another name.
        changes.bridge = name == settings.bridge || header.ifi_index == bridge;
        if (name == settings.bridge && message.nlmsg_type == RTM_NEWLINK)
            bridge = header.ifi_index;
        // The bridge family's DELLINK says that a port left its bridge.
        changes.ports = header.ifi_family == AF_BRIDGE && message.nlmsg_type == RTM_DELLINK &&
                        is_host_interface_name(name);
        break;
    }
    case RTM_NEWADDR:
    case RTM_DELADDR: {
        const auto header = header_of<ifaddrmsg>(message);
        const auto attributes = Attributes<IFA_MAX>::after(message, header);
        changes.bridge = attributes.text(IFA_LABEL) == settings.bridge ||
                         attributes.address(IFA_LOCAL) == settings.gateway;
        break;
    }
    case RTM_NEWROUTE:
    case RTM_DELROUTE: {
        const auto header = header_of<rtmsg>(message);
        const auto attributes = Attributes<RTA_MAX>::after(message, header);
        changes.bridge = attributes.address(RTA_DST) == settings.endpoint;
        break;
    }
    case RTM_NEWNEIGH:
    case RTM_DELNEIGH: changes.ports = is_harm_to_a_lease(message, bridge); break;
    default: break;
    }
    return changes;
}

Changes about_nft_message(const nlmsghdr& message) {
    Changes changes;
    // In every kind of these the first attribute is the table's name.
    static_assert(int{NFTA_CHAIN_TABLE} == NFTA_TABLE_NAME &&
                  int{NFTA_RULE_TABLE} == NFTA_TABLE_NAME);
    const auto header = header_of<nfgenmsg>(message);
    switch (message.nlmsg_type & 0xff) {
    case NFT_MSG_NEWTABLE:
    case NFT_MSG_DELTABLE:
    case NFT_MSG_NEWCHAIN:
    case NFT_MSG_DELCHAIN:
    case NFT_MSG_NEWRULE:
    case NFT_MSG_DELRULE:
        changes.table = header.nfgen_family == NFPROTO_IPV4 &&
                        Attributes<NFTA_TABLE_MAX>::after(message, header).text(NFTA_TABLE_NAME) ==
                            nft_table_name;
        break;
    default: break;
    }
    return changes;
}

/// A bridge learns an entry for each source address that a container sends from, and a container may
/// send from any: these are not heard. Nothing is asked of new forwarding entries.
base::Result<> leave_out_learnt_entries(int socket) {
    std::array<sock_filter, 6> code{{
        BPF_STMT(BPF_LD | BPF_H | BPF_ABS, offsetof(nlmsghdr, nlmsg_type)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, htons(RTM_NEWNEIGH), 0, 3),
        BPF_STMT(BPF_LD | BPF_B | BPF_ABS, NLMSG_HDRLEN), // ndm_family
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AF_BRIDGE, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, 0),
        BPF_STMT(BPF_RET | BPF_K, UINT32_MAX),
    }};
    const sock_fprog filter{static_cast<unsigned short>(code.size()), code.data()};
    if (::setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) != 0)
        return base::from_errno("filter kernel notifications");
    return {};
}

} // namespace

struct Watcher::Impl {
    WatcherSettings settings;
    Socket route;
    Socket netfilter;
    int bridge = 0; ///< its index
    std::vector<char> buffer = std::vector<char>(datagram_bytes);

    template <class Judge>
    base::Result<> drain(int socket, Changes& changes, Judge judge);
};

/// Reads until nothing is pending. Judge says what a message means.
template <class Judge>
base::Result<> Watcher::Impl::drain(int socket, Changes& changes, Judge judge) {
    for (auto datagrams = 0; datagrams < max_datagrams; ++datagrams) {
        const auto size = ::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT | MSG_TRUNC);
        if (size < 0 && errno == EINTR)
            continue;
        if (size < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return {};
        if ((size < 0 && errno == ENOBUFS) || size > std::ssize(buffer)) {
            changes = {true, true, true};
            bridge = index_of(settings.bridge);
            continue;
        }
        if (size < 0)
            return base::from_errno("read kernel notifications");
        auto* message = reinterpret_cast<nlmsghdr*>(buffer.data());
        auto left = static_cast<int>(size);
        for (; nlmsg_ok(message, left); message = nlmsg_next(message, &left)) {
            const auto hint = judge(*message);
            changes.bridge |= hint.bridge;
            changes.ports |= hint.ports;
            changes.table |= hint.table;
        }
    }
    return {};
}

Watcher::Watcher(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Watcher::Watcher(Watcher&&) noexcept = default;
Watcher& Watcher::operator=(Watcher&&) noexcept = default;
Watcher::~Watcher() = default;

base::Result<Watcher> Watcher::open(WatcherSettings settings) {
    TRY(check_interface_name(settings.bridge));
    auto impl = std::make_unique<Impl>();
    impl->settings = std::move(settings);
    TRY(impl->route, open_socket(NETLINK_ROUTE, {RTNLGRP_LINK, RTNLGRP_IPV4_IFADDR,
                                                 RTNLGRP_IPV4_ROUTE, RTNLGRP_NEIGH}));
    TRY(leave_out_learnt_entries(nl_socket_get_fd(impl->route.get())));
    // Now that its changes are heard.
    impl->bridge = index_of(impl->settings.bridge);
    TRY(impl->netfilter, open_socket(NETLINK_NETFILTER, {NFNLGRP_NFTABLES}));
    return Watcher(std::move(impl));
}

std::array<int, 2> Watcher::descriptors() const {
    return {nl_socket_get_fd(impl_->route.get()), nl_socket_get_fd(impl_->netfilter.get())};
}

base::Result<Changes> Watcher::drain() {
    Changes changes;
    const auto [route, netfilter] = descriptors();
    TRY(impl_->drain(route, changes, [&](const nlmsghdr& message) {
        return about_route_message(message, impl_->settings, impl_->bridge);
    }));
    TRY(impl_->drain(netfilter, changes, about_nft_message));
    return changes;
}

} // namespace agent::network
