#pragma once
// Task metadata version 3: how its documents look and what its errors say.

#include "handlers/metadata/lookup.hpp"

namespace handlers::v3 {

extern const metadata::Dialect dialect;

} // namespace handlers::v3
