#pragma once
// Role: the volumes that the agent serves to Docker's engine, a directory with a metadata file each. Which
//   there are is what is on the disk: nothing else is stored, and whatever a crash has left is a volume.
//   The engine never says that one is not needed any more, so those go that no container of the World has:
//   the engine is told to remove them, since it keeps a record of each, and asks for it when it starts.
//   What a volume says is its container's metadata: the registrar knows a container's volume by its name
//   and gives its directory to the container (model::Container::metadata_directory), and MetadataFiles
//   keeps the file in there true. What is here sees to it that there is one before the container starts.
// Owner: the daemon. Threading: the loop thread; the disk is touched by MetadataFiles on its pool.
// Failure: a directory that cannot be made is told to the engine; a file that cannot be written costs the
//   file, said in the log, and no container its start.

#include "agent/containers/metadata_files.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace agent::doors::volumes {

/// Fixed when the volumes are made.
struct Limits {
    std::size_t volumes = 4096;
    /// For a look at the container that is being started, whose metadata the volume's are. The engine tells
    /// nothing of one while it starts it: a look that has not ended by then would end after the start.
    std::chrono::milliseconds patience{200};
    // How long one that no container has stays after the engine has last asked for it:
    std::chrono::milliseconds unclaimed_time = std::chrono::minutes(10); ///< and none has had
    std::chrono::milliseconds settle_time{2000};                         ///< that one has had
    /// From a container's end to the search for what it has left, and from one search to the next.
    std::chrono::milliseconds sweep_pause{3000};
};

class Volumes {
public:
    /// World and files outlive it. `data_directory` is the one of `files`.
    Volumes(base::Executor loop, model::World& world, containers::MetadataFiles& files,
            std::string data_directory, const Limits& limits = {});
    /// When nothing that was asked is under way.
    ~Volumes();
    Volumes(const Volumes&) = delete;
    Volumes& operator=(const Volumes&) = delete;

    /// Finds those of an earlier run, before anything else is asked: io, permission.
    base::Async<base::Result<>> load();

    // Names are ones that is_volume_name() takes.

    /// Whether there is one. The engine asks, so it stays for a while.
    bool touch(const std::string& name);
    /// Where its file is, whether it is there or not.
    std::string directory_of(const std::string& name) const;
    /// Ordered.
    std::vector<std::string> names() const;

    /// Makes it, or keeps the one that is there. exhausted: there are as many as may be. timeout: one of
    /// the name is being removed and does not go. io, permission.
    base::Async<base::Result<>> create(std::string name);
    /// Its directory, with a file in it that says what is known of its container. One that is not there is
    /// made: the engine remembers volumes of its own. Errors as create().
    base::Async<base::Result<std::string>> mount(std::string name);
    /// not_found: there is none. conflict: a container has it. io, permission.
    base::Async<base::Result<>> remove(std::string name);

    /// Tells the engine to remove one, which calls remove() before it answers. False: it has none of ours of the
    /// name.
    using RemoveInEngine = std::function<base::Async<base::Result<bool>>(std::string name)>;

    /// Has those removed that have ended, until cancelled; one that the engine does not let go is tried again
    /// later. `all_are_seen`: whether the World has all of the engine's containers; nothing goes before.
    base::Async<void> sweep(std::function<bool()> all_are_seen, RemoveInEngine remove_in_engine);

private:
    struct Volume {
        std::chrono::steady_clock::time_point
            asked;             ///< when the engine last wanted something of it
        bool was_held = false; ///< a container has or had it
        bool told = false;     ///< it could not be removed, which was said
    };

    void on_change(const model::TaskPtr& before, const model::TaskPtr& after);
    bool is_held(const std::string& name) const;
    model::ContainerRef holder_of(const std::string& directory) const;
    base::Async<model::ContainerRef> wait_for_holder(std::string directory);
    model::TaskPtr unknown_task() const;
    bool has_ended(const std::string& name) const;
    base::Async<base::Result<>> have_removed(std::string name,
                                             const RemoveInEngine& remove_in_engine);
    base::Async<base::Result<>> let_go(std::string name);

    model::World& world_;
    containers::MetadataFiles& files_;
    const std::string data_directory_;
    const Limits limits_;
    std::map<std::string, Volume> volumes_;
    std::set<std::string> leaving_; ///< whose directories are being removed
    bool somebody_left_ = false;    ///< a container with a volume has changed since the last search
    base::Notifier seen_;           ///< a container with a volume is in the World
    base::Notifier left_;           ///< somebody_left_
    base::Notifier gone_;           ///< leaving_ has become less
    model::World::Subscription changes_;
};

} // namespace agent::doors::volumes
