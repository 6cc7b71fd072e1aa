#pragma once
// Role: keeps the metadata.json of containers true to the World, of declared ones and of those that came
//   through a door: written before the container exists, again whenever something that it shows changes,
//   removed with the task, or with the container that none declares. What an earlier run of the agent has
//   left is not written again where it says what it should.
// Threading: loop thread; the disk is touched on `workers`, one write a container at a time.
// Failure: a write that fails is logged once, and tried again at the next change, and without one
//   after 5 s, later each time up to 5 min. It never stops a container. A directory that somebody has
//   removed under a container is made anew, so that the container has it at its next start.

#include "base/async.hpp"
#include "base/error.hpp"
#include "base/files.hpp"
#include "metadatafile/writer.hpp"
#include "model/world.hpp"

#include <chrono>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace agent::containers {

class MetadataFiles {
public:
    MetadataFiles(base::Executor loop, base::WorkerPool& workers, model::World& world,
                  std::string data_directory);
    /// When no write is under way.
    ~MetadataFiles();

    /// Makes the container's directory and writes what is known of it, before it is created. The
    /// directory, for Container::metadata_directory.
    base::Async<base::Result<std::string>> prepare(model::TaskPtr task, std::string container_name);

    /// The same for a container that no task definition declares and that Docker is about to make:
    /// `task` is what it will be in, with this container alone. Whoever makes containers waits for it, so
    /// it does not wait for the disk: the next write does, which is due when Docker has made the container.
    base::Async<base::Result<std::string>> prepare_undeclared(model::Task task);

    /// Makes the directory of a volume that the agent serves to the engine, or keeps it; the directory.
    /// invalid_argument for a name that could lead elsewhere.
    base::Async<base::Result<std::string>> make_volume(std::string name);

    /// Writes the volume's first file where none is there. `docker_id`: of the task's container that
    /// has the volume; "": what is known yet is the first container of a task that is made up. not_found: the task has no such container.
    base::Async<base::Result<>> begin_volume(std::string name, model::TaskPtr task,
                                             std::string docker_id);

    /// Removes the volume's directory, after the writes that are under way; fine when there is none.
    /// No container may point to it any more.
    base::Async<base::Result<>> remove_volume(std::string name);

    /// The names of volumes that have a directory.
    base::Async<base::Result<std::vector<std::string>>> list_volumes();

    /// Removes the task's directory, after the writes that are under way; fine when there is none.
    /// The task's containers must not point to it any more.
    base::Async<base::Result<>> remove(std::string cluster, std::string task_id);

    /// The same for a container that no task definition declares, by its endpoint id.
    base::Async<base::Result<>> remove_undeclared(std::string endpoint_id);

    /// At start: removes what tasks that are not named have left ("<cluster>/<task id>").
    base::Async<base::Result<>> reconcile(std::set<std::string> live);

    /// Removes what undeclared containers have left, at any time: `is_live` is asked with an endpoint id
    /// right before its directory would go.
    base::Async<base::Result<>>
    reconcile_undeclared(std::function<bool(const std::string&)> is_live);

    /// Until the file in there says what the World says, or the limit passes; at once where none is
    /// written.
    base::Async<void> wait_until_current(std::string directory,
                                         std::chrono::steady_clock::duration limit);

    /// At the end: until every write that is due is done, or the limit passes. What fails now is not
    /// tried again.
    base::Async<bool> drain(std::chrono::steady_clock::duration limit);

private:
    struct File {
        std::string text;       ///< as last written, but for its time stamp
        bool writing = false;   ///< write_until_current() runs for it
        bool stale = false;     ///< the World has changed since that began its write
        bool in_flight = false; ///< a worker writes it now, for that or for prepare()
    };

    base::Async<base::Result<>> write_first(std::string directory, model::TaskPtr task,
                                            const model::Container& container,
                                            base::PowerCut after);
    void on_change(const model::TaskPtr& before, const model::TaskPtr& after);
    void schedule(const model::Task& task, const model::Container& container);
    model::ContainerRef owner_of(const std::string& directory,
                                 const std::string& endpoint_id) const;
    base::Async<void> take_turn(std::string directory);
    void end_turn(const std::string& directory);
    base::Async<void> write_until_current(std::string directory, std::string endpoint_id);
    base::Async<base::Result<bool>> write_once(std::string directory, std::string endpoint_id);
    base::Async<bool> says_already(std::string directory, model::ContainerRef owner);
    base::Async<void> wait_to_retry(std::string directory, std::string endpoint_id,
                                    std::chrono::seconds pause);
    bool writing_below(const std::string& directory) const;

    base::WorkerPool& workers_;
    model::World& world_;
    std::string data_directory_;
    base::TaskGroup writes_;
    base::Notifier write_ended_;
    base::Notifier retry_due_; ///< who waits to try again looks whether something has changed
    bool ending_ = false;
    std::map<std::string, File> files_; ///< by directory
    model::World::Subscription changes_;
};

} // namespace agent::containers
