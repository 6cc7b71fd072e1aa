#include "fakes/scripted_docker_server.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>

namespace fakes {

namespace {

bool write_all(int socket, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written <= 0)
            return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool read_some(int socket, std::string& buffer) {
    std::array<char, 16384> bytes{};
    const auto count = ::recv(socket, bytes.data(), bytes.size(), 0);
    if (count > 0)
        buffer.append(bytes.data(), static_cast<std::size_t>(count));
    return count > 0;
}

/// One request with its body; nothing when the client went.
std::optional<std::string> read_request(int socket, std::string& buffer) {
    std::size_t head = 0;
    while ((head = buffer.find("\r\n\r\n")) == std::string::npos) {
        if (!read_some(socket, buffer))
            return std::nullopt;
    }
    std::size_t length = 0;
    if (const auto field = buffer.find("Content-Length: "); field < head)
        length = std::strtoul(buffer.c_str() + field + 16, nullptr, 10);
    const auto whole = head + 4 + length;
    while (buffer.size() < whole) {
        if (!read_some(socket, buffer))
            return std::nullopt;
    }
    auto request = buffer.substr(0, whole);
    buffer.erase(0, whole);
    return request;
}

int listen_at(const std::string& path) {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 64) != 0)
        throw std::runtime_error("cannot listen at " + path);
    return listener;
}

/// A free port of 127.0.0.1.
int listen_at_loopback() {
    const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (listener < 0 ||
        ::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
        ::listen(listener, 64) != 0)
        throw std::runtime_error("cannot listen on 127.0.0.1");
    return listener;
}

} // namespace

ServerAction send(std::string bytes) {
    return {ServerAction::Kind::send, std::move(bytes)};
}

ServerAction feed() {
    return {ServerAction::Kind::feed, {}};
}

ServerAction hang() {
    return {ServerAction::Kind::hang, {}};
}

ServerAction hang_up() {
    return {ServerAction::Kind::close, {}};
}

ServerAction answer(int status, std::string_view json) {
    std::string bytes = "HTTP/1.1 " + std::to_string(status) +
                        " Scripted\r\nContent-Type: application/json\r\nContent-Length: " +
                        std::to_string(json.size()) + "\r\n\r\n";
    return send(bytes.append(json));
}

ServerAction chunked_head() {
    return send("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                "Transfer-Encoding: chunked\r\n\r\n");
}

std::string chunk(std::string_view bytes) {
    std::array<char, 20> size{};
    std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
    return std::string(size.data()).append(bytes).append("\r\n");
}

ScriptedDockerServer::ScriptedDockerServer(Door door) : folder_("/tmp/scripted-docker-XXXXXX") {
    if (::mkdtemp(folder_.data()) == nullptr)
        throw std::runtime_error("cannot make " + folder_);
    socket_path_ = folder_ + "/docker.sock";
    listener_ = door == Door::tcp ? listen_at_loopback() : listen_at(socket_path_);
    acceptor_ = std::thread([this] { accept_all(); });
}

ScriptedDockerServer::~ScriptedDockerServer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        for (const int socket : sockets_)
            ::shutdown(socket, SHUT_RDWR);
        ::shutdown(listener_, SHUT_RDWR);
    }
    changed_.notify_all();
    acceptor_.join();
    for (auto& thread : threads_)
        thread.join();
    for (const int socket : sockets_)
        ::close(socket);
    ::close(listener_);
    ::unlink(socket_path_.c_str());
    ::rmdir(folder_.c_str());
}

void ScriptedDockerServer::on(std::string request, std::vector<ServerAction> actions) {
    const std::lock_guard lock(mutex_);
    replies_.push_back({std::move(request), std::move(actions)});
}

void ScriptedDockerServer::on_connect(std::string_view api, std::string_view oldest_api) {
    std::string version = R"({"Version":"scripted","ApiVersion":")";
    version.append(api).append(R"(","MinAPIVersion":")").append(oldest_api).append(R"("})");
    on("GET /_ping ", {answer(200, "OK")});
    on("GET /version ", {answer(200, version)});
}

void ScriptedDockerServer::feed(std::string bytes) {
    const std::lock_guard lock(mutex_);
    feed_.push_back(std::move(bytes));
    changed_.notify_all();
}

void ScriptedDockerServer::end_feed() {
    const std::lock_guard lock(mutex_);
    feed_ended_ = true;
    changed_.notify_all();
}

std::vector<std::string> ScriptedDockerServer::requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
}

std::string ScriptedDockerServer::last_request() const {
    const std::lock_guard lock(mutex_);
    return whole_requests_.empty() ? std::string() : whole_requests_.back();
}

std::vector<std::string> ScriptedDockerServer::whole_requests() const {
    const std::lock_guard lock(mutex_);
    return whole_requests_;
}

std::string ScriptedDockerServer::url() const {
    sockaddr_in address{};
    socklen_t size = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    return "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port));
}

std::size_t ScriptedDockerServer::connections() const {
    const std::lock_guard lock(mutex_);
    return sockets_.size();
}

std::size_t ScriptedDockerServer::hang_ups() const {
    const std::lock_guard lock(mutex_);
    return hang_ups_;
}

bool ScriptedDockerServer::wait_for_hang_ups(std::size_t count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(5), [&] { return hang_ups_ >= count; });
}

void ScriptedDockerServer::accept_all() {
    for (;;) {
        const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
        const std::lock_guard lock(mutex_);
        if (socket < 0 || stopping_) {
            if (socket >= 0)
                ::close(socket);
            return;
        }
        sockets_.push_back(socket);
        threads_.emplace_back([this, socket] { serve(socket); });
    }
}

void ScriptedDockerServer::serve(int socket) {
    std::string buffer;
    bool ours = false; ///< who ended it
    while (const auto request = read_request(socket, buffer)) {
        const auto actions = take_reply(*request);
        for (const auto& action : actions)
            ours = ours || !act(socket, action);
        if (ours)
            break;
    }
    // The number stays taken until the end, so that the destructor shuts down nobody else's socket.
    ::shutdown(socket, SHUT_RDWR);
    const std::lock_guard lock(mutex_);
    hang_ups_ += 1;
    changed_.notify_all();
}

std::vector<ServerAction> ScriptedDockerServer::take_reply(const std::string& request) {
    const std::lock_guard lock(mutex_);
    requests_.push_back(request.substr(0, request.find(" HTTP/")));
    whole_requests_.push_back(request);
    changed_.notify_all();
    for (auto reply = replies_.begin(); reply != replies_.end(); ++reply) {
        if (request.starts_with(reply->request)) {
            auto actions = std::move(reply->actions);
            replies_.erase(reply);
            return actions;
        }
    }
    return {answer(500, R"({"message":"not in the script"})")};
}

bool ScriptedDockerServer::act(int socket, const ServerAction& action) {
    switch (action.kind) {
    case ServerAction::Kind::send: return write_all(socket, action.bytes);
    case ServerAction::Kind::feed: return send_feed(socket);
    case ServerAction::Kind::hang: {
        std::string ignored;
        while (read_some(socket, ignored)) {
        }
        return false;
    }
    case ServerAction::Kind::close: return false;
    }
    return false;
}

bool ScriptedDockerServer::send_feed(int socket) {
    for (;;) {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [&] { return stopping_ || feed_ended_ || !feed_.empty(); });
        if (stopping_)
            return false;
        if (feed_.empty()) {
            feed_ended_ = false;
            return true;
        }
        const auto bytes = std::move(feed_.front());
        feed_.pop_front();
        lock.unlock();
        if (!write_all(socket, bytes))
            return false;
    }
}

} // namespace fakes
