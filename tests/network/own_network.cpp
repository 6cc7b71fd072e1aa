#include "tests/network/own_network.hpp"

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

constexpr auto own_namespace = "/proc/thread-self/ns/net";

[[noreturn]] void fail(const char* doing) {
    throw std::system_error(errno, std::generic_category(), doing);
}

sockaddr_in socket_address(Address address, std::uint16_t port) {
    sockaddr_in result{};
    result.sin_family = AF_INET;
    result.sin_port = htons(port);
    result.sin_addr.s_addr = htonl(address.to_uint());
    return result;
}

base::Fd tcp_socket() {
    return base::Fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
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

base::Fd listen_at(Address address, std::uint16_t port) {
    auto listener = tcp_socket();
    const auto where = socket_address(address, port);
    if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0 ||
        ::listen(listener.get(), 16) != 0)
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

int connect_to(Address address, std::uint16_t port, int milliseconds,
               std::optional<Address> source) {
    const auto socket = tcp_socket();
    if (source) {
        const auto from = socket_address(*source, 0);
        if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
            return errno;
    }
    const auto to = socket_address(address, port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0)
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
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(3);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline)
            return false;
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return true;
}

} // namespace network_test
