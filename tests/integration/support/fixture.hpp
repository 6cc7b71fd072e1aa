#pragma once
// What every integration test has: the machine to itself (tests/sandbox), an agent, and the certainty that
// nothing is left when it ends. Outside of a sandbox the test fails.

#include "tests/integration/support/agent.hpp"
#include "tests/integration/support/docker.hpp"
#include "tests/integration/support/http_get.hpp"
#include "tests/integration/support/leftovers.hpp"
#include "tests/integration/support/wait.hpp"

#include <gtest/gtest.h>

#include <optional>

namespace integration {

/// Throws outside of a sandbox: tests remove what tasks have left, whoever's it is. In one there is the demo image.
void require_sandbox();

class AgentTest : public testing::Test {
protected:
    void SetUp() override;
    /// Stops the agent, tears down, and looks for complaints in the log and leftovers on the
    /// machine.
    void TearDown() override;

    /// Starts the agent, and waits until it has seen what the engine has. On a busy machine an engine, Podman above
    /// all, answers later than a start waits for it; the agent serves meanwhile, but completes nothing.
    void start_and_see_all();
    /// Writes a task definition and waits until all its containers are shown as running; the task
    /// as v4 shows it to the host.
    Json run_task(const std::string& file, const std::string& text, const std::string& family,
                  const std::string& container = "app");
    /// Removes it and waits until its last container is gone.
    void end_task(const std::string& file, const std::string& family);

    /// From the host, by the container's own id in the URL: "/v4/<id>" + rest.
    Answer ask_about(const std::string& container, const std::string& rest = "",
                     const std::string& version = "v4");
    /// Whether the container has a file that is READY.
    bool is_ready(const std::string& container);

    std::optional<Agent> agent_;
};

/// The value of a variable in a container's environment as the engine was given it; "" if absent.
std::string variable_of(const std::string& container, const std::string& name);

/// The endpoint id in a container's environment.
std::string endpoint_id_of(const std::string& container);

/// A task's container by its name; throws where the answer has none.
Json container_in(const Json& task, const std::string& name);

constexpr std::uint16_t endpoint_port = 51679;
constexpr std::uint16_t introspection_port = 51678;

} // namespace integration
