#pragma once
// Which registry an image comes from, and which one an entry of Docker's files means. Pure.

#include <map>
#include <string>
#include <string_view>

namespace agent::image {

/// "host", "host:port", or "docker.io" where the reference names none.
std::string registry_of(std::string_view reference);

/// The same for a key of config.json or of ECS_ENGINE_AUTH_DATA, which may be an address with
/// scheme and path: "https://index.docker.io/v1/" is "docker.io".
std::string registry_of_key(std::string_view key);

/// What Docker calls the registry where logins are kept: "https://index.docker.io/v1/" for
/// "docker.io", else the registry itself.
std::string server_of(std::string_view registry);

/// The repository as an engine records where an image was pulled from: with its registry's host, but
/// without port, tag and digest. "busybox:1" is "docker.io/library/busybox", "localhost:5000/app" is
/// "localhost/app".
std::string recorded_repository(std::string_view reference);

/// The reference written out, the same for all that mean one image: "docker.io/library/busybox:latest" for
/// "busybox"; an id ("sha256:…") as it is.
std::string written_out(std::string_view reference);

/// Whether the reference names one content for ever: "name@sha256:…".
bool is_by_digest(std::string_view reference);

/// The value whose key means this registry, the key that is its very name first; or nullptr.
template <class Value>
const Value* find_by_registry(const std::map<std::string, Value>& values,
                              std::string_view registry) {
    for (const auto& name : {server_of(registry), std::string(registry)})
        if (const auto found = values.find(name); found != values.end())
            return &found->second;
    for (const auto& [key, value] : values)
        if (registry_of_key(key) == registry)
            return &value;
    return nullptr;
}

} // namespace agent::image
