#include "agent/wiring/introspection_listeners.hpp"

#include "base/log.hpp"

namespace agent::wiring {

namespace log = base::log;

IntrospectionListeners::IntrospectionListeners(handlers::http::Server& server,
                                               observer::ContainerNetworks& networks,
                                               std::uint16_t port)
    : server_(server), networks_(networks), port_(port) {
    networks_.on_change([this] { follow(); });
    follow();
}

void IntrospectionListeners::follow() {
    std::set<std::string> wanted;
    for (const auto& gateway : networks_.gateways())
        wanted.insert(gateway.to_string());
    for (const auto& address : wanted) {
        if (listening_.contains(address))
            continue;
        const auto bound = server_.listen({address, port_});
        if (bound) {
            listening_.insert(address);
            log::debug("introspection listens", {{"address", address}});
        } else {
            log::warn("introspection cannot listen on a container bridge, ignoring",
                      {{"address", address}, log::why(bound.error())});
        }
    }
    std::erase_if(listening_, [&](const std::string& address) {
        if (wanted.contains(address))
            return false;
        server_.stop_listening({address, port_});
        return true;
    });
}

} // namespace agent::wiring
