#include "ipam/lease_store.hpp"

#include "base/handle.hpp"

#include <sqlite3.h>

#include <array>
#include <string_view>

namespace ipam {

namespace {

using Database = base::Handle<sqlite3, &sqlite3_close>;
using Statement = base::Handle<sqlite3_stmt, &sqlite3_finalize>;

constexpr auto busy_timeout_ms = 5000;

constexpr auto schema = "create table if not exists leases("
                        " address text primary key, owner text not null unique,"
                        " created_at integer not null);"
                        "create table if not exists lease_position("
                        " id integer primary key check (id = 0), address text not null);";

base::Errc code_of(int sqlite_code) {
    switch (sqlite_code & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return base::Errc::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return base::Errc::unavailable;
    case SQLITE_CONSTRAINT: return base::Errc::conflict;
    case SQLITE_PERM:
    case SQLITE_READONLY: return base::Errc::permission;
    default: return base::Errc::io;
    }
}

base::Error failure(sqlite3* database, std::string_view doing) {
    return base::Error(code_of(sqlite3_extended_errcode(database)), sqlite3_errmsg(database)) +
           doing;
}

base::Result<> execute(sqlite3* database, const char* sql) {
    if (sqlite3_exec(database, sql, nullptr, nullptr, nullptr) != SQLITE_OK)
        return failure(database, "lease store");
    return {};
}

base::Result<Statement> prepare(sqlite3* database, const char* sql) {
    sqlite3_stmt* statement = nullptr;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, nullptr) !=
        SQLITE_OK) {
        // A plain SQL error means that the tables have other columns than ours.
        if (sqlite3_errcode(database) == SQLITE_ERROR)
            return base::Error(base::Errc::corrupt, sqlite3_errmsg(database)) + "lease store";
        return failure(database, "lease store");
    }
    return Statement(statement);
}

std::string text_at(sqlite3_stmt* row, int column) {
    const void* text = sqlite3_column_text(row, column);
    const auto length = static_cast<std::size_t>(sqlite3_column_bytes(row, column));
    return text == nullptr ? std::string() : std::string(static_cast<const char*>(text), length);
}

base::Result<Address> address_at(sqlite3_stmt* row, int column) {
    const auto text = text_at(row, column);
    boost::system::error_code error;
    const auto address = boost::asio::ip::make_address_v4(text, error);
    if (error)
        return base::Error(base::Errc::corrupt, "lease store: '" + text + "' is no address");
    return address;
}

void bind_text(sqlite3_stmt* statement, int place, std::string_view text) {
    sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()),
                      SQLITE_TRANSIENT);
}

/// A prepared statement in use: reset at the end, so that it holds no lock.
class Use {
public:
    explicit Use(const Statement& statement) : statement_(statement.get()) {}
    ~Use() { sqlite3_reset(statement_); }
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;

    sqlite3_stmt* get() const { return statement_; }
    /// True for a row, false at the end.
    base::Result<bool> step() {
        const auto outcome = sqlite3_step(statement_);
        if (outcome == SQLITE_ROW)
            return true;
        if (outcome == SQLITE_DONE)
            return false;
        return failure(sqlite3_db_handle(statement_), "lease store");
    }

private:
    sqlite3_stmt* statement_;
};

base::Result<> check_integrity(sqlite3* database) {
    TRY(const auto check, prepare(database, "pragma quick_check(1)"));
    Use use(check);
    TRY(const auto has_row, use.step());
    const auto verdict = has_row ? text_at(use.get(), 0) : "no answer";
    if (verdict != "ok")
        return base::Error(base::Errc::corrupt, "lease store: " + verdict);
    return {};
}

} // namespace

struct LeaseStore::Impl {
    Database database;
    Statement select, select_position, insert, set_position, erase;

    base::Result<> prepare_all();
    base::Result<> commit_or_roll_back(const base::Result<>& outcome);
    base::Result<> write(const Lease& lease, std::optional<Address> position);
    base::Result<> erase_owner(const std::string& owner);
};

base::Result<> LeaseStore::Impl::prepare_all() {
    auto* db = database.get();
    TRY(select, prepare(db, "select address, owner, created_at from leases order by address"));
    TRY(select_position, prepare(db, "select address from lease_position"));
    TRY(insert, prepare(db, "insert into leases(address, owner, created_at) values(?, ?, ?)"));
    TRY(set_position, prepare(db, "insert or replace into lease_position values(0, ?)"));
    TRY(erase, prepare(db, "delete from leases where owner = ?"));
    return {};
}

base::Result<> LeaseStore::Impl::commit_or_roll_back(const base::Result<>& outcome) {
    auto result = outcome;
    if (result)
        result = execute(database.get(), "commit");
    if (!result && sqlite3_get_autocommit(database.get()) == 0)
        sqlite3_exec(database.get(), "rollback", nullptr, nullptr, nullptr);
    return result;
}

base::Result<> LeaseStore::Impl::erase_owner(const std::string& owner) {
    Use use(erase);
    bind_text(use.get(), 1, owner);
    TRY(use.step());
    return {};
}

base::Result<> LeaseStore::Impl::write(const Lease& lease, std::optional<Address> position) {
    TRY(erase_owner(lease.owner));
    {
        Use use(insert);
        bind_text(use.get(), 1, lease.address.to_string());
        bind_text(use.get(), 2, lease.owner);
        sqlite3_bind_int64(use.get(), 3, lease.created_at);
        TRY(use.step());
    }
    if (position) {
        Use use(set_position);
        bind_text(use.get(), 1, position->to_string());
        TRY(use.step());
    }
    return {};
}

LeaseStore::LeaseStore(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LeaseStore::LeaseStore(LeaseStore&&) noexcept = default;
LeaseStore& LeaseStore::operator=(LeaseStore&&) noexcept = default;
LeaseStore::~LeaseStore() = default;

base::Result<LeaseStore> LeaseStore::open(const std::string& path) {
    auto impl = std::make_unique<Impl>();
    sqlite3* database = nullptr;
    const auto flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX;
    const auto opened = sqlite3_open_v2(path.c_str(), &database, flags, nullptr);
    impl->database.reset(database);
    if (opened != SQLITE_OK)
        return failure(database, "open " + path);
    sqlite3_busy_timeout(database, busy_timeout_ms);

    const auto set_up = [&]() -> base::Result<> {
        TRY(execute(database, "pragma journal_mode=wal; pragma synchronous=full"));
        TRY(check_integrity(database));
        TRY(execute(database, schema));
        return impl->prepare_all();
    };
    if (auto result = set_up(); !result)
        return std::move(result).error() + path;
    return LeaseStore(std::move(impl));
}

base::Result<std::vector<Lease>> LeaseStore::load() {
    std::vector<Lease> leases;
    Use use(impl_->select);
    for (;;) {
        TRY(const auto has_row, use.step());
        if (!has_row)
            return leases;
        TRY(const auto address, address_at(use.get(), 0));
        leases.push_back({text_at(use.get(), 1), address, sqlite3_column_int64(use.get(), 2)});
    }
}

base::Result<std::optional<Address>> LeaseStore::position() {
    Use use(impl_->select_position);
    TRY(const auto has_row, use.step());
    if (!has_row)
        return std::optional<Address>();
    TRY(const auto address, address_at(use.get(), 0));
    return std::optional(address);
}

base::Result<> LeaseStore::put(const Lease& lease, std::optional<Address> position) {
    TRY(execute(impl_->database.get(), "begin immediate"));
    return impl_->commit_or_roll_back(impl_->write(lease, position));
}

base::Result<> LeaseStore::remove(const std::vector<std::string>& owners) {
    TRY(execute(impl_->database.get(), "begin immediate"));
    const auto erase_all = [&]() -> base::Result<> {
        for (const auto& owner : owners)
            TRY(impl_->erase_owner(owner));
        return {};
    };
    return impl_->commit_or_roll_back(erase_all());
}

} // namespace ipam
