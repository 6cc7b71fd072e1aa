#pragma once
// Hears that a folder may have changed, by inotify. It only hints, also after an overflow or when
// the folder itself was replaced: the owner reads the whole folder again. What links in the folder lead
// to is watched like the files in it. Loop thread; folders are looked up by workers, since their file
// system may take its time.

#include "base/async.hpp"
#include "base/error.hpp"

#include <chrono>
#include <memory>
#include <set>
#include <string>

namespace agent::tasks {

class FolderWatch {
public:
    /// The folder need not exist: its parent is watched too. io or exhausted when inotify refuses.
    /// `workers` outlives it.
    static base::Async<base::Result<std::unique_ptr<FolderWatch>>>
    open(base::Executor loop, base::WorkerPool& workers, std::string folder);
    ~FolderWatch();

    /// True after something happened and then nothing for `quiet`, or a second after the first thing;
    /// also after nudge(). False when the limit passed or the task was cancelled.
    base::Async<bool> wait_for_change(std::chrono::milliseconds quiet,
                                      std::chrono::steady_clock::duration limit);

    /// Names of files that somebody began to write and has not closed, or of links to such: what stands
    /// in them may be half of it. One that is not written to for ten seconds is no more among them.
    std::set<std::string> being_written();

    /// Ends a wait that is under way, or the next one, as if something had happened.
    void nudge();

private:
    struct Impl;
    explicit FolderWatch(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> impl_;
};

} // namespace agent::tasks
