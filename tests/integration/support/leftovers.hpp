#pragma once
// What the agent has left on the machine, read from the kernel, the engine, the state file and the
// disk themselves; never from what the agent says. Each finding is one line; none is what a test
// wants to see.

#include "tests/integration/support/agent.hpp"

#include <string>
#include <vector>

namespace integration {

/// Of tasks, while the agent may go on: containers, veths, forwarding entries, neighbours, leases,
/// stored tasks and ids, metadata files.
std::vector<std::string> leftovers_of_tasks(const Agent& agent);

/// Of the agent itself, after its teardown: bridge, routes, table, network, pause image, files.
std::vector<std::string> leftovers_of_host(const Agent& agent);

/// One query to the state file, columns by '|', as the sqlite3 program answers.
std::vector<std::string> query_state(const Agent& agent, const std::string& sql);

/// Host ends of our cables ("ecs" and digits).
std::vector<std::string> veths();

/// Before the first test: what an earlier program that was killed has left.
void clear_machine(const Agent& agent);

} // namespace integration
