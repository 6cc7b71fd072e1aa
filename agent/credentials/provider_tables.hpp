#pragma once
// The fields of the credentials file, as tables (agent/definition/fields.hpp). Private to
// agent/credentials.

#include "agent/credentials/configuration.hpp"
#include "agent/tables/fields.hpp"

namespace agent::credentials {

tables::Table<Configuration> configuration_table();

} // namespace agent::credentials
