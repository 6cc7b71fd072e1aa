#include "agent/docker/docker_host.hpp"

#include <sys/un.h>

#include <algorithm>
#include <cctype>
#include <charconv>

namespace agent::docker {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using http::ServerAddress;

constexpr std::string_view default_port = "2375";

Error refused(Errc code, std::string_view docker_host, std::string_view reason) {
    std::string text = "DOCKER_HOST \"";
    text.append(docker_host.substr(0, 256)).append("\": ").append(reason);
    return Error(code, std::move(text));
}

bool is_port(std::string_view text) {
    unsigned value = 0;
    const auto* end = text.data() + text.size();
    const auto [rest, failure] = std::from_chars(text.data(), end, value);
    return failure == std::errc() && rest == end && value > 0 && value <= 65535;
}

bool is_host(std::string_view text) {
    const auto allowed = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_' || c == ':';
    };
    if (text.starts_with('[') && text.ends_with(']'))
        text = text.substr(1, text.size() - 2);
    else if (text.find(':') != std::string_view::npos)
        return false;
    return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

Result<ServerAddress> parse_tcp(std::string_view docker_host, std::string_view authority) {
    if (authority.ends_with('/'))
        authority.remove_suffix(1);
    auto colon = authority.rfind(':');
    if (colon != std::string_view::npos && authority.find(']', colon) != std::string_view::npos)
        colon = std::string_view::npos; // inside an IPv6 address
    const auto host = authority.substr(0, colon);
    const auto port = colon == std::string_view::npos ? default_port : authority.substr(colon + 1);
    if (!is_host(host) || !is_port(port))
        return refused(Errc::invalid_argument, docker_host, "expected tcp://host:port");
    ServerAddress endpoint;
    endpoint.authority.append(host).append(":").append(port);
    return endpoint;
}

Result<ServerAddress> parse_unix(std::string_view docker_host, std::string_view path) {
    if (!path.starts_with('/'))
        return refused(Errc::invalid_argument, docker_host, "expected unix:///absolute/path");
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        return refused(Errc::invalid_argument, docker_host, "the path is too long for a socket");
    if (path.find('\0') != std::string_view::npos)
        return refused(Errc::invalid_argument, docker_host, "the path holds a zero byte");
    ServerAddress endpoint;
    endpoint.socket_path = path;
    return endpoint;
}

} // namespace

Result<ServerAddress> parse_docker_host(std::string_view docker_host) {
    if (docker_host.empty())
        return ServerAddress{"/var/run/docker.sock", {}};
    const auto mark = docker_host.find("://");
    if (mark == std::string_view::npos)
        return refused(Errc::invalid_argument, docker_host,
                       "expected unix:///path, tcp://host:port or http://host:port");
    const auto scheme = docker_host.substr(0, mark);
    const auto rest = docker_host.substr(mark + 3);
    if (scheme == "unix")
        return parse_unix(docker_host, rest);
    if (scheme == "tcp" || scheme == "http")
        return parse_tcp(docker_host, rest);
    if (scheme == "https")
        return refused(Errc::unsupported, docker_host,
                       "TLS is not supported; use the engine's Unix socket");
    if (scheme == "ssh")
        return refused(Errc::unsupported, docker_host,
                       "ssh is not supported; the agent runs beside its engine");
    if (scheme == "npipe")
        return refused(Errc::unsupported, docker_host, "named pipes exist only on Windows");
    if (scheme == "fd")
        return refused(Errc::unsupported, docker_host, "fd is where an engine listens, not calls");
    return refused(Errc::invalid_argument, docker_host, "unknown scheme");
}

} // namespace agent::docker
