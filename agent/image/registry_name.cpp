#include "agent/image/registry_name.hpp"

#include "agent/docker/wire.hpp"

#include <algorithm>
#include <array>
#include <cctype>

namespace agent::image {

namespace {

constexpr std::string_view docker_hub = "docker.io";

std::string normal(std::string_view host) {
    constexpr std::array<std::string_view, 2> other_names{"index.docker.io",
                                                          "registry-1.docker.io"};
    std::string name(host);
    std::ranges::transform(name, name.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(other_names, name) == other_names.end() ? name
                                                                     : std::string(docker_hub);
}

/// Docker's rule: the first part of a name is a host when it cannot be a part of a path.
bool is_host(std::string_view first) {
    return first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
           std::ranges::any_of(first, [](unsigned char c) { return std::isupper(c) != 0; });
}

/// Of a reference, without tag and digest.
struct Parts {
    std::string registry;
    std::string path; ///< "library/busybox" for Docker's own "busybox"
};

Parts parts_of(std::string_view reference) {
    const auto name = docker::split_reference(reference.substr(0, reference.find('@'))).name;
    const auto first = name.substr(0, name.find('/'));
    const bool has_host = first.size() < name.size() && is_host(first);
    Parts parts{registry_of(name), has_host ? name.substr(first.size() + 1) : name};
    if (parts.registry == docker_hub && parts.path.find('/') == std::string::npos)
        parts.path.insert(0, "library/");
    return parts;
}

} // namespace

std::string registry_of(std::string_view reference) {
    const auto slash = reference.find('/');
    const auto first = reference.substr(0, slash);
    const bool has_host = slash != std::string_view::npos && is_host(first);
    return has_host ? normal(first) : std::string(docker_hub);
}

std::string registry_of_key(std::string_view key) {
    if (const auto scheme = key.find("://"); scheme != std::string_view::npos)
        key.remove_prefix(scheme + 3);
    return normal(key.substr(0, key.find('/')));
}

std::string server_of(std::string_view registry) {
    return registry == docker_hub ? "https://index.docker.io/v1/" : std::string(registry);
}

std::string recorded_repository(std::string_view reference) {
    auto [host, path] = parts_of(reference);
    if (host == docker_hub)
        return host + '/' + path;
    host = host.substr(0, host.rfind(':'));
    // Without its port a plain name reads as the beginning of a path on Docker Hub.
    return (is_host(host) ? "" : std::string(docker_hub) + '/') + host + '/' + path;
}

std::string written_out(std::string_view reference) {
    if (reference.starts_with("sha256:"))
        return std::string(reference);
    const auto [registry, path] = parts_of(reference);
    const auto separator = is_by_digest(reference) ? '@' : ':';
    return registry + '/' + path + separator + docker::split_reference(reference).tag;
}

bool is_by_digest(std::string_view reference) {
    return reference.find('@') != std::string_view::npos;
}

} // namespace agent::image
