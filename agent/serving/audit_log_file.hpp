#pragma once
// Role: writes the audit log to a file that is rotated by size, and to standard output, as Amazon's
//   agent does (http-contract 7). Of a task that asks too often it has one line a second, with the
//   count: nobody can fill its files with refusals, or push other lines out of what waits.
// Threading: made and written to by the loop thread; a thread of its own does the writing.
// Failure: none for the caller. What cannot be written, or comes faster than it can be, is lost; that
//   is said in the log, once until it works again, and how much it was. Standard output that nobody
//   reads holds up neither the file nor the end.

#include "base/async.hpp"
#include "handlers/audit_log.hpp"
#include "model/world.hpp"

#include <memory>
#include <string>

namespace agent::serving {

class AuditLogFile : public handlers::AuditLog {
public:
    /// A file that cannot be opened is tried again with each line. `world` outlives it.
    AuditLogFile(base::Executor loop, std::string path, const model::World& world);
    /// Writes what was counted, and gives what waits 2 s to be written.
    ~AuditLogFile() override;

    void write(const handlers::AuditEntry& entry) override;

private:
    struct Impl;
    std::shared_ptr<Impl> impl_; ///< the waiting timer's, weakly
};

/// Where none is wanted.
class NoAuditLog : public handlers::AuditLog {
public:
    void write(const handlers::AuditEntry& /*entry*/) override {}
};

} // namespace agent::serving
