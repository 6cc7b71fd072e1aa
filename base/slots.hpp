#pragma once
// Lets only so many do something at once; the others wait for their turn, in the order in which they
// came. To take, to give back and to wake the next cost the same however many wait. Loop thread.

#include "base/async.hpp"

#include <cstddef>
#include <memory>

namespace base {

class Slots {
public:
    Slots(Executor loop, std::size_t count);
    /// When every slot that was taken has been given back, and nobody waits.
    ~Slots();
    Slots(const Slots&) = delete;
    Slots& operator=(const Slots&) = delete;

    /// Waits for its turn and takes a slot; false when the task was cancelled before.
    Async<bool> take();
    /// Hands the slot to who has waited longest.
    void give_back();

private:
    struct Impl;
    class Turn;
    std::shared_ptr<Impl> impl_;
};

} // namespace base
