#include "raw_client.hpp"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <stdexcept>

namespace handlers_test {

namespace {

constexpr int patience_ms = 5000;

sockaddr_in loopback(const char* address, std::uint16_t port) {
    sockaddr_in place{};
    place.sin_family = AF_INET;
    place.sin_port = htons(port);
    inet_pton(AF_INET, address, &place.sin_addr);
    return place;
}

const sockaddr* generic(const sockaddr_in& place) {
    return reinterpret_cast<const sockaddr*>(&place);
}

} // namespace

RawClient::RawClient(std::uint16_t port, const char* source)
    : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const auto from = loopback(source, 0);
    const auto to = loopback("127.0.0.1", port);
    if (::bind(socket_.get(), generic(from), sizeof from) != 0 ||
        ::connect(socket_.get(), generic(to), sizeof to) != 0)
        throw std::runtime_error(std::strerror(errno));
}

void RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent < 0)
            return; // the server ended it; the test sees so when reading
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

void RawClient::finish_sending() {
    ::shutdown(socket_.get(), SHUT_WR);
}

bool RawClient::receive() {
    pollfd readable{socket_.get(), POLLIN, 0};
    if (::poll(&readable, 1, patience_ms) != 1) {
        ending_ = "<timeout>";
        return false;
    }
    std::array<char, 65536> bytes{};
    const auto count = ::recv(socket_.get(), bytes.data(), bytes.size(), 0);
    if (count < 0)
        ending_ = "<reset>";
    if (count <= 0)
        return false;
    received_.append(bytes.data(), static_cast<std::size_t>(count));
    return true;
}

std::string RawClient::read_all() {
    while (receive()) {
    }
    return std::exchange(received_, {}) + std::string(ending_);
}

std::string RawClient::read_answer(bool head_only) {
    constexpr std::string_view length_name = "\r\nContent-Length: ";
    for (;;) {
        const auto end = received_.find("\r\n\r\n");
        if (end != std::string::npos) {
            const auto length = received_.find(length_name);
            auto size = end + 4;
            if (!head_only && length < end)
                size += std::stoul(received_.substr(length + length_name.size()));
            if (received_.size() >= size) {
                auto answer = received_.substr(0, size);
                received_.erase(0, size);
                return answer;
            }
        }
        if (!receive())
            return std::exchange(received_, {}) + "<incomplete>";
    }
}

bool RawClient::is_closed() {
    return read_all().empty();
}

} // namespace handlers_test
