#include "agent/containers/host_port_claims.hpp"

#include <algorithm>

namespace agent::containers {

bool HostPortClaims::claim(const std::string& owner, HostPortSet ports) {
    release(owner);
    const auto taken = of_others(owner);
    if (std::ranges::any_of(ports, [&](const auto& port) { return taken.contains(port); }))
        return false;
    if (!ports.empty())
        claims_.emplace(owner, std::move(ports));
    return true;
}

HostPortSet HostPortClaims::of_others(const std::string& owner) const {
    HostPortSet ports;
    for (const auto& [each, claimed] : claims_)
        if (each != owner)
            ports.insert(claimed.begin(), claimed.end());
    return ports;
}

} // namespace agent::containers
