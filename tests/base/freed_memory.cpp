#include "tests/base/freed_memory.hpp"

#include <malloc.h>

#include <atomic>
#include <cstdlib>
#include <cstring>
#include <new>

namespace base_test {

namespace {

std::atomic<const char*> watched = nullptr;
std::atomic<std::size_t> watched_size = 0;
std::atomic<std::size_t> found = 0;

void* allocate(std::size_t size) {
    return std::malloc(size == 0 ? 1 : size);
}

/// The block is still ours here.
void give_back(void* block) noexcept {
    const char* text = watched;
    if (block != nullptr && text != nullptr &&
        ::memmem(block, ::malloc_usable_size(block), text, watched_size) != nullptr)
        ++found;
    std::free(block);
}

} // namespace

FreedMemory::FreedMemory(std::string_view text) {
    found = 0;
    watched_size = text.size();
    watched = text.data();
}

FreedMemory::~FreedMemory() {
    watched = nullptr;
}

std::size_t FreedMemory::blocks_with_text() const {
    return found;
}

} // namespace base_test

// All forms but those with an alignment, so that a block that one of them made is never given to a
// sanitizer's own form.
void* operator new(std::size_t size) {
    void* block = base_test::allocate(size);
    if (block == nullptr)
        throw std::bad_alloc();
    return block;
}
void* operator new[](std::size_t size) {
    return ::operator new(size);
}
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    return base_test::allocate(size);
}
void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
    return base_test::allocate(size);
}
void operator delete(void* block) noexcept {
    base_test::give_back(block);
}
void operator delete[](void* block) noexcept {
    base_test::give_back(block);
}
void operator delete(void* block, std::size_t) noexcept {
    base_test::give_back(block);
}
void operator delete[](void* block, std::size_t) noexcept {
    base_test::give_back(block);
}
void operator delete(void* block, const std::nothrow_t&) noexcept {
    base_test::give_back(block);
}
void operator delete[](void* block, const std::nothrow_t&) noexcept {
    base_test::give_back(block);
}
