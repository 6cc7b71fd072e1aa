#pragma once
// What kind of processor this host has. Any thread.

#include <string>

namespace agent::definition {

/// "X86_64" or "ARM64", ECS's words; the kernel's for any other.
std::string host_architecture();

} // namespace agent::definition
