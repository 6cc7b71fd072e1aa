#pragma once
// A role whose credentials containers are handed. Pure data.

#include <string>

namespace model {

/// A role that may be acted as, and the unguessable id under which its credentials are asked for.
struct TaskRole {
    std::string arn;
    std::string credentials_id;           ///< a secret: only those who may act as the role are told
    std::string authorization_token = {}; ///< asked for beside the id; "": none is. A secret

    bool operator==(const TaskRole&) const = default;
};

} // namespace model
