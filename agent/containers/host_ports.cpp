#include "agent/containers/host_ports.hpp"

#include "base/fd_linux.hpp"
#include "base/files.hpp"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <random>

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Fd;
using base::Result;
using definition::PortMapping;
using definition::Protocol;

namespace {

constexpr PortRange fallback_range{49153, 65535};

/// The last port of a row of `count` free ones between `first` and `last`.
std::optional<std::uint32_t> end_of_row(std::uint32_t first, std::uint32_t last, std::size_t count,
                                        const std::function<bool(std::uint16_t)>& is_free) {
    std::size_t row = 0;
    for (auto port = first; port <= last; ++port) {
        row = is_free(static_cast<std::uint16_t>(port)) ? row + 1 : 0;
        if (row == count)
            return port;
    }
    return std::nullopt;
}

Result<bool> can_bind(const Fd& socket, const sockaddr* address, socklen_t length) {
    if (!socket) {
        // No IPv6 here: then nobody has the port there.
        if (errno == EAFNOSUPPORT)
            return true;
        return base::from_errno("make a socket to look for a free port");
    }
    return ::bind(socket.get(), address, length) == 0;
}

Fd make_socket(int family, Protocol protocol) {
    const bool tcp = protocol == Protocol::tcp;
    Fd socket(::socket(family, (tcp ? SOCK_STREAM : SOCK_DGRAM) | SOCK_CLOEXEC, 0));
    const int on = 1;
    // As docker-proxy: connections that have ended do not hold the port.
    if (socket && tcp)
        ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (socket && family == AF_INET6)
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    return socket;
}

/// Docker binds every address of both families.
Result<bool> is_free_on_host(std::uint16_t port, Protocol protocol) {
    sockaddr_in ipv4{};
    ipv4.sin_family = AF_INET;
    ipv4.sin_port = htons(port);
    TRY(const bool free4,
        can_bind(make_socket(AF_INET, protocol), reinterpret_cast<sockaddr*>(&ipv4), sizeof ipv4));
    if (!free4)
        return false;
    sockaddr_in6 ipv6{};
    ipv6.sin6_family = AF_INET6;
    ipv6.sin6_port = htons(port);
    return can_bind(make_socket(AF_INET6, protocol), reinterpret_cast<sockaddr*>(&ipv6),
                    sizeof ipv6);
}

PortRange kernel_range() {
    const auto text = base::read_file("/proc/sys/net/ipv4/ip_local_port_range", 4096);
    if (!text)
        return fallback_range;
    return parse_port_range(*text).value_or(fallback_range);
}

std::uint16_t random_port(PortRange range) {
    std::random_device random;
    return std::uniform_int_distribution<std::uint16_t>(range.first, range.last)(random);
}

Error no_row(std::size_t count, const PortMapping& mapping, PortRange range) {
    const auto what = count == 1 ? std::string("no free host port")
                                 : "no " + std::to_string(count) + " free host ports in a row";
    return Error(Errc::exhausted, what + " for " +
                                      std::string(definition::to_string(mapping.protocol)) +
                                      " between " + std::to_string(range.first) + " and " +
                                      std::to_string(range.last));
}

} // namespace

bool needs_host_ports(const PortMapping& mapping, const std::optional<PortRange>& given) {
    return mapping.host_port == 0 && (mapping.is_range() || given);
}

std::optional<std::uint16_t> find_free_ports(PortRange range, std::size_t count,
                                             std::uint16_t start,
                                             const std::function<bool(std::uint16_t)>& is_free) {
    auto end = end_of_row(start, range.last, count, is_free);
    if (!end) {
        // Rows that begin before `start` may end behind it.
        const auto last = std::min<std::size_t>(range.last, start + count - 2);
        end = end_of_row(range.first, static_cast<std::uint32_t>(last), count, is_free);
    }
    if (!end)
        return std::nullopt;
    return static_cast<std::uint16_t>(*end - count + 1);
}

std::optional<PortRange> parse_port_range(std::string_view text) {
    PortRange range;
    const auto* const end = text.data() + text.size();
    const auto first = std::from_chars(text.data(), end, range.first);
    const auto* next = first.ptr;
    while (next != end && (*next == ' ' || *next == '\t'))
        ++next;
    const auto last = std::from_chars(next, end, range.last);
    if (first.ec != std::errc() || last.ec != std::errc() || range.first == 0 ||
        range.last < range.first)
        return std::nullopt;
    return range;
}

Result<std::vector<std::uint16_t>> choose_host_ports(const std::vector<PortMapping>& mappings,
                                                     std::optional<PortRange> given,
                                                     const HostPortSet& taken) {
    std::vector<std::uint16_t> first_ports;
    auto unavailable = taken;
    for (const auto& mapping : mappings)
        unavailable.insert({mapping.protocol, mapping.host_port});
    for (const auto& mapping : mappings) {
        if (!needs_host_ports(mapping, given)) {
            first_ports.push_back(mapping.host_port);
            continue;
        }
        const auto range = given ? *given : kernel_range();
        const std::size_t count = mapping.last_container_port - mapping.container_port + 1U;
        std::optional<Error> failure;
        const auto is_free = [&](std::uint16_t port) {
            if (failure || unavailable.contains({mapping.protocol, port}))
                return false;
            auto free = is_free_on_host(port, mapping.protocol);
            if (!free)
                failure = free.error();
            return free && *free;
        };
        const auto first = find_free_ports(range, count, random_port(range), is_free);
        if (failure)
            return *failure;
        if (!first)
            return no_row(count, mapping, range);
        for (std::size_t i = 0; i < count; ++i)
            unavailable.insert({mapping.protocol, static_cast<std::uint16_t>(*first + i)});
        first_ports.push_back(*first);
    }
    return first_ports;
}

HostPortSet chosen_ports(const std::vector<PortMapping>& mappings,
                         const std::vector<std::uint16_t>& first_ports) {
    HostPortSet ports;
    for (std::size_t i = 0; i < mappings.size(); ++i) {
        const auto& mapping = mappings[i];
        if (mapping.host_port != 0 || first_ports[i] == 0)
            continue;
        for (int each = mapping.container_port; each <= mapping.last_container_port; ++each)
            ports.insert({mapping.protocol, static_cast<std::uint16_t>(first_ports[i] + each -
                                                                       mapping.container_port)});
    }
    return ports;
}

Result<> check_reserved(const std::vector<PortMapping>& mappings, const HostPortSet& reserved) {
    for (const auto& mapping : mappings)
        if (mapping.host_port != 0 && reserved.contains({mapping.protocol, mapping.host_port}))
            return Error(Errc::conflict, "port " + std::to_string(mapping.host_port) +
                                             " of the host (" +
                                             std::string(definition::to_string(mapping.protocol)) +
                                             ") is reserved, see ECS_RESERVED_PORTS");
    return {};
}

bool is_port_conflict(const Error& error) {
    const std::string_view what = error.what();
    // The first: another container's. The second: any other program's.
    return what.find("port is already allocated") != what.npos ||
           what.find("address already in use") != what.npos;
}

} // namespace agent::containers
