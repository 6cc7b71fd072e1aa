#pragma once
// What a container that no task definition declares was given when it was seen first, and keeps for its
// life: Docker knows none of it, or not from whom it is. A plain value.

#include <string>

namespace agent::state {

struct ObservedContainer {
    std::string endpoint_id;
    std::string task_arn; ///< "": only the id is known, by a state file of version 5
    std::string task_key; ///< what all containers of its task have in common; "": it is alone
    std::string family;
    std::string cluster; ///< name or ARN
    std::string service_name;
    std::string name;            ///< in its task
    std::string credentials_id;  ///< of a role that it has or may get, where no variable tells one
    std::string claimed_role;    ///< an ARN that its own label may claim; "" for none
    std::string compose_project; ///< by its own labels, not by its image's
    std::string compose_service;

    bool operator==(const ObservedContainer&) const = default;
};

} // namespace agent::state
