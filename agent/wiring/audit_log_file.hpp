#pragma once
// Role: writes the audit log to a file that is rotated by size, and to standard output, as Amazon's
//   agent does (http-contract 7).
// Threading: made and written to by the loop thread; a thread of its own does the writing.
// Failure: none for the caller. What cannot be written, or comes faster than it can be, is lost; that
//   is said in the log, once until it works again.

#include "handlers/audit_log.hpp"
#include "model/world.hpp"

#include <memory>
#include <string>

namespace agent::wiring {

class AuditLogFile : public handlers::AuditLog {
public:
    /// A file that cannot be opened is tried again with each line. `world` outlives it.
    AuditLogFile(std::string path, const model::World& world);
    /// Writes what is waiting.
    ~AuditLogFile() override;

    void write(const handlers::AuditEntry& entry) override;

private:
    class Writer;
    const model::World& world_;
    std::unique_ptr<Writer> writer_;
};

/// Where none is wanted.
class NoAuditLog : public handlers::AuditLog {
public:
    void write(const handlers::AuditEntry& /*entry*/) override {}
};

} // namespace agent::wiring
