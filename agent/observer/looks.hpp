#pragma once
// Role: looks at containers, each as often as something has happened to it and never twice at once, so
//   many of them side by side.
// Threading: loop thread; owned by the observer, which puts into the World what was found.
// Failure: a container that Docker does not tell of within 2 s, or in words that are not understood, is
//   sick. It is named in the log once, nobody waits for it, and it is looked at again, apart from the
//   others and later each time, until Docker tells.

#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "base/slots.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace agent::observer {

class Looks {
public:
    using Inspect = docker::ContainerInspect;
    /// Takes over what a look has found, nothing when the container is gone. Which containers have to
    /// be looked at because of that.
    using Take = std::function<std::set<std::string>(const std::string& docker_id,
                                                     const std::optional<Inspect>& found)>;

    /// `world` says what containers are called.
    Looks(base::Executor loop, docker::Client& docker, const model::World& world, Take take);

    /// Looks at a container soon.
    void look(const std::string& docker_id);
    /// Since when a look is due; nothing when none is.
    std::optional<std::chrono::steady_clock::time_point>
    due_since(const std::string& docker_id) const;

    /// Counts inspections: those that begin from now on have a greater number.
    std::uint64_t begun() const { return begun_; }
    /// Until each of these has been seen by an inspection after `begun`, or is sick; at once for one
    /// at which no look is due.
    base::Async<void> wait_for(std::set<std::string> docker_ids, std::uint64_t begun);
    /// Looks, and returns when an inspection that began after this call has ended, or after 30 s.
    base::Async<void> look_and_wait(std::string docker_id);

    struct Found {
        std::map<std::string, Inspect> containers; ///< by Docker id; without those that are gone
        std::set<std::string> sick;                ///< Docker ids
    };
    /// Inspects these side by side for who takes over by himself what is found. Whoever is sick is not
    /// looked at again before somebody wants it. unavailable: no engine answers; cancelled.
    base::Async<base::Result<Found>> inspect(std::vector<std::string> docker_ids);

    bool is_sick(const std::string& docker_id) const { return sick_.contains(docker_id); }
    /// Why Docker cannot tell of them, by Docker id.
    const std::map<std::string, std::string>& sick() const { return sick_; }
    /// Docker has destroyed the container, and gives its id to no other: a look that is under way has found
    /// none, whatever it is answered.
    void forget(const std::string& docker_id);

    /// Notified when something was seen, when somebody fell sick, and when no look is due any more.
    base::Notifier& changed() { return changed_; }

    /// Ends all looks, at most 5 s; from then on nobody is looked at.
    base::Async<void> end();

private:
    struct Look {
        std::chrono::steady_clock::time_point since = std::chrono::steady_clock::now();
        std::uint64_t inspection = 0; ///< the number of the last one that began
        std::uint64_t seen = 0;       ///< that of the last one that Docker answered; 0: none yet
        bool again = false;           ///< something has happened since the last one began
        bool destroyed = false;       ///< what is answered now is of before
    };
    /// Of a container at which looks have failed.
    struct Retry {
        std::chrono::milliseconds pause{1000}; ///< before the next look; longer each time
        bool waits = false;                    ///< for that look
    };
    struct Batch {
        Found found;
        std::size_t left = 0;
        std::map<std::string, base::Error> unanswered; ///< unavailable or cancelled, by Docker id
    };

    base::Async<void> run(std::string docker_id);
    base::Async<void> run_later(std::string docker_id, std::chrono::milliseconds pause);
    base::Async<void> inspect_for(std::shared_ptr<Batch> batch, std::string docker_id);
    base::Async<base::Result<std::optional<Inspect>>> inspect_in_turn(std::string docker_id,
                                                                      bool among_the_sick);
    bool is_waited_for(const std::string& docker_id, std::uint64_t begun) const;
    void apply(const std::string& docker_id, const std::optional<Inspect>& found);
    void fall_sick(const std::string& docker_id, const base::Error& why);
    void recover(const std::string& docker_id);
    void drop_sickness(const std::string& docker_id);
    void retry_later(const std::string& docker_id);
    std::string name_of(const std::string& docker_id) const;

    docker::Client& docker_;
    const model::World& world_;
    Take take_;
    base::TaskGroup tasks_;
    base::Notifier changed_;
    base::Slots slots_;
    base::Slots sick_slots_; ///< whoever makes others wait is not among them
    std::map<std::string, Look> due_;
    std::map<std::string, Retry> retries_;
    std::map<std::string, std::string> sick_; ///< why
    std::uint64_t begun_ = 0;
    bool ended_ = false;
};

} // namespace agent::observer
