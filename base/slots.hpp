#pragma once
// Lets only so many do something at once; the others wait for their turn. Loop thread.

#include "base/async.hpp"

#include <cstddef>

namespace base {

class Slots {
public:
    Slots(Executor loop, std::size_t count) : free_(count), freed_(std::move(loop)) {}

    /// Waits for a free slot and takes it; false when the task was cancelled.
    Async<bool> take();
    void give_back();

private:
    std::size_t free_;
    Notifier freed_;
};

} // namespace base
