#pragma once
// What a container that no task definition declares was given when it was seen first, and keeps for its
// life: Docker knows none of it, or not from whom it is. A plain value.

#include <string>

namespace agent::state {

struct ObservedContainer {
    std::string endpoint_id;
    std::string
        task_arn; ///< "": only the id is known, from an agent of version 5 of the state file
    std::string task_key; ///< what all containers of its task have in common; "": it is alone
    std::string family;
    std::string cluster; ///< name or ARN
    std::string service_name;
    std::string name; ///< in its task
    std::string
        claimed_role; ///< the ARN that its own label claimed, as it was allowed to; "" for none

    bool operator==(const ObservedContainer&) const = default;
};

} // namespace agent::state
