#pragma once
// The text of /license: LICENSE, NOTICE and THIRD-PARTY of this repository, built in.

#include <string>

namespace agent::daemon {

/// The three texts, separated by a line of 80 `=` (http-contract 10.4).
std::string license_text();

} // namespace agent::daemon
