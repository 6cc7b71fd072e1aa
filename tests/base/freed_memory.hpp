#pragma once
// Looks through each block of memory as it is given back, for tests of what must not be left in it.
// A program that has freed_memory.cpp among its sources allocates through it.

#include <cstddef>
#include <string_view>

namespace base_test {

/// Role: counts blocks that are given back with a text in them, while it lives. One at a time.
class FreedMemory {
public:
    /// The text must outlive it. A test keeps it in no string of its own that ends meanwhile.
    explicit FreedMemory(std::string_view text);
    ~FreedMemory();
    FreedMemory(const FreedMemory&) = delete;
    FreedMemory& operator=(const FreedMemory&) = delete;

    std::size_t blocks_with_text() const;
};

} // namespace base_test
