#pragma once
// This host as ECS would describe it: fixed once the agent has started.

#include "model/arn.hpp"

#include <map>
#include <string>

namespace model {

struct Instance {
    ArnScope scope;
    std::string container_instance_arn;
    std::string availability_zone;
    std::string availability_zone_id;
    std::string vpc_id;
    std::string host_private_ipv4; ///< from IMDS, "" elsewhere
    std::string host_public_ipv4;
    std::string agent_version; ///< "Amazon ECS Agent - v1.105.1 (0123abcd)"
    std::map<std::string, std::string> tags;
};

} // namespace model
