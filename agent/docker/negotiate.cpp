#include "agent/docker/negotiate.hpp"

#include "agent/docker/client.hpp"

#include <algorithm>

namespace agent::docker {

namespace {

std::string range(const ApiVersion& oldest, const ApiVersion& newest) {
    if (oldest == ApiVersion())
        return "up to " + newest.to_string(); // engines before API 1.25 name no oldest
    return oldest.to_string() + " to " + newest.to_string();
}

} // namespace

base::Result<ApiVersion> negotiate(const EngineVersion& engine, std::optional<ApiVersion> pinned) {
    const auto oldest = std::max(oldest_api_version, engine.min_api_version);
    const auto newest = std::min(newest_api_version, engine.api_version);
    const auto wanted = pinned.value_or(newest);
    if (oldest <= wanted && wanted <= newest)
        return wanted;
    std::string text = "this agent speaks Docker API " +
                       range(oldest_api_version, newest_api_version) + ", Docker Engine " +
                       engine.engine + " speaks " +
                       range(engine.min_api_version, engine.api_version);
    if (pinned)
        text += ", and " + pinned->to_string() + " is asked for by configuration";
    return base::Error(base::Errc::unsupported, std::move(text));
}

} // namespace agent::docker
