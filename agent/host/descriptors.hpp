#pragma once
// Open files: how many there may be, and room for them.

#include "base/error.hpp"

namespace agent::host {

/// Raises the limit of open files to 16,384, or as far as it may be raised, and has the kernel make its
/// table of them that large. To be called before there is a second thread: with several, each time that
/// the table grows, whoever opens something waits for all CPUs, some 150 ms on a busy machine. io.
base::Result<> make_room_for_descriptors();

} // namespace agent::host
