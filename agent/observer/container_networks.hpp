#pragma once
// Docker's networks on this host: which addresses are containers', and where their gateways are
// (the introspection server listens there). Replaced whole by the observer; the loop thread only.

#include "agent/docker/types.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <functional>
#include <vector>

namespace agent::observer {

class ContainerNetworks {
public:
    using Address = boost::asio::ip::address;

    /// `link_local` is the pool of ecs-bridge; it always counts as a container network.
    explicit ContainerNetworks(boost::asio::ip::network_v4 link_local);

    /// Takes over what Docker lists. Subnets that do not parse are passed over. Calls the observer
    /// when the gateways have changed.
    void replace(const std::vector<docker::Network>& networks);

    /// Whether the address is inside a container network of this host.
    bool contains(const Address& address) const;
    /// Whether all addresses of a container are. Those that do not parse count as inside.
    bool contain(const docker::ContainerInspect& inspect) const;
    /// The host's own IPv4 addresses on Docker's bridges, ordered.
    const std::vector<Address>& gateways() const { return gateways_; }

    /// Called when gateways() changed.
    void on_change(std::function<void()> observer) { observer_ = std::move(observer); }

private:
    boost::asio::ip::network_v4 link_local_;
    std::vector<boost::asio::ip::network_v4> subnets_v4_;
    std::vector<boost::asio::ip::network_v6> subnets_v6_;
    std::vector<Address> gateways_;
    std::function<void()> observer_;
};

} // namespace agent::observer
