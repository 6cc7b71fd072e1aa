#pragma once
// Role: takes the clients of a listening socket as they come, until it is stopped.
// Owner: who serves them. Threading: the loop thread.
// Failure: what the machine refuses, descriptors or memory, is said once and tried again.

#include "agent/doors/sockets/listener_linux.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "base/fd_linux.hpp"

#include <functional>
#include <memory>
#include <string>

namespace agent::doors::sockets {

class Acceptor {
public:
    /// `whose`: whose clients they are, for the log: "the Docker socket".
    Acceptor(base::Executor loop, std::string whose);
    /// Only after wait(), where it has listened.
    ~Acceptor();

    /// Once. `admit` is given each, which does not block, until stop(). io.
    base::Result<> listen(Listener listener, std::function<void(base::Fd)> admit);
    /// Takes no more, and removes the path of a socket that we made.
    void stop();
    /// Until its work has ended, one second at most.
    base::Async<void> wait();

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace agent::doors::sockets
