#pragma once
// A registry that goes asserts that whoever registered there has left: somebody who has stayed refers to
// what is gone, or was forgotten. Either is a bug of ours, which this finds where it was made.

#include <cstddef>
#include <string_view>

namespace base {

/// For a registry's destructor. `left` is how many are still in there; anything but 0 is logged as an
/// error, and aborts where the agent is tested (a Debug build): what ships goes on with its end.
void assert_empty_at_end(std::string_view registry, std::size_t left);

} // namespace base
