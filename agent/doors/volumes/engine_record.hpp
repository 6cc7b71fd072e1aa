#pragma once
// The engine's record of a volume that it once had the driver make: it keeps one of each, and asks the
// driver for all of them when it starts.

#include "agent/docker/client.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::doors::volumes {

/// Tells the engine to remove the driver's volume of the name; it asks the driver, and forgets it. False where
/// it has none, or another driver's: names are the users', and one of theirs is never touched. Docker's
/// errors; conflict: a container has it.
base::Async<base::Result<bool>> remove_in_engine(docker::Client& engine, std::string name);

} // namespace agent::doors::volumes
