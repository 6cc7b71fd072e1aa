#pragma once
// Role: the socket at which Docker's engine finds the volume plugin. Only root can reach it. Owner: the daemon.
//   Threading: the loop thread. Failure: a client that breaks a limit or the protocol loses its connection;
//   accept failures are logged and pause accepting for 100 ms.

#include "agent/doors/sockets/acceptor_linux.hpp"
#include "agent/doors/volumes/session.hpp"
#include "base/async.hpp"

#include <chrono>
#include <cstddef>
#include <memory>

namespace agent::doors::volumes {

class Server {
public:
    /// `plugin` must outlive it.
    Server(base::Executor loop, Plugin& plugin, const ServerLimits& limits = {});
    /// Only after stop().
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Accepts, once. io.
    base::Result<> listen(sockets::Listener listener);
    std::size_t connections() const;

    /// Accepts no more, closes idle connections, gives requests `drain` to end and then closes the rest. It
    /// cannot be started again.
    base::Async<void> stop(std::chrono::milliseconds drain);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace agent::doors::volumes
