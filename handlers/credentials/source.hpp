#pragma once
// The credentials that belong to an id. The agent implements it.

#include <optional>
#include <string>
#include <string_view>

namespace handlers {

/// As the contract answers them (http-contract 3); nothing of it may be logged.
struct Credentials {
    std::string role_arn;
    std::string access_key_id;
    std::string secret_access_key;
    std::string token;
    std::string expiration; ///< "2026-01-02T03:04:05Z"
};

/// Role: tells from memory what an id stands for. Threading: the loop thread.
class CredentialsSource {
public:
    virtual ~CredentialsSource() = default;

    struct Answer {
        bool known = false;                     ///< the id is some task's
        std::optional<Credentials> credentials; ///< absent while they are still being fetched
    };
    virtual Answer find(std::string_view id) = 0;
};

} // namespace handlers
