#include "agent/doors/proxy/completions.hpp"

#include <optional>
#include <utility>

namespace agent::doors::proxy {

/// Shared by who asks and who waits: either may be gone first.
struct Completions::Outcome {
    explicit Outcome(const base::Executor& loop) : came(loop) {}
    std::optional<Completed> completed;
    bool dropped = false; ///< nobody waits any more
    base::Notifier came;
};

struct Completions::Told {
    explicit Told(const base::Executor& loop) : changed(loop) {}
    bool done = false;
    base::Notifier changed;
};

Completions::Completions(base::Executor loop, Completer& completer, const Limits& limits)
    : loop_(loop), completer_(completer), limits_(limits), under_way_(loop), telling_(loop) {}

base::Async<void> Completions::ask(Completer& completer, CreateRequest request,
                                   std::shared_ptr<Outcome> outcome) {
    auto completed = co_await completer.complete(std::move(request));
    if (!outcome->dropped) {
        outcome->completed.emplace(std::move(completed));
        outcome->came.notify_all();
        co_return;
    }
    auto* unwanted = std::get_if<NewBody>(&completed);
    if (unwanted == nullptr || unwanted->ticket.empty())
        co_return;
    auto ticket = std::move(unwanted->ticket);
    co_await completer.answered(std::move(ticket), 0);
}

base::Async<void> Completions::tell(Completer& completer, std::string ticket, int status,
                                    std::shared_ptr<Told> told) {
    co_await completer.answered(std::move(ticket), status);
    told->done = true;
    told->changed.notify_all();
}

base::Async<void> Completions::answered(std::string ticket, int status) {
    const auto told = std::make_shared<Told>(loop_);
    telling_.spawn("tell of a create", tell(completer_, std::move(ticket), status, told));
    if (!told->done)
        co_await told->changed.wait_for(limits_.completion_time);
}

void Completions::give_up(std::string ticket) {
    telling_.spawn("tell of a create",
                   tell(completer_, std::move(ticket), 0, std::make_shared<Told>(loop_)));
}

base::Async<Completed> Completions::complete(CreateRequest request) {
    if (under_way_.size() >= limits_.completions)
        co_return LeftAlone{Untouched::late, std::to_string(limits_.completions) +
                                                 " completions are under way already"};
    const auto outcome = std::make_shared<Outcome>(loop_);
    under_way_.spawn("complete a create", ask(completer_, std::move(request), outcome));
    if (!outcome->completed)
        co_await outcome->came.wait_for(limits_.completion_time);
    if (!outcome->completed) {
        outcome->dropped = true;
        co_return LeftAlone{Untouched::late, "it was not completed within " +
                                                 std::to_string(limits_.completion_time.count()) +
                                                 " ms"};
    }
    co_return std::move(*outcome->completed);
}

void Completions::cancel() {
    under_way_.cancel();
    telling_.cancel();
}

base::Async<void> Completions::stop() {
    cancel();
    co_await under_way_.wait(std::chrono::seconds(1));
    co_await telling_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::proxy
