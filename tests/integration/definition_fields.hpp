#pragma once
// For each honoured field of a task definition a trial: a container has the field at a value that is
// not its default, and what the engine's inspect and the container itself say of it is compared. All
// trials look at the same tasks, which are started once. A trial registers the fields that it is
// about together with its test, so that one without the other is not possible.

#include "tests/integration/support/tasks.hpp"

#include <map>
#include <source_location>
#include <string>
#include <vector>

namespace integration {

/// The agent and its tasks, for all trials.
class FieldBench : public TaskTest {
public:
    /// Starts the agent on the tasks of definition_fields_tasks.cpp.
    FieldBench();
    /// Removes all of it, and looks for complaints and leftovers.
    ~FieldBench() override;
    FieldBench(const FieldBench&) = delete;
    FieldBench& operator=(const FieldBench&) = delete;

    // A container is named by the name that its definition gives it, which only one has. Each of
    // these waits for it, and throws when it takes too long.

    /// Its id, whatever its state.
    std::string made(const std::string& name);
    /// Its id when it runs and the agent knows it.
    std::string up(const std::string& name);
    /// `docker inspect` of it, whatever its state; its parts Config and HostConfig.
    Json looked_at(const std::string& name) { return inspect(made(name)); }
    Json config(const std::string& name) { return looked_at(name).at("Config"); }
    Json host_config(const std::string& name) { return looked_at(name).at("HostConfig"); }
    /// The mount of that destination.
    Json mount(const std::string& name, const std::string& destination);
    /// What a command prints in it.
    std::string inside(const std::string& name, const std::string& command);
    /// How v4 shows it; and its task, with tags.
    Json answer(const std::string& name) { return ask_about(up(name)).json(); }
    Json task_answer(const std::string& name) {
        return ask_about(up(name), "/taskWithTags").json();
    }
    using AgentTest::ask_about;
    /// What the state file keeps of the definition in a file.
    Json kept(const std::string& file);

    Agent& agent() { return *agent_; }

private:
    void TestBody() override {}

    std::map<std::string, std::string> ids_;
};

/// The files of the tasks folder, by name; `directory` holds what they take from the host.
std::map<std::string, std::string> field_tasks(const std::string& directory);

using Fields = std::vector<std::string>;

/// A test of these honoured fields, named after the first. Made before main().
class FieldTrial {
public:
    using Body = void (*)(FieldBench&);
    FieldTrial(const Fields& fields, Body body,
               const std::source_location& where = std::source_location::current());
};

/// Fields of an object with its path in front: "containerDefinitions[].ulimits[]", {"name"}.
Fields in(const std::string& object, const Fields& fields);
/// Fields of a container.
Fields in_container(const Fields& fields);

/// All that trials are about.
const Fields& tried_fields();

} // namespace integration
