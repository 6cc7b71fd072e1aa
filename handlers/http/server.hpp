#pragma once
// Role: an HTTP/1.1 server on any number of endpoints; reads requests within limits, asks the
//   Application, writes answers, logs each request at info level ("request").
// Threading: the loop thread only.
// Failure: a client that breaks a limit or the protocol loses its connection; accept failures are
//   logged and pause accepting for 100 ms.
// Slow and greedy clients cannot keep others out: every connection has a deadline at every time,
// each address a share of the connections, and when all are taken the address that holds most of
// them loses its oldest one.

#include "base/async.hpp"
#include "base/error.hpp"
#include "handlers/http/application.hpp"
#include "handlers/http/limits.hpp"

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace handlers::http {

class Server {
public:
    /// `name` is for the log. `application` and `peers` must outlive the server.
    Server(base::Executor loop, std::string name, Application& application, PeerPolicy& peers,
           const Limits& limits = {});
    /// Only after stop().
    ~Server();
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    /// Binds and accepts. Port 0 takes a free one; the endpoint as bound is returned.
    /// conflict: the port is taken, or we listen there already. unavailable: this host does not
    /// have the address. invalid_argument: it is no address. Texts name address and port.
    base::Result<SocketAddress> listen(const SocketAddress& endpoint);
    /// Connections that were accepted there go on. False when we did not listen there.
    bool stop_listening(const SocketAddress& endpoint);
    /// Where it listens now, ordered.
    std::vector<SocketAddress> addresses() const;
    std::size_t connections() const;

    /// Stops listening, closes idle connections, gives running requests `drain` to end and then
    /// closes the rest. True when nothing had to be cut off. It cannot be started again.
    base::Async<bool> stop(std::chrono::milliseconds drain);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace handlers::http
