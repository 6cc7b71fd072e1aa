#include "base/sqlite.hpp"

#include "base/fd_linux.hpp"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <map>
#include <system_error>

namespace base {

namespace {

constexpr std::string_view aside_suffix = ".corrupt-";
constexpr std::size_t most_set_aside = 3;
constexpr const char* journals[] = {"-wal", "-shm"};

/// What stands in a file, or the names in a directory.
Result<> make_durable(const std::string& path) {
    const Fd opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0)
        return from_errno("fsync " + path);
    return {};
}

/// What was set aside before, by its seconds.
std::map<std::int64_t, std::string> set_aside_before(const std::string& path) {
    const std::filesystem::path file(path);
    const auto beginning = file.filename().string() + std::string(aside_suffix);
    std::map<std::int64_t, std::string> found;
    std::error_code failure;
    std::filesystem::directory_iterator entry(file.parent_path(), failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure)) {
        const auto name = entry->path().filename().string();
        if (!name.starts_with(beginning))
            continue;
        std::int64_t moment = 0;
        const auto* end = name.data() + name.size();
        const auto read = std::from_chars(name.data() + beginning.size(), end, moment);
        if (read.ec == std::errc() && read.ptr == end)
            found.emplace(moment, entry->path().string());
    }
    return found;
}

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

Result<> Database::copy_to(const std::string& path) {
    const auto unfinished = path + ".unfinished";
    ::unlink(unfinished.c_str());
    const auto copy = [&]() -> Result<> {
        // Nobody else's from its first byte on: there are secrets in it.
        const Fd made(
            ::open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, S_IRUSR | S_IWUSR));
        if (!made)
            return from_errno("make " + unfinished);
        TRY(run("VACUUM INTO ?", {unfinished}));
        TRY(make_durable(unfinished));
        if (std::rename(unfinished.c_str(), path.c_str()) != 0)
            return from_errno("rename to " + path);
        return make_durable(std::filesystem::path(path).parent_path().string());
    };
    auto done = copy();
    if (!done) {
        ::unlink(unfinished.c_str());
        return std::move(done).error() + ("copy the database to " + path);
    }
    return done;
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
    auto before = set_aside_before(path);
    // Two in one second are two.
    std::int64_t seconds = std::time(nullptr);
    if (!before.empty())
        seconds = std::max(seconds, before.rbegin()->first + 1);
    const auto aside = path + std::string(aside_suffix) + std::to_string(seconds);
    if (std::rename(path.c_str(), aside.c_str()) != 0)
        return from_errno("rename " + path);
    std::error_code ignored; // a journal need not be there
    for (const auto* journal : journals)
        std::filesystem::rename(path + journal, aside + journal, ignored);
    // A disk that damages one file after the other must not be filled with them.
    while (before.size() >= most_set_aside) {
        const auto oldest = before.begin()->second;
        std::filesystem::remove(oldest, ignored);
        for (const auto* journal : journals)
            std::filesystem::remove(oldest + journal, ignored);
        before.erase(before.begin());
    }
    return aside;
}

} // namespace base
