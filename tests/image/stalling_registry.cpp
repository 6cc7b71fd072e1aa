#include "stalling_registry.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <stdexcept>
#include <string_view>

namespace agent::image {

namespace {

constexpr std::string_view config =
    R"({"architecture":"amd64","os":"linux","config":{},"rootfs":{"type":"layers","diff_ids":)"
    R"(["sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"]}})";
constexpr std::string_view config_digest =
    "sha256:9f69d3c7b96340d70f405d54a189e295e756f0c049c515e07beacf3b341dfdb1";
constexpr std::string_view layer_digest =
    "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
constexpr std::size_t layer_size = 1'000'000;

std::string manifest() {
    const std::string type = "application/vnd.docker.";
    return R"({"schemaVersion":2,"mediaType":")" + type +
           R"(distribution.manifest.v2+json","config":{"mediaType":")" + type +
           R"(container.image.v1+json","size":)" + std::to_string(config.size()) +
           R"(,"digest":")" + std::string(config_digest) + R"("},"layers":[{"mediaType":")" + type +
           R"(image.rootfs.diff.tar.gzip","size":)" + std::to_string(layer_size) +
           R"(,"digest":")" + std::string(layer_digest) + R"("}]})";
}

void say(int socket, std::string_view type, std::size_t length, std::string_view body) {
    const auto answer = "HTTP/1.1 200 OK\r\nContent-Type: " + std::string(type) +
                        "\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n" +
                        std::string(body);
    ::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL);
}

} // namespace

StallingRegistry::StallingRegistry(Where where)
    : where_(where), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    auto* const generic = reinterpret_cast<sockaddr*>(&address);
    if (::bind(listener_, generic, length) != 0 || ::listen(listener_, 16) != 0 ||
        ::getsockname(listener_, generic, &length) != 0)
        throw std::runtime_error("cannot listen on 127.0.0.1");
    port_ = ntohs(address.sin_port);
    acceptor_ = std::thread([this] { accept_all(); });
}

StallingRegistry::~StallingRegistry() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int socket : sockets_)
            ::shutdown(socket, SHUT_RDWR);
    }
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    for (auto& thread : threads_)
        thread.join();
    for (const int socket : sockets_)
        ::close(socket);
    ::close(listener_);
}

std::size_t StallingRegistry::stalled() const {
    const std::lock_guard lock(mutex_);
    return stalled_;
}

void StallingRegistry::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        if (socket < 0)
            return;
        const std::lock_guard lock(mutex_);
        sockets_.push_back(socket);
        if (stopping_)
            ::shutdown(socket, SHUT_RDWR);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void StallingRegistry::serve(int socket) {
    std::string input;
    std::array<char, 8192> buffer;
    for (ssize_t count = 0; (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;) {
        input.append(buffer.data(), static_cast<std::size_t>(count));
        if (where_ == Where::at_once)
            return stand_still(socket);
        // Docker tries TLS first.
        if (!input.starts_with("GET ") && !input.starts_with("HEAD ")) {
            ::shutdown(socket, SHUT_RDWR);
            return;
        }
        if (input.find("\r\n\r\n") == std::string::npos)
            continue;
        const bool head = input.starts_with("HEAD ");
        const auto document = manifest();
        if (input.find("/manifests/") != std::string::npos) {
            say(socket, "application/vnd.docker.distribution.manifest.v2+json", document.size(),
                head ? "" : document);
        } else if (input.find(config_digest) != std::string::npos) {
            say(socket, "application/octet-stream", config.size(), config);
        } else if (input.find(layer_digest) != std::string::npos) {
            say(socket, "application/octet-stream", layer_size, std::string(layer_size / 2, 'x'));
            return stand_still(socket);
        } else {
            say(socket, "application/json", 2, "{}");
        }
        input.clear();
    }
}

void StallingRegistry::stand_still(int socket) {
    const auto count = [this](int change) {
        const std::lock_guard lock(mutex_);
        stalled_ = static_cast<std::size_t>(static_cast<int>(stalled_) + change);
    };
    count(1);
    std::array<char, 500> bytes{};
    if (where_ == Where::in_a_layer_nearly)
        while (::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL) > 0)
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
    else
        while (::recv(socket, bytes.data(), bytes.size(), 0) > 0) {
        }
    count(-1);
}

} // namespace agent::image
