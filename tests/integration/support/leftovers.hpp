#pragma once
// What the agent has left on the machine, read from the kernel, the engine, the state file and the
// disk themselves; never from what the agent says. Each finding is one line; none is what a test
// wants to see.

#include "tests/integration/support/agent.hpp"

#include <string>
#include <vector>

namespace integration {

/// Of tasks, while the agent may go on: containers, veths, forwarding entries, neighbours, leases,
/// stored tasks, containers and ids, metadata files, volumes, cgroups.
std::vector<std::string> leftovers_of_tasks(const Agent& agent);

/// Of the agent itself, after its teardown: bridge, routes, table, network, pause image, files,
/// and what tasks had of Docker and of the kernel.
std::vector<std::string> leftovers_of_host(const Agent& agent);

/// One query to the state file, columns by '|', as the sqlite3 program answers.
std::vector<std::string> query_state(const Agent& agent, const std::string& sql);

/// What an awsvpc task that runs has of the kernel and of the pool: its veth, the entries for its
/// address, its lease.
std::vector<std::string> attachments_of_tasks(const Agent& agent);

/// The cgroups of tasks, in every hierarchy.
std::vector<std::string> cgroups_of_tasks();

/// Host ends of our veths ("ecs" and digits).
std::vector<std::string> veths();

/// After a test that failed: what it has left, for the next one.
void clear_machine(const Agent& agent);

} // namespace integration
