#include "agent/observer/container_networks.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>

namespace agent::observer {

namespace ip = boost::asio::ip;

ContainerNetworks::ContainerNetworks(ip::network_v4 link_local)
    : link_local_(link_local), subnets_v4_{link_local} {}

void ContainerNetworks::replace(const std::vector<docker::Network>& networks) {
    subnets_v4_ = {link_local_};
    subnets_v6_.clear();
    std::vector<Address> gateways;
    for (const auto& network : networks) {
        for (const auto& config : network.ipam) {
            boost::system::error_code failure;
            const auto subnet = ip::make_network_v4(config.subnet, failure);
            if (failure) {
                const auto subnet_v6 = ip::make_network_v6(config.subnet, failure);
                if (!failure)
                    subnets_v6_.push_back(subnet_v6.canonical());
                continue;
            }
            subnets_v4_.push_back(subnet.canonical());
            // Only bridges have their gateway on this host; an overlay's is elsewhere.
            if (network.driver != "bridge")
                continue;
            auto gateway = ip::make_address_v4(config.gateway, failure);
            if (failure)
                gateway = ip::address_v4(subnet.canonical().network().to_uint() + 1);
            gateways.emplace_back(gateway);
        }
    }
    std::sort(gateways.begin(), gateways.end());
    gateways.erase(std::unique(gateways.begin(), gateways.end()), gateways.end());
    if (gateways == gateways_)
        return;
    gateways_ = std::move(gateways);
    if (observer_)
        observer_();
}

bool ContainerNetworks::contains(const Address& address) const {
    const auto inside = [](const auto& subnet, const auto& host) {
        const auto single = typename std::decay_t<decltype(subnet)>(host, subnet.prefix_length());
        return single.canonical() == subnet;
    };
    if (address.is_v4())
        return std::any_of(subnets_v4_.begin(), subnets_v4_.end(),
                           [&](const auto& subnet) { return inside(subnet, address.to_v4()); });
    return std::any_of(subnets_v6_.begin(), subnets_v6_.end(),
                       [&](const auto& subnet) { return inside(subnet, address.to_v6()); });
}

bool ContainerNetworks::contain(const docker::ContainerInspect& inspect) const {
    const auto is_inside = [&](const std::string& text) {
        boost::system::error_code failure;
        const auto address = ip::make_address(text, failure);
        return failure || contains(address);
    };
    const auto& networks = inspect.network_settings.networks;
    return std::all_of(networks.begin(), networks.end(), [&](const auto& entry) {
        return is_inside(entry.second.ip) && is_inside(entry.second.ipv6);
    });
}

} // namespace agent::observer
