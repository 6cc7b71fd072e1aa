#include "ipam/lease_store.hpp"

#include <boost/asio/ip/address_v4.hpp>

namespace ipam {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// In a file of an earlier version the agent's steps (agent/state) have brought them to this form before:
/// a change here is a step there.
constexpr auto schema = "CREATE TABLE IF NOT EXISTS leases("
                        " address TEXT PRIMARY KEY, owner TEXT NOT NULL UNIQUE,"
                        " created_at INTEGER NOT NULL);"
                        "CREATE TABLE IF NOT EXISTS lease_position("
                        " id INTEGER PRIMARY KEY CHECK (id = 0), address TEXT NOT NULL);";

Result<Address> to_address(const std::string& text) {
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v4(text, error);
    if (error)
        return Error(Errc::corrupt, "'" + text + "' is no address");
    return address;
}

} // namespace

Result<LeaseStore> LeaseStore::open(const std::string& path) {
    auto database = base::Database::open(path);
    if (!database)
        return database.error() + "lease store";
    LeaseStore store(std::move(*database));
    if (auto made = store.database_.execute(schema); !made)
        return made.error() + "lease store";
    // A table of that name with other columns is found here, not at the first lease.
    if (auto read = store.load(); !read)
        return read.error();
    if (auto read = store.position(); !read)
        return read.error();
    return store;
}

Result<std::vector<Lease>> LeaseStore::load() {
    TRY(auto rows,
        database_.prepare("SELECT address, owner, created_at FROM leases ORDER BY address"));
    std::vector<Lease> leases;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return leases;
        auto address = to_address(rows.text(0));
        if (!address)
            return address.error() + "lease store";
        leases.push_back({rows.text(1), *address, rows.number(2)});
    }
}

Result<std::optional<Address>> LeaseStore::position() {
    TRY(auto rows, database_.prepare("SELECT address FROM lease_position"));
    TRY(const bool row, rows.step());
    if (!row)
        return std::optional<Address>();
    auto address = to_address(rows.text(0));
    if (!address)
        return address.error() + "lease store";
    return std::optional(*address);
}

Result<> LeaseStore::put(const Lease& lease, std::optional<Address> position) {
    return database_.transaction([&]() -> Result<> {
        TRY(database_.run("DELETE FROM leases WHERE owner = ?", {lease.owner}));
        TRY(auto insert, database_.prepare("INSERT INTO leases VALUES(?, ?, ?)"));
        TRY(insert.bind(lease.address.to_string()).bind(lease.owner).bind(lease.created_at).step());
        if (position)
            TRY(database_.run("INSERT OR REPLACE INTO lease_position VALUES(0, ?)",
                              {position->to_string()}));
        return {};
    });
}

Result<> LeaseStore::remove(const std::vector<std::string>& owners) {
    return database_.transaction([&]() -> Result<> {
        for (const auto& owner : owners)
            TRY(database_.run("DELETE FROM leases WHERE owner = ?", {owner}));
        return {};
    });
}

} // namespace ipam
