#include "ipam/allocator.hpp"

#include "base/time.hpp"

#include <chrono>

namespace ipam {

namespace {

constexpr std::size_t max_owner = 200;

base::Result<> check_owner(const std::string& owner) {
    if (owner.empty() || owner.size() > max_owner)
        return base::Error(base::Errc::invalid_argument,
                           "lease owner must have 1 to " + std::to_string(max_owner) +
                               " bytes, not " + std::to_string(owner.size()));
    return {};
}

std::vector<Lease> values_of(const std::map<std::string, Lease>& leases) {
    std::vector<Lease> result;
    result.reserve(leases.size());
    for (const auto& [owner, lease] : leases)
        result.push_back(lease);
    return result;
}

} // namespace

LeaseTable::LeaseTable(Pool pool, LeaseStore store)
    : pool_(std::move(pool)), store_(std::move(store)) {}

base::Result<LeaseTable> LeaseTable::open(const std::string& path, const Subnet& subnet) {
    TRY(auto pool, Pool::make(subnet));
    TRY(auto store, LeaseStore::open(path));
    LeaseTable table(std::move(pool), std::move(store));
    TRY(auto leases, table.store_.load());
    for (auto& lease : leases) {
        const auto taken = table.pool_.reserve(lease.address);
        auto& where = taken ? table.leases_ : table.outside_;
        where.emplace(lease.owner, lease);
    }
    TRY(const auto position, table.store_.position());
    if (position)
        table.pool_.continue_after(*position);
    return table;
}

base::Result<Lease> LeaseTable::assign(const std::string& owner) {
    TRY(check_owner(owner));
    if (const auto found = leases_.find(owner); found != leases_.end())
        return found->second;
    TRY(const auto address, pool_.allocate());
    return store_new(owner, address, true);
}

base::Result<Lease> LeaseTable::assign(const std::string& owner, Address wanted) {
    TRY(check_owner(owner));
    if (const auto found = leases_.find(owner); found != leases_.end()) {
        if (found->second.address == wanted)
            return found->second;
        return base::Error(base::Errc::conflict, owner + " has " +
                                                     found->second.address.to_string() + ", not " +
                                                     wanted.to_string());
    }
    TRY(const auto taken, pool_.reserve(wanted));
    if (!taken)
        return base::Error(base::Errc::conflict,
                           wanted.to_string() + " is leased to another than " + owner);
    return store_new(owner, wanted, false);
}

base::Result<Lease> LeaseTable::store_new(const std::string& owner, Address address,
                                          bool moves_position) {
    const auto seconds =
        std::chrono::duration_cast<std::chrono::seconds>(base::now().time_since_epoch()).count();
    Lease lease{owner, address, seconds};
    const auto position = moves_position ? std::optional(address) : std::nullopt;
    if (auto stored = store_.put(lease, position); !stored) {
        pool_.release(address);
        return std::move(stored).error() + ("lease " + address.to_string() + " to " + owner);
    }
    outside_.erase(owner);
    leases_.emplace(owner, lease);
    return lease;
}

base::Result<bool> LeaseTable::release(const std::string& owner) {
    const auto found = leases_.find(owner);
    if (found == leases_.end() && !outside_.contains(owner))
        return false;
    TRY(store_.remove({owner}));
    outside_.erase(owner);
    if (found != leases_.end()) {
        pool_.release(found->second.address);
        leases_.erase(found);
    }
    return true;
}

base::Result<std::vector<Lease>> LeaseTable::release_except(const std::set<std::string>& live) {
    std::vector<Lease> gone;
    std::vector<std::string> owners;
    for (const auto* leases : {&leases_, &outside_})
        for (const auto& [owner, lease] : *leases)
            if (!live.contains(owner)) {
                gone.push_back(lease);
                owners.push_back(owner);
            }
    if (gone.empty())
        return gone;
    TRY(store_.remove(owners));
    for (const auto& lease : gone) {
        pool_.release(lease.address);
        leases_.erase(lease.owner);
        outside_.erase(lease.owner);
    }
    return gone;
}

std::optional<Lease> LeaseTable::find(const std::string& owner) const {
    const auto found = leases_.find(owner);
    return found == leases_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<Lease> LeaseTable::list() const {
    return values_of(leases_);
}

std::vector<Lease> LeaseTable::outside() const {
    return values_of(outside_);
}

} // namespace ipam
