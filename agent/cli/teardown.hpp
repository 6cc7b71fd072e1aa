#pragma once
// The parts of teardown that its tests ask for one by one. What cannot be removed is told, and all the
// rest is removed all the same.

#include "agent/config/config.hpp"
#include "agent/docker/client.hpp"
#include "agent/state/store.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <iostream>
#include <string_view>
#include <vector>

namespace agent::cli {

/// Says what was done or what went wrong, and remembers whether anything did.
class Report {
public:
    /// What was gone already is neither.
    template <class T>
    void note(std::string_view what, const base::Result<T>& outcome) {
        if (outcome)
            std::cout << what << '\n';
        else
            note_failure(what, outcome);
    }
    /// Says nothing when it was done.
    template <class T>
    void note_failure(std::string_view what, const base::Result<T>& outcome) {
        if (outcome || outcome.error().code() == base::Errc::not_found)
            return;
        std::cerr << "cannot finish: " << what << ": " << outcome.error().what() << '\n';
        failed_ = true;
    }
    bool failed() const { return failed_; }

private:
    bool failed_ = false;
};

/// What the state file tells: the tasks, and the containers that were made for them.
struct Stored {
    std::vector<state::DeclaredTask> tasks;
    std::vector<state::ContainerRecord> containers;
};

/// Containers of tasks, their volumes and cgroups, throw-away containers, the awsvpc network and the
/// pause images; nothing of a user's. All outlive it.
base::Async<void> remove_from_docker(base::Executor loop, docker::Client& docker,
                                     const config::Config& config, const Stored& stored,
                                     Report& report);

} // namespace agent::cli
