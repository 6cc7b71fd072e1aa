#pragma once
// Role: runs a task for every file of the tasks folder, and none without a file.
// Threading: loop thread; run() is one task of the daemon's group.
// Failure: a file that cannot be used keeps the task that runs for it and is reported once; a
//   folder that cannot be read changes nothing.

#include "agent/definition/tasks_folder.hpp"
#include "agent/engine/services.hpp"
#include "agent/engine/task_runner.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent::engine {

class FolderWatch;

class Engine {
public:
    /// `workers` reads the folder.
    Engine(base::Executor loop, base::WorkerPool& workers, Services services);
    ~Engine();

    /// Puts the tasks of an earlier run into the World, with the containers that they have in
    /// Docker, and collects what nobody owns any more (leases, cables, metadata, throw-away
    /// containers). Before the observer's first look. Docker's and the store's errors.
    base::Async<base::Result<>> restore();

    /// Follows the folder until cancelled. Needs restore() to have succeeded.
    base::Async<void> run();

    /// Whether binds are labelled for SELinux, as Docker's info says.
    void set_selinux(bool selinux) { services_.settings.selinux = selinux; }

    /// Reads the folder again soon (SIGHUP).
    void reload();

private:
    /// What stands in one file, and what runs for it.
    struct Declaration {
        std::optional<definition::TaskDefinition> wanted;
        std::unique_ptr<TaskRunner> runner;
        std::string reported;  ///< the last refusal that was logged
        bool seen = false;     ///< the file was there at the last reading
        bool starting = false; ///< its row is being written
    };

    base::Async<void> read_folder();
    void take(definition::FolderReading reading);
    void reconcile(const std::string& file);
    base::Async<void> start_task(std::string file, definition::TaskDefinition definition);
    base::Async<void> run_task(std::string file, TaskRunner& runner);

    base::WorkerPool& workers_;
    Services services_;
    base::Executor loop_;
    base::TaskGroup tasks_;
    base::Notifier reload_requested_;
    std::map<std::string, Declaration> declarations_; ///< by file name
    std::string folder_reported_;
    /// Goes with the engine, when the loop has ended: the kernel takes 20 ms to close it.
    std::unique_ptr<FolderWatch> watch_;
};

} // namespace agent::engine
