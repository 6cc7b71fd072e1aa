#pragma once
// Keeps the introspection server listening on the gateway address of every Docker bridge network,
// as they come and go. Loop thread.

#include "agent/observer/container_networks.hpp"
#include "handlers/http/server.hpp"

#include <cstdint>
#include <set>
#include <string>

namespace agent::wiring {

class IntrospectionListeners {
public:
    /// Both must outlive it; it takes the networks' change notification for itself.
    IntrospectionListeners(handlers::http::Server& server, observer::ContainerNetworks& networks,
                           std::uint16_t port);

    ~IntrospectionListeners() { networks_.on_change({}); }
    IntrospectionListeners(const IntrospectionListeners&) = delete;
    IntrospectionListeners& operator=(const IntrospectionListeners&) = delete;

    /// Listens where it should and no longer where it should not. An address whose port is taken is
    /// logged as a warning and left out until the next change.
    void follow();

private:
    handlers::http::Server& server_;
    observer::ContainerNetworks& networks_;
    std::uint16_t port_;
    std::set<std::string> listening_;
};

} // namespace agent::wiring
