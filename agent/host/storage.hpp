#pragma once
// How full the disk is that containers write to.

#include "base/error.hpp"
#include "model/host_readings.hpp"

#include <string>

namespace agent::host {

/// Of the file system that holds this path: in use, and in all. Blocks, for as long as a network
/// mount hangs. not_found, permission, io.
base::Result<model::EphemeralStorage> read_storage(const std::string& path);

} // namespace agent::host
