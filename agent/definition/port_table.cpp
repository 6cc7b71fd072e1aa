#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;
using P = PortMapping;
using Port = std::uint16_t;

struct PortRange {
    Port first;
    Port last;
};

Result<PortRange> read_range(const Json& value, const Place& place) {
    TRY(const std::string text, read_text(value, place));
    const auto dash = text.find('-');
    const auto first = whole_number(std::string_view(text).substr(0, dash));
    const auto last = dash == std::string::npos
                          ? std::nullopt
                          : whole_number(std::string_view(text).substr(dash + 1));
    if (!first || !last || *first < 1 || *first >= *last || *last > 65535)
        return expected(place, "two ports from 1 to 65535, the lesser first, such as \"8000-8010\"",
                        value);
    return PortRange{static_cast<Port>(*first), static_cast<Port>(*last)};
}

/// containerPort and containerPortRange fill the same members, and only one of them may.
Result<> store_ports(PortRange ports, const Place& place, P& into) {
    if (into.container_port != 0)
        return refuse(place, "a mapping has a containerPort or a containerPortRange, not both");
    into.container_port = ports.first;
    into.last_container_port = ports.last;
    return {};
}

Result<> store_port(const Json& value, const Place& place, P& into) {
    TRY(const auto port, (read_whole<1, 65535, Port>(value, place)));
    return store_ports({port, port}, place, into);
}

Result<> store_range(const Json& value, const Place& place, P& into) {
    TRY(const auto range, read_range(value, place));
    return store_ports(range, place, into);
}

/// As ECS takes them; Service Connect would make host names of them.
Result<std::string> read_port_name(const Json& value, const Place& place) {
    TRY(std::string name, read_text(value, place));
    const auto allowed = [](char c) { return is_word(c) && (c < 'A' || c > 'Z'); };
    if (name.empty() || name.size() > 64 || name.starts_with('-') ||
        !std::ranges::all_of(name, [&](char c) { return allowed(c) || c == '-'; }))
        return expected(place, "1 to 64 lower-case letters, digits, '-' and '_', not '-' in front",
                        value);
    return name;
}

constexpr std::array<std::string_view, 3> app_protocols{"http", "http2", "grpc"};

Result<> check_mapping(P& port, const Place& place) {
    if (port.container_port == 0)
        return refuse(join(place, "containerPort"), "required, or a containerPortRange");
    if (port.is_range() && port.host_port != 0)
        return refuse(join(place, "hostPort"),
                      "not beside containerPortRange: the agent chooses the host's ports");
    return {};
}

} // namespace

Table<P> port_table() {
    static constexpr auto rows = std::to_array<FieldRow<P>>({
        {"containerPort", Support::honoured, store_port,
         [](const P& port) { return port.is_range() ? Json() : Json(port.container_port); }},
        {"containerPortRange", Support::honoured, store_range,
         [](const P& port) {
             return port.is_range() ? Json(std::to_string(port.container_port) + '-' +
                                           std::to_string(port.last_container_port))
                                    : Json();
         }},
        // A range's follows from the network mode.
        {"hostPort", Support::honoured, store<&P::host_port, read_whole<0, 65535, Port>>,
         [](const P& port) {
             return port.is_range() || port.host_port == 0 ? Json() : Json(port.host_port);
         }},
        honoured<&P::protocol, read_word<Protocol::tcp, Protocol::udp>>("protocol"),
        honoured<&P::name, read_port_name>("name"),
        honoured<&P::app_protocol, read_choice<app_protocols>>("appProtocol"),
    });
    return {rows, check_mapping};
}

} // namespace agent::definition
