#pragma once
// How requests are spelled and refusals read: the engine's filter documents, the mapping
// of its statuses to our error codes. Pure functions.

#include "agent/docker/types.hpp"
#include "agent/http/escape.hpp"
#include "agent/http/transport.hpp"
#include "base/error.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::docker {

// What the client speaks.
using http::escape;
using http::Request;
using http::Response;
using http::Transport;

/// A POST without a body, and one with JSON.
Request post(std::string target, std::chrono::milliseconds deadline);
Request post_json(std::string target, std::string body, std::chrono::milliseconds deadline);

/// `{"label":{"a=b":true}}`, the form that every engine since API 1.22 reads. Keys without values
/// are left out; "{}" when nothing is left.
std::string filters_json(const std::map<std::string, std::vector<std::string>>& filters);

/// "name[:tag|@digest]" in two; the tag is "latest" when there is neither.
struct ImageReference {
    std::string name;
    std::string tag; ///< or digest
};
ImageReference split_reference(std::string_view reference);

/// The same actions, and what Podman calls those of them that it calls otherwise.
std::vector<std::string> with_podmans_names(std::vector<std::string> actions);

/// "seconds.nanoseconds" as /events?since= takes it.
std::string to_event_time(std::int64_t nano);

/// The answer's status, or the one that Docker would have given: Podman says 500 for much that
/// Docker tells apart, and only its words say what it was.
long status_in_dockers_sense(const Response& response);

/// The engine's refusal as an Error: "<what>: 409 Conflict: <Docker's message>".
base::Error refusal(std::string_view what, const Response& response);

} // namespace agent::docker
