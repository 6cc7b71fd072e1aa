#include "local_registry.hpp"

#include <arpa/inet.h>
#include <crypt.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cstdlib>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace agent::image {

namespace {

using namespace std::chrono_literals;

constexpr auto no_answer = "docker-registry (package docker-registry) does not answer";

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    return address;
}

std::uint16_t free_port() {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    auto address = loopback(0);
    socklen_t length = sizeof address;
    if (::bind(socket, reinterpret_cast<sockaddr*>(&address), length) != 0 ||
        ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length) != 0)
        throw std::runtime_error("no free port");
    ::close(socket);
    return ntohs(address.sin_port);
}

template <class Done>
void wait_until(Done done, const std::string& what) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done()) {
        if (std::chrono::steady_clock::now() > end)
            throw std::runtime_error(what);
        std::this_thread::sleep_for(20ms);
    }
}

} // namespace

LocalRegistry::LocalRegistry() {
    const auto hash =
        std::string(::crypt(std::string(password).c_str(), "$2y$05$abcdefghijklmnopqrstuu"));
    folder_.write("htpasswd", std::string(user) + ":" + hash + "\n");
    // A port that is free now may be another's when the registry comes to take it.
    for (int attempt = 0; attempt < 5 && process_ < 0; ++attempt) {
        port_ = free_port();
        folder_.write("config.yml", "version: 0.1\n"
                                    "storage: {filesystem: {rootdirectory: " +
                                        folder_.path("data") + "}}\nhttp: {addr: \"" + host() +
                                        "\"}\nauth: {htpasswd: {realm: test, path: " +
                                        folder_.path("htpasswd") + "}}\n");
        comes_up();
    }
    if (process_ < 0)
        throw std::runtime_error(no_answer);
}

LocalRegistry::~LocalRegistry() {
    stop();
}

void LocalRegistry::start() {
    if (!comes_up())
        throw std::runtime_error(no_answer);
}

bool LocalRegistry::comes_up() {
    const auto log = folder_.path("log");
    const auto config = folder_.path("config.yml");
    process_ = ::fork();
    if (process_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
        ::dup2(out, STDOUT_FILENO);
        ::dup2(out, STDERR_FILENO);
        ::execlp("docker-registry", "docker-registry", "serve", config.c_str(), nullptr);
        ::_exit(127);
    }
    bool has_ended = false;
    const auto is_decided = [&] {
        has_ended = ::waitpid(process_, nullptr, WNOHANG) == process_;
        return has_ended || get("/v2/") == 401;
    };
    wait_until(is_decided, no_answer);
    if (has_ended)
        process_ = -1;
    return !has_ended;
}

void LocalRegistry::stop() {
    if (process_ < 0)
        return;
    ::kill(process_, SIGKILL);
    ::waitpid(process_, nullptr, 0);
    process_ = -1;
}

std::size_t LocalRegistry::requests(std::string_view part) {
    // Lines are written after the answer: one of our own tells that those before it are there.
    const auto mark = "/v2/mark-" + std::to_string(++asked_) + "/";
    get(mark);
    wait_until([&] { return folder_.read("log").find("GET " + mark) != std::string::npos; },
               "the registry writes no log");
    std::size_t count = 0;
    std::istringstream lines(folder_.read("log"));
    for (std::string line; std::getline(lines, line);)
        if (line.find(" - - [") != std::string::npos && line.find(part) != std::string::npos)
            ++count;
    return count;
}

int LocalRegistry::get(const std::string& target) const {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const auto address = loopback(port_);
    std::string answer;
    if (::connect(socket, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        const auto request =
            "GET " + target + " HTTP/1.1\r\nHost: " + host() + "\r\nConnection: close\r\n\r\n";
        ::send(socket, request.data(), request.size(), MSG_NOSIGNAL);
        std::array<char, 4096> buffer;
        for (ssize_t count = 0; (count = ::recv(socket, buffer.data(), buffer.size(), 0)) > 0;)
            answer.append(buffer.data(), static_cast<std::size_t>(count));
    }
    ::close(socket);
    return answer.size() > 12 ? std::atoi(answer.c_str() + 9) : 0;
}

} // namespace agent::image
