#pragma once
// The credentials file as the configuration names it.

#include "agent/config/load.hpp"
#include "agent/credentials/configuration.hpp"
#include "base/error.hpp"

namespace agent::credentials {

/// Nothing is configured where the usual file is absent; one that was named must be there. Else the
/// errors of load_configuration(). Blocks.
base::Result<Configuration> read_credentials_file(const config::Loaded& loaded);

} // namespace agent::credentials
