#include "base/sqlite.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <cstdio>
#include <ctime>
#include <filesystem>

namespace base {

namespace {

Error to_error(sqlite3* database, int code, std::string_view doing) {
    auto kind = Errc::io;
    switch (code & 0xFF) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: kind = Errc::corrupt; break;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: kind = Errc::unavailable; break;
    case SQLITE_CONSTRAINT: kind = Errc::conflict; break;
    case SQLITE_PERM:
    case SQLITE_READONLY:
    case SQLITE_AUTH: kind = Errc::permission; break;
    // A statement that does not fit the tables: they are not ours.
    case SQLITE_ERROR: kind = Errc::corrupt; break;
    default: break;
    }
    const char* text = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
    return {kind, std::string(doing) + ": " + text};
}

} // namespace

Statement& Statement::bind(std::string_view text) {
    sqlite3_bind_text(statement_.get(), next_parameter_++, text.data(),
                      static_cast<int>(text.size()), SQLITE_TRANSIENT);
    return *this;
}

Statement& Statement::bind(std::int64_t number) {
    sqlite3_bind_int64(statement_.get(), next_parameter_++, number);
    return *this;
}

Result<bool> Statement::step() {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW)
        return true;
    if (code == SQLITE_DONE)
        return false;
    return to_error(sqlite3_db_handle(statement_.get()), code, "database");
}

std::string Statement::text(int column) const {
    const auto* data = sqlite3_column_text(statement_.get(), column);
    const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column));
    return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
}

std::int64_t Statement::number(int column) const {
    return sqlite3_column_int64(statement_.get(), column);
}

Result<Database> Database::open(const std::string& path) {
    sqlite3* raw = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    const int code = sqlite3_open_v2(path.c_str(), &raw, flags, nullptr);
    Database database(raw);
    if (code != SQLITE_OK)
        return to_error(raw, code, "open database " + path);
    ::chmod(path.c_str(), S_IRUSR | S_IWUSR);
    sqlite3_busy_timeout(raw, 5000);
    if (auto set = database.execute("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"); !set)
        return set.error() + ("open " + path);
    TRY(auto check, database.prepare("PRAGMA quick_check(1)"));
    TRY(const bool row, check.step());
    if (!row || check.text(0) != "ok")
        return Error(Errc::corrupt,
                     "database " + path + ": " + (row ? check.text(0) : "no answer"));
    return database;
}

Result<> Database::execute(const std::string& sql) {
    const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK)
        return to_error(database_.get(), code, "database");
    return {};
}

Result<Statement> Database::prepare(std::string_view sql) {
    sqlite3_stmt* raw = nullptr;
    const int code = sqlite3_prepare_v2(database_.get(), sql.data(), static_cast<int>(sql.size()),
                                        &raw, nullptr);
    if (code != SQLITE_OK)
        return to_error(database_.get(), code, "database");
    return Statement(raw);
}

Result<> Database::transaction(const std::function<Result<>()>& work) {
    TRY(execute("BEGIN IMMEDIATE"));
    auto done = work();
    if (done)
        done = execute("COMMIT");
    if (!done && sqlite3_get_autocommit(database_.get()) == 0)
        sqlite3_exec(database_.get(), "ROLLBACK", nullptr, nullptr, nullptr);
    return done;
}

Result<> Database::run(std::string_view sql, const std::vector<std::string>& values) {
    TRY(auto statement, prepare(sql));
    for (const auto& value : values)
        statement.bind(value);
    for (;;) {
        TRY(const bool row, statement.step());
        if (!row)
            return {};
    }
}

Result<std::string> set_database_aside(const std::string& path) {
    const auto aside = path + ".corrupt-" + std::to_string(std::time(nullptr));
    if (std::rename(path.c_str(), aside.c_str()) != 0)
        return from_errno("rename " + path);
    for (const auto* journal : {"-wal", "-shm"}) {
        std::error_code ignored; // a journal need not be there
        std::filesystem::rename(path + journal, aside + journal, ignored);
    }
    return aside;
}

} // namespace base
