#pragma once
// The fields of the credentials file, as tables (agent/definition/fields.hpp). Private to
// agent/credentials.

#include "agent/credentials/configuration.hpp"
#include "agent/definition/fields.hpp"

namespace agent::credentials {

definition::Table<Configuration> configuration_table();

} // namespace agent::credentials
