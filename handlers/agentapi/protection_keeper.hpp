#pragma once
// Keeps a task from being stopped by its file for a while. The agent implements it.

#include "base/async.hpp"
#include "base/error.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>

namespace handlers {

/// Role: notes until when a task is protected; reading it is the World's. Threading: loop thread.
class ProtectionKeeper {
public:
    virtual ~ProtectionKeeper() = default;
    /// Protects until then, or no longer. Durable before it answers. not_found: there is no such
    /// task any more; else the store's errors.
    virtual base::Async<base::Result<>> protect(std::string task_arn,
                                                std::optional<base::Time> until) = 0;
};

} // namespace handlers
