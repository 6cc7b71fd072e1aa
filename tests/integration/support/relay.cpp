#include "tests/integration/support/relay.hpp"

#include "tests/integration/support/docker.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cstring>
#include <stdexcept>

namespace integration {

namespace {

sockaddr_un address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return address;
}

base::Fd unix_socket() {
    return base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

/// Moves what one side says to the other; false at an end.
bool move_bytes(int from, int to) {
    std::array<char, 65536> buffer;
    const auto count = ::recv(from, buffer.data(), buffer.size(), 0);
    if (count <= 0)
        return false;
    for (ssize_t sent = 0; sent < count;) {
        const auto more =
            ::send(to, buffer.data() + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
        if (more <= 0)
            return false;
        sent += more;
    }
    return true;
}

void relay(int client, int engine) {
    std::array<pollfd, 2> watched{pollfd{client, POLLIN, 0}, {engine, POLLIN, 0}};
    while (::poll(watched.data(), watched.size(), -1) > 0) {
        if (watched[0].revents != 0 && !move_bytes(client, engine))
            break;
        if (watched[1].revents != 0 && !move_bytes(engine, client))
            break;
    }
    ::shutdown(client, SHUT_RDWR);
    ::shutdown(engine, SHUT_RDWR);
}

} // namespace

struct EngineRelay::Connection {
    base::Fd client;
    base::Fd engine;
    std::thread thread;
};

EngineRelay::EngineRelay(std::string path) : path_(std::move(path)) {
    restore();
}

EngineRelay::~EngineRelay() {
    cut();
}

void EngineRelay::restore() {
    listener_ = unix_socket();
    const auto address = address_of(path_);
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener_.get(), 64) != 0)
        throw std::runtime_error("cannot listen on " + path_);
    acceptor_ = std::thread([this, listener = listener_.get()] { accept_all(listener); });
}

void EngineRelay::accept_all(int listener) {
    const auto engine_address = address_of(engine_socket());
    for (;;) {
        base::Fd client(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
        if (!client)
            return;
        auto engine = unix_socket();
        if (::connect(engine.get(), reinterpret_cast<const sockaddr*>(&engine_address),
                      sizeof engine_address) != 0)
            continue;
        auto connection = std::make_unique<Connection>();
        connection->client = std::move(client);
        connection->engine = std::move(engine);
        connection->thread = std::thread(relay, connection->client.get(), connection->engine.get());
        const std::lock_guard lock(guard_);
        connections_.push_back(std::move(connection));
    }
}

void EngineRelay::cut() {
    if (!listener_)
        return;
    ::unlink(path_.c_str());
    ::shutdown(listener_.get(), SHUT_RDWR);
    acceptor_.join();
    listener_.reset();
    for (const auto& connection : connections_) {
        ::shutdown(connection->client.get(), SHUT_RDWR);
        ::shutdown(connection->engine.get(), SHUT_RDWR);
        connection->thread.join();
    }
    connections_.clear();
}

} // namespace integration
