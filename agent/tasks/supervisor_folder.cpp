// What the supervisor makes of the tasks folder: which files are there, and which count as removed.

#include "agent/tasks/folder_watch.hpp"
#include "agent/tasks/supervisor.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// However inotify may fail, a change is seen by then.
constexpr auto slow_look = minutes(5);
/// A file that somebody opened for writing and left open is read by then.
constexpr auto look_at_writers = seconds(11);
/// A folder that is absent, or lacks most of its files, may come back without an event: it is mounted.
constexpr auto look_at_what_is_missing = seconds(5);

} // namespace

/// When the folder is read again although nothing was heard of it.
steady_clock::duration Supervisor::until_next_look() const {
    if (!folder_reported_.empty())
        return look_at_what_is_missing;
    if (const auto until = missing_.until())
        return std::clamp<steady_clock::duration>(*until - steady_clock::now(), milliseconds(1),
                                                  look_at_what_is_missing);
    if (unfinished_)
        return look_at_writers;
    return slow_look;
}

Async<void> Supervisor::read_folder() {
    auto read = [path = services_.settings.tasks_directory, host = services_.stand_ins,
                 here = services_.settings.definitions] {
        return definition::read_tasks_folder(path, *host, here);
    };
    auto reading = co_await base::offload(services_.workers.tasks_folder, std::move(read));
    std::string report;
    if (!reading)
        report = reading.error().what();
    else if (!reading->present)
        report = services_.settings.tasks_directory + " does not exist";
    if (report != folder_reported_ && !report.empty())
        log::warn("cannot read the tasks folder; nothing is changed", {{"reason", report}});
    folder_reported_ = report;
    // A folder that is away asks for nothing.
    if (!report.empty()) {
        missing_.note_absence();
        co_return;
    }
    apply(std::move(*reading));
    if (missing_.whole_folder() != stored_folder_) {
        stored_folder_ = missing_.whole_folder();
        tasks_.spawn("tasks folder", store_folder(stored_folder_));
    }
}

/// So that the next run of the agent knows a folder that is another by then.
Async<void> Supervisor::store_folder(std::string identity) {
    auto put = [&store = services_.store, identity] { return store.put_tasks_folder(identity); };
    const auto stored = co_await services_.disk.run(std::move(put));
    if (!stored)
        log::warn("cannot store which the tasks folder is, ignoring", {log::why(stored.error())});
}

/// Those that were there before and count as removed from now on.
std::set<std::string> Supervisor::removed_files(const definition::FolderReading& reading) {
    std::set<std::string> known;
    for (const auto& [file, declaration] : declarations_)
        if (declaration.seen)
            known.insert(file);
    std::set<std::string> there;
    for (const auto& file : reading.files)
        there.insert(file.name);
    return missing_.read(reading.identity, known, there, steady_clock::now());
}

/// A file of overrides alone changes nothing: its task may be misspelt.
void Supervisor::report_lone_overrides(const std::vector<std::string>& files) {
    for (const auto& file : files)
        if (!std::ranges::binary_search(lone_overrides_, file))
            log::warn("a file of overrides has no task beside it", {{"file", file}});
    lone_overrides_ = files;
}

void Supervisor::apply(definition::FolderReading reading) {
    for (const auto& file : removed_files(reading))
        declaration_of(file).seen = false;
    // What is being written may be half of what it will be.
    const auto writing = watch_ ? watch_->being_written() : std::set<std::string>();
    unfinished_ = !writing.empty();
    for (auto& file : reading.files) {
        auto& declaration = declaration_of(file.name);
        declaration.seen = true;
        if (!writing.contains(file.name) && !writing.contains(file.overrides))
            declaration.update(std::move(file));
    }
    report_lone_overrides(reading.lone_overrides);
    std::vector<std::string> files;
    for (auto& [file, declaration] : declarations_) {
        if (!declaration.seen)
            declaration.wanted.reset();
        files.push_back(file);
    }
    for (const auto& file : files)
        reconcile(file);
    files_read_.notify_all();
    protections_.changed().notify_all();
}

} // namespace agent::tasks
