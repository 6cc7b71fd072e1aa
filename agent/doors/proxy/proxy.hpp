#pragma once
// Role: a Docker API socket before the engine's own. What comes through it reaches the engine unchanged, but
//   that the bodies of creates are completed (completer.hpp), so that any client's containers have ECS's
//   contract. It gives what the engine's socket gives and no more, to the same people.
// Threading: the loop thread only; what passes is moved in turns of at most turn_bytes, and no memory grows
//   with it.
// Failure: what cannot be completed passes as it was sent. An engine that is away is told of in an answer of
//   its own kind (refusal.hpp). Accept failures are logged and pause accepting for 100 ms.
// Logged of what passes are method, path, status and time: creates at info level, others at debug.

#include "agent/doors/proxy/completer.hpp"
#include "agent/doors/proxy/counters.hpp"
#include "agent/doors/proxy/settings.hpp"
#include "agent/doors/sockets/acceptor_linux.hpp"
#include "base/async.hpp"

#include <chrono>
#include <memory>

namespace agent::doors::proxy {

class Proxy {
public:
    /// `completer` must outlive it.
    Proxy(base::Executor loop, Settings settings, Completer& completer);
    /// Only after stop().
    ~Proxy();
    Proxy(const Proxy&) = delete;
    Proxy& operator=(const Proxy&) = delete;

    /// Accepts, once. The listener is of the same settings (open_listener). io.
    base::Result<> listen(sockets::Listener listener);
    Counters counters() const;

    /// Accepts no more, closes idle connections, gives requests and streams `drain` to end and then closes
    /// the rest. It cannot be started again.
    base::Async<void> stop(std::chrono::milliseconds drain);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace agent::doors::proxy
