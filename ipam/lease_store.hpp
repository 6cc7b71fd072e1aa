#pragma once
// Leases on disk: two tables in a SQLite file that others may share (WAL, synchronous=FULL). What a
// call wrote is there after a power cut when the call has returned. Every call blocks; one thread
// at a time. Owned by LeaseTable.

#include "base/error.hpp"
#include "base/sqlite.hpp"
#include "ipam/pool.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace ipam {

struct Lease {
    std::string owner;
    Address address;
    std::int64_t created_at = 0; ///< seconds since the epoch

    bool operator==(const Lease&) const = default;
};

class LeaseStore {
public:
    /// Opens or makes the file and the tables. corrupt: the file is no database, damaged, or its
    /// tables are not ours (set it aside and open again); unavailable: locked for more than 5 s;
    /// else io or permission.
    static base::Result<LeaseStore> open(const std::string& path);
    /// All leases, by address text. corrupt when a row cannot be read.
    base::Result<std::vector<Lease>> load();
    /// The address that was allocated last.
    base::Result<std::optional<Address>> position();
    /// Stores the lease in place of any other of this owner, and the position if one is given, in
    /// one transaction. conflict when another owner has the address.
    base::Result<> put(const Lease& lease, std::optional<Address> position);
    /// Removes these owners' leases in one transaction; owners without one are ignored.
    base::Result<> remove(const std::vector<std::string>& owners);

private:
    explicit LeaseStore(base::Database database) : database_(std::move(database)) {}
    base::Database database_;
};

} // namespace ipam
