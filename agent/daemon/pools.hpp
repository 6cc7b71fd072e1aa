#pragma once
// Role: the daemon's threads for work that blocks: a pool for each kind of slowness, so that what
//   hangs in one holds back nothing of another (docs/decisions/pools-by-slowness.md).
// Owner: App; the state file has a thread of its own (state::Disk).
// Threading: loop thread. A pool starts its threads when it is first needed.

#include "base/async.hpp"

#include <functional>
#include <string_view>

namespace agent::daemon {

struct Pools {
    base::WorkerPool files{2};   ///< our own disk: metadata files and their fsync
    base::WorkerPool network{2}; ///< netlink, the nft program, ports: 5 s a call at most
    base::WorkerPool kernel{2};  ///< the kernel's files, for stats: they answer at once
    base::WorkerPool cgroups{2}; ///< made and looked for; systemd has 5 s to answer
    /// Waits a second for processes that are about to end.
    base::WorkerPool cgroup_removal{2};

    // Whatever these are mounted from may hang for as long as it likes.
    base::WorkerPool tasks_folder{1};
    base::WorkerPool environment_files{2};
    base::WorkerPool docker_disk{1}; ///< asked how full it is
    base::WorkerPool login_files{2}; ///< Docker's config.json
    base::WorkerPool home_files{2};  ///< AWS's profiles, in the homes of users
    base::WorkerPool key_files{2};   ///< settings at a reload, the credentials file, keys

    base::WorkerPool secret_files{2}; ///< secrets of task definitions

    // Programs of others.
    base::WorkerPool login_helpers{4};   ///< docker-credential-…: 30 s each
    base::WorkerPool key_programs{4};    ///< print keys of roles: as long as the user allows each
    base::WorkerPool secret_programs{4}; ///< print secrets: likewise

    /// Each with its name in /healthz.
    using Visit = std::function<void(std::string_view name, base::WorkerPool& pool)>;
    void each(const Visit& visit);

    /// Lets queued work finish and ends all threads.
    void join();
};

} // namespace agent::daemon
