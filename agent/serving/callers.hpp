#pragma once
// Who is at the other end of a connection: may it connect at all, and which task is it? Joins the
// World, Docker's networks and the host's own addresses. Loop thread.

#include "agent/observer/container_networks.hpp"
#include "agent/observer/observer.hpp"
#include "base/async.hpp"
#include "handlers/caller.hpp"
#include "handlers/http/application.hpp"
#include "model/world.hpp"

#include <chrono>
#include <map>
#include <string>

namespace agent::serving {

class Callers : public handlers::CallerFinder, public handlers::http::PeerPolicy {
public:
    Callers(model::World& world, observer::Observer& observer,
            observer::ContainerNetworks& networks, base::Executor loop);

    /// An unknown address inside a container network is looked for in Docker once more, and waited
    /// for, half a second in all; that it is nobody's is remembered for a second.
    base::Async<model::Caller> find(std::string ipv4) override;

    bool is_current(const model::Caller& caller) override;

    bool is_host(std::string_view address) override;

    /// The host itself and containers of this host.
    bool may_connect(std::string_view address) override;

private:
    model::World& world_;
    observer::Observer& observer_;
    observer::ContainerNetworks& networks_;
    base::Notifier changed_;                                               ///< the World
    std::map<std::string, std::chrono::steady_clock::time_point> unknown_; ///< until when
    model::World::Subscription changes_;
};

/// Where the user has introspection listen on an outside address, whoever reaches it may ask.
class AnyPeer : public handlers::http::PeerPolicy {
public:
    bool may_connect(std::string_view /*address*/) override { return true; }
};

} // namespace agent::serving
