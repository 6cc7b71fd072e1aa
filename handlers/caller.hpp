#pragma once
// Who asks, when only the source address tells. The agent implements it.

#include "base/async.hpp"
#include "model/world.hpp"

#include <string>

namespace handlers {

/// Role: names the task behind a source address. Threading: the loop thread.
class CallerFinder {
public:
    virtual ~CallerFinder() = default;
    /// From the World at once when it is there; else after one look that all waiting callers
    /// share (at most 500 ms). Empty for an address that is no container's, the host's included.
    virtual base::Async<model::Caller> find(std::string ipv4) = 0;
};

} // namespace handlers
