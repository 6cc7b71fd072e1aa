#include "base/slots.hpp"

#include "base/empty_at_end.hpp"

#include <list>
#include <utility>

namespace base {

namespace {

/// Whoever waits is woken by his turn; this only bounds one wait.
constexpr auto longest_wait_for_a_turn = std::chrono::hours(1);

} // namespace

/// Held by those who wait, too: the loop may destroy them after the slots.
struct Slots::Impl {
    Impl(Executor executor, std::size_t most)
        : loop(std::move(executor)), count(most), free(most) {}
    Executor loop;
    const std::size_t count;
    std::size_t free; ///< 0 while anybody waits
    std::list<Turn*> waiting;
};

/// A place in the line, until its turn has come or its owner leaves.
class Slots::Turn {
public:
    explicit Turn(Impl& impl)
        : impl_(impl), place_(impl.waiting.insert(impl.waiting.end(), this)), come_(impl.loop) {}
    ~Turn() {
        if (!has_come_)
            impl_.waiting.erase(place_);
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    bool has_come() const { return has_come_; }
    /// Notified when it has.
    Notifier& come() { return come_; }
    /// By who gives a slot back, when the place is no longer in the line: the slot is the owner's.
    void let_come() {
        has_come_ = true;
        come_.notify_all();
    }

private:
    Impl& impl_;
    std::list<Turn*>::iterator place_;
    Notifier come_;
    bool has_come_ = false;
};

Slots::Slots(Executor loop, std::size_t count)
    : impl_(std::make_shared<Impl>(std::move(loop), count)) {}

Slots::~Slots() {
    assert_empty_at_end("slots", impl_->count - impl_->free + impl_->waiting.size());
}

Async<bool> Slots::take() {
    const auto stop = co_await stop_token();
    const auto impl = impl_;
    if (impl->free > 0) {
        --impl->free;
        co_return true;
    }
    Turn turn(*impl);
    while (!turn.has_come()) {
        if (stop.requested())
            co_return false;
        co_await turn.come().wait_for(longest_wait_for_a_turn);
    }
    co_return true;
}

void Slots::give_back() {
    if (impl_->waiting.empty()) {
        ++impl_->free;
        return;
    }
    auto& next = *impl_->waiting.front();
    impl_->waiting.pop_front();
    next.let_come();
}

} // namespace base
