#include "tests/integration/support/http_get.hpp"

#include "tests/integration/support/wait.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <stdexcept>

namespace integration {

namespace {

Answer parse(const std::string& text) {
    Answer answer;
    const auto end_of_head = text.find("\r\n\r\n");
    if (end_of_head == std::string::npos || text.size() < 12)
        return answer;
    answer.status = std::stoi(text.substr(9, 3));
    answer.body = text.substr(end_of_head + 4);
    for (auto start = text.find("\r\n") + 2; start < end_of_head;) {
        const auto end = text.find("\r\n", start);
        const auto colon = text.find(": ", start);
        auto name = text.substr(start, colon - start);
        std::transform(name.begin(), name.end(), name.begin(),
                       [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        answer.headers[name] = text.substr(colon + 2, end - colon - 2);
        start = end + 2;
    }
    return answer;
}

template <class Address>
base::Fd connect_socket(const Address& peer, int family) {
    base::Fd socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const timeval limit{30, 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
        socket.reset();
    return socket;
}

} // namespace

base::Fd connect_to(const std::string& address, std::uint16_t port) {
    sockaddr_in peer{};
    peer.sin_family = AF_INET;
    peer.sin_port = htons(port);
    if (inet_pton(AF_INET, address.c_str(), &peer.sin_addr) != 1)
        throw std::invalid_argument("no address: " + address);
    return connect_socket(peer, AF_INET);
}

base::Fd connect_to(const std::string& path) {
    sockaddr_un peer{};
    peer.sun_family = AF_UNIX;
    if (path.size() >= sizeof peer.sun_path)
        throw std::invalid_argument("too long for a socket: " + path);
    path.copy(peer.sun_path, path.size());
    return connect_socket(peer, AF_UNIX);
}

Answer exchange(const base::Fd& socket, const std::string& request) {
    if (!socket)
        return {};
    if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) !=
        static_cast<ssize_t>(request.size()))
        return {};
    std::string text;
    std::array<char, 16384> buffer;
    for (ssize_t count = 1; count > 0;) {
        count = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
        if (count > 0)
            text.append(buffer.data(), static_cast<std::size_t>(count));
    }
    return parse(text);
}

Answer http_get(const std::string& address, std::uint16_t port, const std::string& path,
                const std::vector<std::string>& headers) {
    std::string request = "GET " + path + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n";
    for (const auto& header : headers)
        request += header + "\r\n";
    return exchange(connect_to(address, port), request + "\r\n");
}

std::string front_page(const std::string& address, std::uint16_t port) {
    Answer answer;
    eventually(std::chrono::seconds(10), [&] {
        answer = http_get(address, port, "/");
        return answer.status != 0;
    });
    return answer.body;
}

} // namespace integration
