#pragma once
// Who asks, when only the source address tells. The agent implements it.

#include "base/async.hpp"
#include "model/world.hpp"

#include <string>
#include <string_view>

namespace handlers {

/// Role: names the task behind a source address. Threading: the loop thread.
class CallerFinder {
public:
    virtual ~CallerFinder() = default;
    /// From the World at once when it is there; else after one look that all waiting callers
    /// share (at most 500 ms). Empty for an address that is no container's, the host's included.
    virtual base::Async<model::Caller> find(std::string ipv4) = 0;
    /// Whether what is known of the caller is what the engine says of it now. Not while the engine is away, nor
    /// while a look at it is due or fails: its address may be another's by then.
    virtual bool is_current(const model::Caller& caller) = 0;
    /// Whether the address is one of the host's own, which its processes and the containers that
    /// have its network share.
    virtual bool is_host(std::string_view address) = 0;
};

} // namespace handlers
