#include "agent/image/registry_name.hpp"

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

} // namespace

std::string registry_of(std::string_view reference) {
    const auto slash = reference.find('/');
    const auto first = reference.substr(0, slash);
    // Docker's rule: the first part is a host when it cannot be a name.
    const bool is_host =
        slash != std::string_view::npos &&
        (first.find_first_of(".:") != std::string_view::npos || first == "localhost" ||
         std::ranges::any_of(first, [](unsigned char c) { return std::isupper(c) != 0; }));
    return is_host ? normal(first) : std::string(docker_hub);
}

std::string registry_of_key(std::string_view key) {
    if (const auto scheme = key.find("://"); scheme != std::string_view::npos)
        key.remove_prefix(scheme + 3);
    return normal(key.substr(0, key.find('/')));
}

std::string server_of(std::string_view registry) {
    return registry == docker_hub ? "https://index.docker.io/v1/" : std::string(registry);
}

bool is_by_digest(std::string_view reference) {
    return reference.find('@') != std::string_view::npos;
}

} // namespace agent::image
