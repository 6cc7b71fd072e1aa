#pragma once
// Who has which address. LeaseTable joins the pool (memory) with the store (disk): what assign()
// returned is durable, and the same owner gets the same address until it is released. Every
// changing call may wait for the disk, so it runs on a worker thread; one call at a time.

#include "base/error.hpp"
#include "ipam/lease_store.hpp"
#include "ipam/pool.hpp"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace ipam {

class LeaseTable {
public:
    /// Opens the state file and loads its leases. Errors as LeaseStore::open (corrupt: set the file
    /// aside, open again, then restore with assign(owner, address)) and Pool::make. Leases outside
    /// of the subnet (another pool was configured before) are kept apart, see outside().
    static base::Result<LeaseTable> open(const std::string& path, const Subnet& subnet);

    /// The owner's lease, made if there is none. exhausted when the pool is full, invalid_argument
    /// for an owner that is empty or longer than 200 bytes, or a store's error; nothing has changed
    /// then.
    base::Result<Lease> assign(const std::string& owner);
    /// The same with the wanted address, to restore what a container has. conflict when the address
    /// is another owner's or the owner has another, invalid_argument when it is not of this pool.
    base::Result<Lease> assign(const std::string& owner, Address wanted);

    /// Frees the owner's address; false when there was none.
    base::Result<bool> release(const std::string& owner);
    /// Frees all whose owner is not named, those outside of the pool included, and returns them.
    base::Result<std::vector<Lease>> release_except(const std::set<std::string>& live);

    std::optional<Lease> find(const std::string& owner) const;
    /// By owner.
    std::vector<Lease> list() const;
    /// Leases of an earlier pool. They are given to nobody and not found; assign() to such an owner
    /// replaces its old one, release() forgets it.
    std::vector<Lease> outside() const;
    const Pool& pool() const { return pool_; }

private:
    LeaseTable(Pool pool, LeaseStore store);
    base::Result<Lease> store_new(const std::string& owner, Address address, bool moves_position);

    Pool pool_;
    LeaseStore store_;
    std::map<std::string, Lease> leases_;
    std::map<std::string, Lease> outside_;
};

} // namespace ipam
