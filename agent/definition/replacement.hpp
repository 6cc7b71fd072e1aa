#pragma once
// What this host has put in the place of something that a definition says. Values; any thread.

#include <string>

namespace agent::definition {

struct Replacement {
    std::string field;   ///< its path: "containerDefinitions[0].image"
    std::string before;  ///< what it said; "" where that is not repeated: it may be a secret
    std::string now;     ///< what stands there instead; "" likewise
    std::string said_in; ///< "/etc/ecs/host.yaml:12"

    bool operator==(const Replacement&) const = default;
};

/// "containerDefinitions[0].image: shop:dev instead of shop:1, by /etc/ecs/host.yaml:12", or without what is not
/// repeated: "containerDefinitions[0].environment[0].value: filled in for ${PASSWORD}, by /etc/ecs/host.yaml:12"
std::string to_string(const Replacement& replacement);

} // namespace agent::definition
