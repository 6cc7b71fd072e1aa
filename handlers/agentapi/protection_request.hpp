#pragma once
// The body of PUT …/task-protection/v1/state, read as Go's decoder reads it for ECS's agent: keys
// whatever their case, the last of two equal ones counts, `null` is absent, unknown keys and other
// types are refused, what follows the first value is not looked at. Pure.

#include <cstdint>
#include <optional>
#include <string_view>

namespace handlers::agentapi {

struct ProtectionRequest {
    std::optional<bool> enabled;
    std::optional<std::int64_t> minutes;

    bool operator==(const ProtectionRequest&) const = default;
};

/// Nothing when it cannot be decoded. Bodies are small (http::Limits), and what is nested is
/// refused where it begins.
std::optional<ProtectionRequest> decode_protection_request(std::string_view body);

} // namespace handlers::agentapi
