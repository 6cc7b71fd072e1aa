#pragma once
// Log lines that may wait for each other: what is logged for every request would cost a system call
// each. They are written together, in their place among the other lines. Thread-safe.

#include "base/log.hpp"

namespace base::log {

/// As info(), but the line waits in memory until flush(), or until another line is written. True
/// when it is the first that waits: then the caller has flush() called, soon.
bool info_soon(std::string_view text, Fields fields);

/// Writes what waits.
void flush();

} // namespace base::log
