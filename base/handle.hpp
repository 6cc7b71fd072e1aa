#pragma once
// Owned handles of C libraries: Handle<sqlite3, &sqlite3_close>.

#include <memory>

namespace base {

template <auto Free>
struct Deleter {
    template <class T>
    void operator()(T* resource) const {
        Free(resource);
    }
};

template <class T, auto Free>
using Handle = std::unique_ptr<T, Deleter<Free>>;

} // namespace base
