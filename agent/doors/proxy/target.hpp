#pragma once
// Which call of the engine's a request line is, in every way of writing its target that an engine (Go's
// net/http and gorilla/mux: Docker's, Podman's) takes for that call. Pure.

#include <string>
#include <string_view>

namespace agent::doors::proxy {

enum class Call {
    create_container,
    create_service,
    update_service,
    attach, ///< attach to a container, or start of an exec: its connection may become a stream of bytes
    other,
};

struct Target {
    Call call = Call::other;
    std::string version; ///< "1.44"; "" where the path has none
    std::string name;    ///< CreateRequest::name
};

/// `target` as sent. What the engine redirects ("//containers/create") or refuses (a broken "%") is other.
Target read_target(std::string_view method, std::string_view target);

/// The target's path alone, still encoded, for the log: without query, and without host and user of an
/// absolute form. "" where it has none.
std::string_view loggable_path(std::string_view target);

} // namespace agent::doors::proxy
