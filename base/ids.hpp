#pragma once
// Random identifiers from the kernel's generator.

#include <string>

namespace base {

/// Lower-case hex of `bytes` random bytes: random_hex(16) is a 32-digit task id.
std::string random_hex(std::size_t bytes);

/// A random RFC 4122 UUID in lower case.
std::string random_uuid();

} // namespace base
