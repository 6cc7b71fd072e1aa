#pragma once
// Role: gives awsvpc tasks, and containers that are to have one of their own, their link-local address:
//   a durable lease, and a veth from ecs-bridge into the namespace of the pause container or theirs. What
//   is leased to whom survives our death; what nobody owns any more is collected at start.
// Threading: loop thread; the work is done on `disk` (SQLite, one thread) and `workers` (netlink).
// Failure: Results; nothing is left half connected.

#include "agent/network/veth.hpp"
#include "agent/state/disk.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "ipam/allocator.hpp"

#include <optional>
#include <set>
#include <string>

namespace agent::addresses {

struct LinkLocalSettings {
    std::string bridge;
    ipam::Address endpoint; ///< 169.254.170.2
};

/// May the namespace reach EC2's instance metadata service?
enum class InstanceMetadata { reachable, blocked };

class LinkLocal {
public:
    /// `leases` is used on `disk` only.
    LinkLocal(state::Disk& disk, base::WorkerPool& workers, ipam::LeaseTable& leases,
              LinkLocalSettings settings);

    /// The owner is a task's id, or a container's. Leases its address and connects the namespace. The
    /// address. exhausted when the pool is full, not_found when the namespace is gone; otherwise the
    /// store's or the kernel's error. Idempotent.
    base::Async<base::Result<std::string>> connect(std::string owner, std::string sandbox_key,
                                                   InstanceMetadata instance_metadata);

    /// The address that the owner has; nothing when it has none.
    base::Async<std::optional<std::string>> leased(std::string owner);

    /// Disconnects and frees the owner's address, in this order; fine when it has none.
    base::Async<base::Result<>> release(std::string owner);

    /// At start: takes back leases that only the veths still know (the database was lost), then
    /// frees every lease and removes every veth whose owner is not named.
    base::Async<base::Result<>> reconcile(std::set<std::string> owners);

private:
    state::Disk& disk_;
    base::WorkerPool& workers_;
    ipam::LeaseTable& leases_;
    LinkLocalSettings settings_;
};

} // namespace agent::addresses
