#include "base/slots.hpp"

namespace base {

Async<bool> Slots::take() {
    const auto stop = co_await stop_token();
    while (free_ == 0) {
        if (stop.requested())
            co_return false;
        co_await freed_.wait_for(std::chrono::seconds(1));
    }
    --free_;
    co_return true;
}

void Slots::give_back() {
    ++free_;
    freed_.notify_all();
}

} // namespace base
