#pragma once
// Role: keeps a task running for every file of the tasks folder, and none without a file.
// Threading: loop thread; run() is one task of the daemon's group.
// Failure: a file that cannot be used keeps the task that runs for it and is reported once; a
//   folder that cannot be read changes nothing; a task that ends is run anew, later each time.

#include "agent/definition/tasks_folder.hpp"
#include "agent/docker/types.hpp"
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
    explicit Engine(Services services);
    ~Engine();

    /// What the engine's info decides: SELinux labels of binds, the driver of tasks' cgroups.
    void set_engine_info(const docker::EngineInfo& info);

    /// Puts the tasks of an earlier run into the World, with the containers that they have in
    /// Docker, and collects what nobody owns any more (leases, cables, cgroups, volumes, metadata,
    /// throw-away containers). Before the observer's first look. Docker's and the store's errors.
    base::Async<base::Result<>> restore();

    /// Follows the folder until cancelled. Needs restore() to have succeeded.
    base::Async<void> run();

    /// Reads the folder again soon (SIGHUP).
    void reload();

private:
    /// What stands in one file, and the task that runs for it.
    struct Declaration {
        std::optional<definition::TaskDefinition> wanted;
        TaskRunner* current = nullptr; ///< the task that is not at rest; null: none
        std::string started;   ///< canonical form of the last definition that a task was started of
        std::string reported;  ///< what was last said about the file in the log
        bool seen = false;     ///< the file was there at the last reading
        bool starting = false; ///< start_when_due() runs for it
        std::chrono::milliseconds delay{0}; ///< before the last start; grows with each early end
        std::chrono::steady_clock::time_point not_before;
    };

    struct Entry {
        std::string file;
        std::unique_ptr<TaskRunner> runner;
    };

    base::Async<void> check_cgroups();
    base::Async<void> read_folder();
    void take(definition::FolderReading reading);
    void report(const definition::TaskFile& file, Declaration& declaration);
    void reconcile(const std::string& file);
    bool is_done(const Declaration& declaration) const;
    void forget(const std::string& file);
    base::Async<void> forget_stored(std::string file);
    base::Async<void> start_when_due(std::string file);
    base::Async<void> start_task(std::string file, definition::TaskDefinition definition);
    TaskRunner& add_runner(const std::string& file, const std::string& arn,
                           definition::TaskDefinition definition, bool stop_noted);
    void on_rest(const std::string& file, const std::string& arn);
    void limit_stopped(const std::string& file);
    base::Async<void> run_task(std::string arn);

    Services services_;
    base::TaskGroup tasks_;
    base::Notifier reload_requested_;
    base::Notifier delays_changed_;                     ///< a start may be due earlier than it was
    std::map<std::string, Declaration> declarations_;   ///< by file name
    std::map<std::string, Entry, std::less<>> runners_; ///< by ARN
    std::string folder_reported_;
    bool unfinished_ = false; ///< somebody was writing a file at the last look
    /// Goes with the engine, when the loop has ended: the kernel takes 20 ms to close it.
    std::unique_ptr<FolderWatch> watch_;
};

} // namespace agent::engine
