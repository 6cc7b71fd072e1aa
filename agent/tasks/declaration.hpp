#pragma once
// Role: what stands in one file of the tasks folder and which task is there for it, with the rules of
//   what follows from the two; the supervisor acts on them.
// Threading: loop thread; owned by the supervisor. Failure: none.

#include "agent/definition/tasks_folder.hpp"
#include "base/time.hpp"
#include "model/task.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace agent::tasks {

/// The task of a file that is not at rest.
struct CurrentTask {
    std::string arn;
    definition::DefinitionPtr definition; ///< that it was made of
    bool stopping = false;                ///< since its file is gone or says something else
};

class Declaration {
public:
    explicit Declaration(std::string name) : file(std::move(name)) {}

    const std::string file;                           ///< its name
    std::optional<definition::TaskDefinition> wanted; ///< what it said when it was last understood
    std::optional<CurrentTask> current;               ///< nothing: all of its tasks are at rest
    std::string started;   ///< canonical form of the last definition that a task was started of
    bool seen = false;     ///< the file was there at the last reading, or is missing
    bool starting = false; ///< the supervisor waits to start its next task, or starts it
    std::chrono::steady_clock::time_point not_before; ///< of the next start

    /// What was read of it. Says once what is wrong with it, or which of its fields change nothing.
    void update(definition::TaskFile read);
    bool is_gone() const { return !seen && !wanted; }

    /// Whether the task that runs is what the file asks for; there must be one. A refused file that
    /// is still there keeps its task, also one of an earlier run.
    bool wants_current() const;
    /// Whether what is to run once has run.
    bool is_done() const;

    /// Whether the task that runs is to be left alone although the file does not ask for it, since
    /// it is protected. Says so when it begins and when it ends. `task` is the World's, if any.
    bool hold_back(const model::Task* task);
    /// Until when, as it was found last; nothing when nothing is held back.
    std::optional<base::Time> held_until() const { return held_until_; }

    /// Its task is at rest, which ran for so long: none is current, and the next one waits the
    /// longer the more often that was early.
    void note_end(std::chrono::nanoseconds lifetime, std::chrono::milliseconds first_delay);

private:
    void report(const definition::TaskFile& read);
    void report_replaced(const definition::TaskFile& read);

    std::string reported_; ///< what was last said about the file in the log
    std::string replaced_; ///< and of what this host has put in it
    std::optional<base::Time> held_until_;
    std::chrono::milliseconds delay_{0}; ///< before the last start; grows with each early end
};

} // namespace agent::tasks
