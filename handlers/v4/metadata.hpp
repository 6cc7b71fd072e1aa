#pragma once
// Task metadata version 4: how its documents look and what its errors say.

#include "handlers/metadata/lookup.hpp"

namespace handlers::v4 {

extern const metadata::Dialect dialect;

} // namespace handlers::v4
