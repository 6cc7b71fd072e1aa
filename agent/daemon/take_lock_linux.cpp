#include "agent/daemon/take_lock.hpp"

#include "agent/daemon/stages.hpp"

#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace agent::daemon {

using base::Errc;
using base::Error;
using base::Fd;
using base::Result;

namespace {

constexpr std::string_view socket_name = "ecs-node-agent";

struct AbstractAddress {
    sockaddr_un address{};
    socklen_t length = 0;
};

AbstractAddress lock_address() {
    AbstractAddress lock;
    lock.address.sun_family = AF_UNIX;
    // A leading zero byte makes the name abstract: no file, gone with its process.
    std::memcpy(lock.address.sun_path + 1, socket_name.data(), socket_name.size());
    lock.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + 1 + socket_name.size());
    return lock;
}

Fd unix_socket() {
    return Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

/// "process 1234", by asking the kernel who listens; "another process" when it does not say.
std::string holder_of(const AbstractAddress& lock) {
    const auto probe = unix_socket();
    const auto* address = reinterpret_cast<const sockaddr*>(&lock.address);
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::connect(probe.get(), address, lock.length) != 0 ||
        ::getsockopt(probe.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return "another process";
    return "process " + std::to_string(credentials.pid);
}

} // namespace

Result<Fd> lock_host() {
    const auto lock = lock_address();
    auto socket = unix_socket();
    const auto* address = reinterpret_cast<const sockaddr*>(&lock.address);
    if (!socket)
        return base::from_errno("make the lock's socket");
    if (::bind(socket.get(), address, lock.length) != 0) {
        if (errno != EADDRINUSE)
            return base::from_errno("take the lock");
        return Error(Errc::conflict, "another agent runs on this host (" + holder_of(lock) +
                                         "); there is one endpoint address per host: stop that "
                                         "one first");
    }
    if (::listen(socket.get(), 16) != 0)
        return base::from_errno("hold the lock");
    return socket;
}

base::Async<Result<>> take_lock(App& app) {
    CO_TRY(app.lock, lock_host());
    co_return Result<>();
}

} // namespace agent::daemon
