#pragma once
// Role: keeps a task running for every file of the tasks folder, and none without a file.
// Threading: loop thread; run() is one task of the daemon's group.
// Failure: a file that cannot be used keeps the task that runs for it and is reported once; a
//   folder that cannot be read changes nothing, one that is replaced or emptied stops nothing for a
//   while; a task that ends is run anew, later each time, and not beside what still runs of it.

#include "agent/definition/tasks_folder.hpp"
#include "agent/docker/types.hpp"
#include "agent/tasks/declaration.hpp"
#include "agent/tasks/missing_files.hpp"
#include "agent/tasks/protections.hpp"
#include "agent/tasks/services.hpp"
#include "agent/tasks/task_runner.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace agent::tasks {

class FolderWatch;

class Supervisor {
public:
    explicit Supervisor(Services services);
    ~Supervisor();

    /// What the engine's info decides: SELinux labels of binds, the driver of tasks' cgroups, whether
    /// its digests tell where an image is from. At every return of the engine, before the observer's
    /// look.
    void set_engine_info(const docker::EngineInfo& info);

    /// What becomes of fields that are not supported, from the next reading of the folder on.
    void set_unsupported(tables::UnsupportedFields fields);

    /// What stands here for what definitions name, from the next reading of the folder and the next start
    /// of a container on.
    void set_stand_ins(stand_ins::StandInsPtr stand_ins);

    /// Puts the tasks of an earlier run into the World, with the containers that they have in
    /// Docker, and collects what nobody owns any more (leases, veths, cgroups, volumes, metadata,
    /// throw-away containers). Before the observer's first look. Docker's and the store's errors.
    base::Async<base::Result<>> restore();

    /// Follows the folder until cancelled. Needs restore() to have succeeded.
    base::Async<void> run();

    /// Ends what is under way, at most 10 s: run() does so at its end, and whoever restores and does not
    /// run.
    base::Async<void> end();

    /// Reads the folder again soon (SIGHUP).
    void reload();

    /// Keeps tasks from being stopped by their files.
    handlers::ProtectionKeeper& protections() { return protections_; }

private:
    struct Entry {
        std::string file;
        std::unique_ptr<TaskRunner> runner;
    };

    void set_cgroup_driver(const docker::EngineInfo& info);
    base::Async<void> check_cgroups();
    std::chrono::steady_clock::duration until_next_look() const;
    base::Async<void> read_folder();
    base::Async<void> store_folder(std::string identity);
    std::set<std::string> removed_files(const definition::FolderReading& reading);
    void report_lone_overrides(const std::vector<std::string>& files);
    void apply(definition::FolderReading reading);
    Declaration& declaration_of(const std::string& file);
    model::TaskPtr current_task(const Declaration& declaration) const;
    void reconcile(const std::string& file);
    void forget_started(Declaration& declaration);
    base::Async<void> forget_stored(std::string file);
    base::Async<void> follow_protections();
    base::Async<void> start_when_due(std::string file);
    base::Async<void> wait_until_due(std::string file);
    base::Async<void> wait_for_earlier(std::string file);
    std::set<std::string> running_of(const std::string& file) const;
    base::Async<void> start_task(std::string file, definition::TaskDefinition definition);
    CurrentTask add_runner(const std::string& file, const std::string& arn,
                           definition::TaskDefinition definition, EarlierLife earlier);
    void stop_current(Declaration& declaration);
    void note_rest(const std::string& arn);
    void limit_stopped(const std::string& file);
    base::Async<void> run_task(std::string arn);

    Services services_;
    cgroup::Settings cgroup_settings_; ///< those of Services::cgroups
    Protections protections_;
    MissingFiles missing_;
    base::TaskGroup tasks_;
    base::Notifier reload_requested_;
    base::Notifier files_read_;    ///< a start may be due earlier, a change be held back no more
    base::Notifier tasks_changed_; ///< one of those that have a runner, in the World
    std::map<std::string, Declaration> declarations_;   ///< by file name
    std::map<std::string, Entry, std::less<>> runners_; ///< by ARN
    std::string folder_reported_;                       ///< why it cannot be read; "" when it was
    std::vector<std::string> lone_overrides_;           ///< as they were told
    std::string stored_folder_; ///< MissingFiles::whole_folder() as it is stored
    bool unfinished_ = false;   ///< somebody was writing a file at the last look
    /// Goes with the supervisor, when the loop has ended: the kernel takes 20 ms to close it.
    std::unique_ptr<FolderWatch> watch_;
    model::World::Subscription changes_;
};

} // namespace agent::tasks
