#include "doors/peer.hpp"

#include "agent/doors/sockets/unix_address_linux.hpp"

#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <stdexcept>
#include <thread>
#include <vector>

namespace doors_test {

using agent::doors::sockets::unix_address;
using agent::doors::sockets::UnixAddress;

namespace {

constexpr int patience_ms = 5000;
constexpr int quiet_ms = 50;

bool waits(int socket, short what, int milliseconds) {
    pollfd asked{socket, what, 0};
    return ::poll(&asked, 1, milliseconds) > 0;
}

base::Fd new_socket() {
    return base::Fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
}

} // namespace

Peer Peer::connect(const std::string& path) {
    auto socket = new_socket();
    const auto address = unix_address(path).value();
    if (::connect(socket.get(), address.get(), UnixAddress::size()) != 0)
        throw std::runtime_error("nobody listens at " + path);
    return Peer(std::move(socket));
}

void Peer::send(std::string_view bytes) {
    while (!bytes.empty()) {
        if (!waits(socket_.get(), POLLOUT, patience_ms))
            throw std::runtime_error("nobody takes what is sent");
        const auto sent =
            ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            return; // the other side has closed; the test sees so when reading
        bytes.remove_prefix(sent < 0 ? 0 : static_cast<std::size_t>(sent));
    }
}

std::size_t Peer::send_until_full() {
    const std::string bytes(65536, 'x');
    std::size_t all = 0;
    while (waits(socket_.get(), POLLOUT, 300)) {
        const auto sent =
            ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent < 0 && errno != EAGAIN)
            break;
        all += sent < 0 ? 0 : static_cast<std::size_t>(sent);
    }
    return all;
}

void Peer::wait_until_taken() {
    const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(patience_ms);
    int left = 1;
    while (::ioctl(socket_.get(), SIOCOUTQ, &left) == 0 && left > 0) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error("nobody takes what was sent");
        std::this_thread::yield();
    }
}

std::string Peer::receive(std::size_t size) {
    std::string bytes(size, '\0');
    std::size_t got = 0;
    while (got < size && waits(socket_.get(), POLLIN, patience_ms)) {
        const auto count = ::recv(socket_.get(), bytes.data() + got, size - got, 0);
        if (count <= 0)
            break;
        got += static_cast<std::size_t>(count);
    }
    bytes.resize(got);
    return bytes;
}

std::string Peer::receive_all() {
    std::string bytes;
    std::vector<char> room(262144);
    while (waits(socket_.get(), POLLIN, patience_ms)) {
        const auto count = ::recv(socket_.get(), room.data(), room.size(), 0);
        if (count < 0)
            return bytes + "<failed>";
        if (count == 0)
            return bytes;
        bytes.append(room.data(), static_cast<std::size_t>(count));
    }
    return bytes + "<timeout>";
}

bool Peer::hears_nothing() {
    return !waits(socket_.get(), POLLIN, quiet_ms);
}

void Peer::end_sending() {
    ::shutdown(socket_.get(), SHUT_WR);
}

bool Peer::is_left_alone() {
    // Nothing is asked for, so nothing but the hang-up ends it.
    return waits(socket_.get(), 0, patience_ms);
}

Listening::Listening(const std::string& path) : socket_(new_socket()) {
    const auto address = unix_address(path).value();
    ::unlink(path.c_str());
    if (::bind(socket_.get(), address.get(), UnixAddress::size()) != 0 ||
        ::listen(socket_.get(), SOMAXCONN) != 0)
        throw std::runtime_error("cannot listen at " + path);
}

Peer Listening::accept() {
    if (!waits(socket_.get(), POLLIN, patience_ms))
        throw std::runtime_error("nobody connects to the engine");
    return Peer(base::Fd(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC)));
}

bool Listening::is_not_called() {
    return !waits(socket_.get(), POLLIN, quiet_ms);
}

} // namespace doors_test
