#pragma once
// Asks the Completer, and waits for it no longer than a user's create may be held up. Loop thread.

#include "agent/doors/proxy/completer.hpp"
#include "agent/doors/proxy/limits.hpp"
#include "base/async.hpp"

#include <memory>

namespace agent::doors::proxy {

class Completions {
public:
    /// `completer` must outlive it.
    Completions(base::Executor loop, Completer& completer, const Limits& limits);

    /// LeftAlone with Untouched::late where it takes too long, or as many as may be are under way.
    base::Async<Completed> complete(CreateRequest request);
    /// Tells the completer what the engine said of what it has completed, and waits for it as long.
    base::Async<void> answered(std::string ticket, int status);
    /// The same, and waits for nobody.
    void give_up(std::string ticket);
    /// Asks what is under way to end: whoever waits for it goes on.
    void cancel();
    /// The same, and waits for its end. Nothing may be asked, told or given up after it.
    base::Async<void> stop();

private:
    struct Outcome;
    struct Told;
    static base::Async<void> ask(Completer& completer, CreateRequest request,
                                 std::shared_ptr<Outcome> outcome);
    static base::Async<void> tell(Completer& completer, std::string ticket, int status,
                                  std::shared_ptr<Told> told);

    base::Executor loop_;
    Completer& completer_;
    const Limits limits_;
    base::TaskGroup under_way_;
    base::TaskGroup telling_;
};

} // namespace agent::doors::proxy
