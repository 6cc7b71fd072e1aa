#include "agent/stats/readings.hpp"

#include "agent/network/veth.hpp"
#include "agent/stats/text.hpp"

#include <algorithm>
#include <array>

namespace agent::stats {

namespace {

/// The kernel makes these in each new namespace where their modules are loaded; nobody uses them.
constexpr std::array<std::string_view, 9> of_the_kernel{
    "erspan0", "gre0", "gretap0", "ip6_vti0", "ip6gre0", "ip6tnl0", "ip_vti0", "sit0", "tunl0"};
constexpr std::size_t most_interfaces = 256;

bool is_dockers(std::string_view name) {
    return name != "lo" && name != network::container_interface &&
           std::find(of_the_kernel.begin(), of_the_kernel.end(), name) == of_the_kernel.end();
}

model::InterfaceStats counters(std::string_view text) {
    // Received: bytes packets errs drop fifo frame compressed multicast; sent: the same first four.
    constexpr std::size_t sent = 8;
    std::array<std::uint64_t, 12> column{};
    for (auto& value : column)
        value = number_in(next_word(text));
    return {column[0],    column[1],        column[2],        column[3],
            column[sent], column[sent + 1], column[sent + 2], column[sent + 3]};
}

} // namespace

std::map<std::string, model::InterfaceStats> interfaces(std::string_view text) {
    std::map<std::string, model::InterfaceStats> all;
    each_line(text, [&](std::string_view line) {
        const auto colon = line.find(':');
        if (colon == std::string_view::npos || all.size() >= most_interfaces)
            return;
        auto name = line.substr(0, colon);
        if (const auto word = next_word(name); is_dockers(word))
            all.emplace(word, counters(line.substr(colon + 1)));
    });
    return all;
}

} // namespace agent::stats
