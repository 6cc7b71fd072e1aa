#include "tests/network/own_network.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <memory>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace network_test {

namespace {

using Endpoint = boost::asio::ip::tcp::endpoint;

constexpr auto own_namespace = "/proc/thread-self/ns/net";

[[noreturn]] void fail(const char* doing) {
    throw std::system_error(errno, std::generic_category(), doing);
}

base::Fd tcp_socket(const Endpoint& address) {
    return base::Fd(
        ::socket(address.protocol().family(), SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
}

bool bind_to(const base::Fd& socket, const Endpoint& address) {
    return ::bind(socket.get(), address.data(), static_cast<socklen_t>(address.size())) == 0;
}

bool wait_for(int fd, short events, int milliseconds) {
    pollfd watched{fd, events, 0};
    return ::poll(&watched, 1, milliseconds) == 1;
}

int exit_code(int status) {
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace

Address address(const char* text) {
    return boost::asio::ip::make_address_v4(text);
}

void OwnNetwork::SetUp() {
    original_ = base::Fd(::open(own_namespace, O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(original_);
    ASSERT_EQ(::unshare(CLONE_NEWNET), 0) << "these tests need root";
    ASSERT_EQ(shell("ip link set lo up"), 0);
}

void OwnNetwork::TearDown() {
    ASSERT_EQ(::setns(original_.get(), CLONE_NEWNET), 0);
}

Container::Container() {
    path_ = "/tmp/ecs-network-test-XXXXXX";
    const base::Fd file(::mkostemp(path_.data(), O_CLOEXEC));
    if (!file)
        fail("make a file");
    auto made = false;
    std::thread([&] {
        made = ::unshare(CLONE_NEWNET) == 0 &&
               ::mount(own_namespace, path_.c_str(), nullptr, MS_BIND, nullptr) == 0;
    }).join();
    if (!made)
        throw std::runtime_error("cannot make a network namespace");
    mounted_ = true;
}

void Container::run(const std::function<void()>& work) const {
    std::thread([&] {
        const base::Fd there(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
        if (::setns(there.get(), CLONE_NEWNET) != 0)
            ADD_FAILURE() << "cannot enter " << path_;
        else
            work();
    }).join();
}

int Container::shell(const std::string& command) const {
    int code = -1;
    run([&] { code = network_test::shell(command); });
    return code;
}

void Container::end() {
    if (mounted_)
        ::umount2(path_.c_str(), MNT_DETACH);
    mounted_ = false;
    ::unlink(path_.c_str());
}

int shell(const std::string& command) {
    return exit_code(::system(command.c_str()));
}

std::string output_of(const std::string& command) {
    std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), &::pclose);
    std::string output;
    std::array<char, 4096> buffer;
    while (const auto count = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        output.append(buffer.data(), count);
    return output;
}

base::Fd listen_at(const boost::asio::ip::address& address, std::uint16_t port) {
    const Endpoint where(address, port);
    auto listener = tcp_socket(where);
    if (!bind_to(listener, where) || ::listen(listener.get(), 16) != 0)
        fail("listen");
    return listener;
}

std::optional<Address> accept_from(const base::Fd& listener, int milliseconds) {
    if (!wait_for(listener.get(), POLLIN, milliseconds))
        return std::nullopt;
    sockaddr_in peer{};
    socklen_t size = sizeof peer;
    const base::Fd connection(
        ::accept4(listener.get(), reinterpret_cast<sockaddr*>(&peer), &size, SOCK_CLOEXEC));
    if (!connection)
        return std::nullopt;
    return Address(ntohl(peer.sin_addr.s_addr));
}

int connect_to(const boost::asio::ip::address& address, std::uint16_t port, int milliseconds,
               std::optional<Address> source) {
    const Endpoint to(address, port);
    const auto socket = tcp_socket(to);
    if (source && !bind_to(socket, Endpoint(*source, 0)))
        return errno;
    if (::connect(socket.get(), to.data(), static_cast<socklen_t>(to.size())) == 0)
        return 0;
    if (errno != EINPROGRESS)
        return errno;
    if (!wait_for(socket.get(), POLLOUT, milliseconds))
        return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    return error;
}

bool eventually(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(15);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace network_test
