#pragma once
// Keeps the introspection server listening on the gateway address of every Docker bridge network,
// as they come and go. Loop thread.
// Failure: where it cannot listen that is a warning, once, and tried again every second. Podman gives
// a bridge its address with the first container on it; until then there is nobody to listen to, and no
// warning.

#include "agent/observer/container_networks.hpp"
#include "base/async.hpp"
#include "handlers/http/server.hpp"

#include <cstdint>
#include <map>
#include <set>
#include <string>

namespace agent::serving {

class IntrospectionListeners {
public:
    /// Both must outlive it; it takes the networks' change notification for itself.
    IntrospectionListeners(handlers::http::Server& server, observer::ContainerNetworks& networks,
                           std::uint16_t port);

    ~IntrospectionListeners() { networks_.on_change({}); }
    IntrospectionListeners(const IntrospectionListeners&) = delete;
    IntrospectionListeners& operator=(const IntrospectionListeners&) = delete;

    /// Until cancelled: tries again where it could not listen.
    base::Async<void> run();

private:
    /// Listens where it should and no longer where it should not.
    void follow();
    void listen(const std::string& address);

    handlers::http::Server& server_;
    observer::ContainerNetworks& networks_;
    std::uint16_t port_;
    std::set<std::string> listening_;
    std::map<std::string, std::string> failures_; ///< why not, by address
};

} // namespace agent::serving
