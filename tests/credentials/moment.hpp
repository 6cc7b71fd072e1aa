#pragma once
// The moment at which the tests of keys and their ends take place.

#include "base/time.hpp"

namespace agent::credentials {

inline const base::Time now = *base::parse_rfc3339("2026-01-02T03:04:05Z");

} // namespace agent::credentials
