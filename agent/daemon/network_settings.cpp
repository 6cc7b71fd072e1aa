#include "agent/daemon/network_settings.hpp"

namespace agent::daemon {

network::GuardSettings guard_settings(const config::Config& config) {
    network::GuardSettings settings;
    // The pool's first host is the gateway (ipam::Pool).
    const boost::asio::ip::address_v4 gateway(config.link_local_pool.address + 1);
    settings.bridge.name = config.bridge_name;
    settings.bridge.gateway = gateway;
    settings.bridge.prefix_length =
        static_cast<std::uint16_t>(config.link_local_pool.prefix_length);
    settings.table.bridge = config.bridge_name;
    settings.table.agent = gateway;
    settings.table.agent_port = config.endpoint_port;
    return settings;
}

} // namespace agent::daemon
