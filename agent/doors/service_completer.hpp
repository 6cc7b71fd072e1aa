#pragma once
// Role: completes the specifications of Docker's services that are made or changed through the socket of a
//   manager, for all of their tasks on all hosts, by Swarm's own templates. What it adds follows from the
//   specification, the host's rules and the cluster's key alone: a stack that is deployed once more as it
//   is stays as it is, and none of its tasks is replaced.
// Owner: the create completer. Threading: any; nothing is waited for.
// Failure: what cannot be read goes on as it was sent.

#include "agent/containers/completion.hpp"
#include "agent/doors/cluster_key.hpp"
#include "agent/doors/proxy/completer.hpp"

#include <optional>
#include <utility>

namespace agent::doors {

class ServiceCompleter {
public:
    /// `key`: nothing where this host has none; then no service gets a role. `serves_volumes`: whether the
    /// agent serves its volumes to this host's engine; where it does not, no service gets one, since no
    /// task could be placed where nobody serves them.
    ServiceCompleter(std::optional<ClusterKey> key, bool serves_volumes)
        : key_(std::move(key)), serves_volumes_(serves_volumes) {}

    /// Of a service or of its update. The new body wants to know nothing of the engine's answer. Why a
    /// service gets no role is said in the log.
    proxy::Completed complete(const proxy::CreateRequest& create,
                              const containers::Host& host) const;

private:
    void withhold_role(containers::Plan& plan, const std::string& service) const;

    std::optional<ClusterKey> key_;
    bool serves_volumes_;
};

} // namespace agent::doors
