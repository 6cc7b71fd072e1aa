#pragma once
// Credentials as they are answered (http-contract 3): five texts, no more, since clients disagree
// about everything else (consumers 2). Pure.

#include "handlers/http/message.hpp"

#include <string_view>

namespace handlers::credentials {

struct Document {
    std::string_view role_arn;
    std::string_view access_key_id;
    std::string_view secret_access_key;
    std::string_view token;
    std::string_view expiration; ///< "2026-01-02T03:04:05Z", whole seconds
};

/// The body of the answer, which wipes itself when the last who holds it lets go.
http::SharedBody render(const Document& document);

} // namespace handlers::credentials
