#pragma once
// What of a container is on its way into the World: it may know already that it has started, and ask,
// before Docker has told us. The agent implements it.

#include "base/async.hpp"
#include "model/world.hpp"

#include <chrono>
#include <string>

namespace handlers {

/// Role: says whether to wait before a container is told about. Threading: the loop thread.
class PendingChanges {
public:
    virtual ~PendingChanges() = default;
    /// Whether something is on its way that is worth waiting for. Cheap: asked at every request.
    virtual bool is_pending(const model::Container& container) const = 0;
    /// Returns when it has come, or at `end`.
    virtual base::Async<void> wait(std::string docker_id,
                                   std::chrono::steady_clock::time_point end) = 0;
};

/// The same for whom a request is about: that container, else all of the task's; never for nobody.
bool is_pending(const PendingChanges& changes, const model::Caller& about);
/// Until `end`. The World may have another snapshot of the task then.
base::Async<void> wait_for_pending(PendingChanges& changes, model::Caller about,
                                   std::chrono::steady_clock::time_point end);

/// How long a request waits for what is on its way.
constexpr std::chrono::milliseconds longest_wait{500};
/// The same about one container that nobody has seen run: who asks about it is mostly its own program, and an engine
/// that starts many at once is late to tell of each.
constexpr std::chrono::milliseconds longest_wait_for_first_run{2000};
std::chrono::milliseconds longest_wait_about(const model::Container& container);
/// The shorter one for a whole task, whose other containers may never run.
std::chrono::milliseconds longest_wait_about(const model::Caller& about);

} // namespace handlers
