#include "agent/observer/container_networks.hpp"

#include "base/empty_at_end.hpp"

#include <boost/system/error_code.hpp>

#include <algorithm>
#include <optional>

namespace agent::observer {

namespace ip = boost::asio::ip;

namespace {

/// Engines of before scopes say none.
bool is_bridge_of_this_host(const docker::Network& network) {
    return network.driver == "bridge" && (network.scope.empty() || network.scope == "local");
}

/// The first host's where Docker says none; nothing for IPv6.
std::optional<ip::address> gateway_of(const docker::IpamConfig& config) {
    boost::system::error_code failure;
    const auto subnet = ip::make_network_v4(config.subnet, failure);
    if (failure)
        return std::nullopt;
    const auto gateway = ip::make_address_v4(config.gateway, failure);
    if (failure)
        return ip::address_v4(subnet.canonical().network().to_uint() + 1);
    return gateway;
}

template <class Subnet, class Host>
bool is_inside(const Subnet& subnet, const Host& host) {
    return Subnet(host, subnet.prefix_length()).canonical() == subnet;
}

} // namespace

void ContainerNetworks::Subnets::add(const std::string& subnet) {
    boost::system::error_code failure;
    const auto subnet_v4 = ip::make_network_v4(subnet, failure);
    if (!failure) {
        v4.push_back(subnet_v4.canonical());
        return;
    }
    const auto subnet_v6 = ip::make_network_v6(subnet, failure);
    if (!failure)
        v6.push_back(subnet_v6.canonical());
}

bool ContainerNetworks::Subnets::contain(const Address& address) const {
    if (address.is_v4())
        return std::any_of(v4.begin(), v4.end(),
                           [&](const auto& subnet) { return is_inside(subnet, address.to_v4()); });
    return std::any_of(v6.begin(), v6.end(),
                       [&](const auto& subnet) { return is_inside(subnet, address.to_v6()); });
}

ContainerNetworks::ContainerNetworks(ip::network_v4 link_local)
    : link_local_(link_local), own_{{link_local}, {}} {}

ContainerNetworks::~ContainerNetworks() {
    base::assert_empty_at_end("observers of Docker's networks", observer_ ? 1 : 0);
}

void ContainerNetworks::replace(const std::vector<docker::Network>& networks) {
    own_ = {{link_local_}, {}};
    shared_ = {};
    std::vector<Address> gateways;
    for (const auto& network : networks) {
        const bool own = is_bridge_of_this_host(network);
        for (const auto& config : network.ipam) {
            (own ? own_ : shared_).add(config.subnet);
            // Only a bridge has its gateway on this host.
            if (const auto gateway = gateway_of(config); own && gateway)
                gateways.push_back(*gateway);
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
    return own_.contain(address);
}

bool ContainerNetworks::know(const docker::ContainerInspect& inspect) const {
    const auto is_known = [&](const std::string& text) {
        boost::system::error_code failure;
        const auto address = ip::make_address(text, failure);
        return failure || own_.contain(address) || shared_.contain(address);
    };
    const auto& networks = inspect.network_settings.networks;
    return std::all_of(networks.begin(), networks.end(), [&](const auto& entry) {
        return is_known(entry.second.ip) && is_known(entry.second.ipv6);
    });
}

} // namespace agent::observer
