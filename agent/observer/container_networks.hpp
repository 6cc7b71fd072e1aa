#pragma once
// Docker's networks on this host: which addresses are containers', and where their gateways are
// (the introspection server listens there). Only bridges of this host count: a macvlan or ipvlan
// network has the addresses of the host's own network, an overlay those of other hosts' containers.
// Replaced whole by the observer; the loop thread only.

#include "agent/docker/types.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include <functional>
#include <string>
#include <vector>

namespace agent::observer {

class ContainerNetworks {
public:
    using Address = boost::asio::ip::address;

    /// `link_local` is the pool of ecs-bridge; it always counts as a container network.
    explicit ContainerNetworks(boost::asio::ip::network_v4 link_local);
    /// When its observer has left.
    ~ContainerNetworks();
    ContainerNetworks(const ContainerNetworks&) = delete;
    ContainerNetworks& operator=(const ContainerNetworks&) = delete;

    /// Takes over what Docker lists. Subnets that do not parse are passed over. Calls the observer
    /// when the gateways have changed.
    void replace(const std::vector<docker::Network>& networks);

    /// Whether the address is inside a bridge network of this host: nobody but its containers has one.
    bool contains(const Address& address) const;
    /// Whether the networks of all addresses of a container are known, of whatever kind they are.
    /// Addresses that do not parse count as known.
    bool know(const docker::ContainerInspect& inspect) const;
    /// The host's own IPv4 addresses on Docker's bridges, ordered.
    const std::vector<Address>& gateways() const { return gateways_; }

    /// Called when gateways() changed; the one observer leaves by an empty one.
    void on_change(std::function<void()> observer) { observer_ = std::move(observer); }

private:
    struct Subnets {
        std::vector<boost::asio::ip::network_v4> v4;
        std::vector<boost::asio::ip::network_v6> v6;

        /// What does not parse is passed over.
        void add(const std::string& subnet);
        bool contain(const Address& address) const;
    };

    boost::asio::ip::network_v4 link_local_;
    Subnets own_;    ///< nobody but containers of this host is in there
    Subnets shared_; ///< other machines may be
    std::vector<Address> gateways_;
    std::function<void()> observer_;
};

} // namespace agent::observer
