#pragma once
// Units of memory and disk.

#include <cstdint>

namespace base {

constexpr std::int64_t mebibyte = 1024 * 1024; ///< in bytes

} // namespace base
