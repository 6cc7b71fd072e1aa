#pragma once
// A netlink socket: one request, one answer, 5 s at most. It belongs to the network namespace in
// which it was opened and works from any thread, one at a time. While it is open it keeps that
// namespace alive.

#include "base/error.hpp"
#include "base/fd_linux.hpp"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

struct nlmsghdr;

namespace agent::network {

class Message;

/// What the kernel said: errno (0 is done) and its own sentence, if it had one.
struct Reply {
    int error = 0;
    std::string text;

    bool done() const { return error == 0; }
};

/// The failure as an Error: "<doing>: <strerror> (<the kernel's sentence>)". ENODEV is not_found.
base::Error to_error(std::string_view doing, const Reply& reply);

/// Success as nothing, failure as to_error().
base::Result<> check(std::string_view doing, const Reply& reply);

class Netlink {
public:
    using Visitor = std::function<void(const nlmsghdr&)>;

    /// In the calling thread's network namespace.
    static base::Result<Netlink> open_route();
    static base::Result<Netlink> open_netfilter();
    /// In another one, given by an open file of it; a thread goes there, opens it and ends.
    /// not_found when the file is no network namespace, permission without CAP_SYS_ADMIN.
    static base::Result<Netlink> open_route_in(const base::Fd& network_namespace);

    Netlink(Netlink&&) noexcept;
    Netlink& operator=(Netlink&&) noexcept;
    ~Netlink();

    /// Sends a request (a dump too) and gives each message of the complete answer to the visitor; a
    /// dump that the kernel calls inconsistent is asked again. An Error is the socket's failure or
    /// timeout, and the socket is of no further use; a refusal is in the Reply.
    base::Result<Reply> call(Message& request, const Visitor& visit = {});

private:
    struct Impl;
    explicit Netlink(std::unique_ptr<Impl> impl);
    static base::Result<Netlink> open(int protocol);
    std::unique_ptr<Impl> impl_;
};

} // namespace agent::network
