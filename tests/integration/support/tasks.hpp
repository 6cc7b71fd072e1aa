#pragma once
// Definitions that are short to write, and a test's view of the tasks that come of them: a file may
// have had several by now, and stopped ones stay to be looked at.

#include "tests/integration/support/fixture.hpp"

#include <map>
#include <string>
#include <vector>

namespace integration {

/// A script that runs until SIGTERM, and then ends at once with this status.
std::string runs_until_told(int status = 0);

/// An element of containerDefinitions: the demo image and a script for its sh; `more` is further
/// fields as they stand in JSON ("\"essential\": false").
std::string container(const std::string& name, const std::string& script,
                      const std::string& more = "");

/// A task definition in JSON.
std::string task(const std::string& family, const std::vector<std::string>& containers,
                 const std::string& more = "");

/// One that runs until it is told, with one container "app" and a port in that network mode.
std::string idle_task(const std::string& family, const std::string& mode);

/// `dependsOn` with one element.
std::string depends_on(const std::string& container, const std::string& condition);

/// All containers of that family and name, in any state, the newest first.
std::vector<std::string> containers_of(const std::string& family, const std::string& name = "app");

/// The engine's word: "running", "exited", "created"; "" where there is no such container.
std::string state_of(const std::string& container);
bool runs(const std::string& container);

/// State.StartedAt or State.FinishedAt, written so that they compare as texts.
std::string moment(const std::string& container, const std::string& field);
/// The same as seconds since 1970.
double seconds_of(const std::string& moment);

/// The ARN of the task that a container belongs to, as its label has it.
std::string arn_of(const std::string& container);
/// The last part of it.
std::string id_of(const std::string& container);

/// What v4 says of a task but for what is read off the host now and then: so answers compare.
Json without_readings(Json task);

class TaskTest : public AgentTest {
protected:
    /// The running container of the newest task, when v4 shows that task as RUNNING; throws when it
    /// takes longer. `other_than` a container of an earlier task.
    std::string running(const std::string& family, const std::string& name = "app",
                        const std::string& other_than = "");
    /// The first container of that family and name in any state.
    std::string first(const std::string& family, const std::string& name = "app");
    /// Waits until the engine has it ended; throws when it takes longer.
    void wait_for_end(const std::string& container, std::chrono::seconds limit = default_limit);

    /// What v4 answers about the task of a container; null when it is not known.
    Json task_about(const std::string& container);
    /// The same of one container of that task.
    Json shown(const std::string& container, const std::string& name);
    /// Where the metadata file of a container stands on the host.
    std::string metadata_file(const std::string& container, const std::string& name = "app") const;
    /// Waits until neither Docker nor the agent nor the kernel have anything of any task.
    void expect_nothing_left();

    static constexpr std::chrono::seconds default_limit{15};
};

} // namespace integration
