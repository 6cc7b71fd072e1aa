#pragma once
// Role: where the handlers meet the daemon: both servers, what each of the handlers' interfaces is here,
//   and where they listen.
// Threading: the loop thread.
// Failure: what the loopback refuses is an error; a bridge address that somebody else holds is tried
//   again until it is free, which the log and trouble() tell.

#include "agent/observer/container_networks.hpp"
#include "agent/serving/callers.hpp"
#include "agent/serving/introspection_listeners.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "handlers/http/server.hpp"
#include "handlers/introspection/introspection_api.hpp"
#include "handlers/task_api.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace agent::serving {

/// The handlers' interfaces, each with who implements it here; all outlive the servers.
struct Sources {
    Callers& callers;                         ///< CallerFinder and PeerPolicy
    handlers::PendingChanges& pending;        ///< the observer
    handlers::Newcomers& newcomers;           ///< the registrar
    handlers::StatsSource& stats;             ///< the sampler
    handlers::ProtectionKeeper& protection;   ///< the tasks' protections
    handlers::CredentialsSource& credentials; ///< the broker
    handlers::AuditLog& audit;                ///< AuditLogFile
    handlers::introspection::HealthSource& health;
};

struct ServerSettings {
    std::string gateway; ///< of our bridge: where containers reach both servers
    std::uint16_t endpoint_port = 0;
    std::uint16_t introspection_port = 0;
    /// Outside addresses that the user has introspection listen on; whoever reaches them may ask.
    std::vector<std::string> introspection_addresses;
    handlers::http::Limits limits;
    handlers::RequestLimits request_limits;
    handlers::LocalEndpoints local_endpoints = handlers::LocalEndpoints::off;
    std::string license; ///< what /license answers
};

class Servers {
public:
    Servers(base::Executor loop, model::World& world, observer::ContainerNetworks& networks,
            const Sources& sources, ServerSettings settings);

    /// On the loopback, and wherever else it can; tries again, until stop(), where it could not. What the
    /// loopback refuses.
    base::Result<> listen();
    /// Gives requests that are being answered 2 s.
    base::Async<void> stop();

    /// Why the bridge's address is not listened on; "" when it is.
    const std::string& trouble() const { return trouble_; }

private:
    base::Async<void> listen_on_bridge();

    ServerSettings settings_;
    observer::ContainerNetworks& networks_;
    AnyPeer any_peer_;
    handlers::TaskApi task_api_;
    handlers::introspection::IntrospectionApi introspection_api_;
    handlers::http::Server endpoint_;
    handlers::http::Server introspection_;
    std::optional<IntrospectionListeners> listeners_;
    base::TaskGroup work_;
    std::string trouble_;
};

} // namespace agent::serving
