#pragma once
// A SQLite file, as the agent keeps its state in: WAL and synchronous=FULL, so that what a
// statement wrote is there after a power cut when the call has returned. Several processes and
// tables may share one file. Every call blocks; one thread at a time.

#include "base/error.hpp"
#include "base/handle.hpp"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;
extern "C" int sqlite3_close_v2(sqlite3*);
extern "C" int sqlite3_finalize(sqlite3_stmt*);

namespace base {

/// A prepared statement; bind its values in order, then step.
class Statement {
public:
    Statement& bind(std::string_view text);
    Statement& bind(std::int64_t number);
    /// True: a row is there to be read; false: done. Errors as Database::execute.
    Result<bool> step();
    std::string text(int column) const;
    std::int64_t number(int column) const;

private:
    friend class Database;
    explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}
    Handle<sqlite3_stmt, &sqlite3_finalize> statement_;
    int next_parameter_ = 1;
};

class Database {
public:
    /// Opens or makes the file (mode 0600). corrupt: it is no database or damaged; unavailable:
    /// locked by another for more than 5 s; permission; io.
    static Result<Database> open(const std::string& path);

    /// Runs statements that return no rows. conflict: a constraint is violated; else as open().
    Result<> execute(const std::string& sql);
    Result<Statement> prepare(std::string_view sql);
    /// Replaces the file `path` (mode 0600) by a copy of this database, which is there after a power
    /// cut when the call has returned. io or permission; what was there stays then.
    Result<> copy_to(const std::string& path);
    /// Runs `work` in one transaction: all of it is stored, or nothing.
    Result<> transaction(const std::function<Result<>()>& work);
    /// Prepares, binds the texts in order and runs to the end.
    Result<> run(std::string_view sql, const std::vector<std::string>& values);

private:
    explicit Database(sqlite3* database) : database_(database) {}
    Handle<sqlite3, &sqlite3_close_v2> database_;
};

/// Moves a corrupt database, with its journal, out of the way: "<path>.corrupt-<seconds>". The name
/// that it has then. Of those that were moved before, the two newest stay.
Result<std::string> set_database_aside(const std::string& path);

} // namespace base
