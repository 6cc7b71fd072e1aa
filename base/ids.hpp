#pragma once
// Random identifiers from the kernel's generator.

#include <string>
#include <string_view>

namespace base {

/// Lower-case hex of `bytes` random bytes: random_hex(16) is a 32-digit task id.
std::string random_hex(std::size_t bytes);

/// A random RFC 4122 UUID in lower case.
std::string random_uuid();

/// The same UUID for the same name (RFC 4122 version 5, a name space of ours): for ids that must be
/// found again when nothing was stored.
std::string name_uuid(std::string_view name);

} // namespace base
