#pragma once
// From the configuration to the settings of bridge and table; shared by the daemon and teardown.
// Pure.

#include "agent/config/config.hpp"
#include "agent/network/endpoint_guard.hpp"

namespace agent::daemon {

network::GuardSettings guard_settings(const config::Config& config);

} // namespace agent::daemon
