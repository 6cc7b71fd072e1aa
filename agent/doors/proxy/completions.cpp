#include "agent/doors/proxy/completions.hpp"

#include <optional>
#include <utility>

namespace agent::doors::proxy {

/// Shared by who asks and who waits: either may be gone first.
struct Completions::Outcome {
    explicit Outcome(const base::Executor& loop) : came(loop) {}
    std::optional<Completed> completed;
    base::Notifier came;
};

Completions::Completions(base::Executor loop, Completer& completer, const Limits& limits)
    : loop_(loop), completer_(completer), limits_(limits), under_way_(loop) {}

base::Async<void> Completions::ask(Completer& completer, CreateRequest request,
                                   std::shared_ptr<Outcome> outcome) {
    auto completed = co_await completer.complete(std::move(request));
    outcome->completed.emplace(std::move(completed));
    outcome->came.notify_all();
}

base::Async<Completed> Completions::complete(CreateRequest request) {
    if (under_way_.size() >= limits_.completions)
        co_return LeftAlone{Untouched::late, std::to_string(limits_.completions) +
                                                 " completions are under way already"};
    const auto outcome = std::make_shared<Outcome>(loop_);
    under_way_.spawn("complete a create", ask(completer_, std::move(request), outcome));
    if (!outcome->completed)
        co_await outcome->came.wait_for(limits_.completion_time);
    if (!outcome->completed)
        co_return LeftAlone{Untouched::late, "it was not completed within " +
                                                 std::to_string(limits_.completion_time.count()) +
                                                 " ms"};
    co_return std::move(*outcome->completed);
}

base::Async<void> Completions::stop() {
    under_way_.cancel();
    co_await under_way_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors::proxy
