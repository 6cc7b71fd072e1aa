#include "agent/image/login.hpp"

#include "agent/image/registry_name.hpp"
#include "base/base64.hpp"

#include <nlohmann/json.hpp>

namespace agent::image {

std::string auth_header(const Login& login, std::string_view registry) {
    nlohmann::json document{{"serveraddress", server_of(registry)}};
    if (login.identity_token.empty()) {
        document["username"] = login.username;
        document["password"] = login.password;
    } else {
        document["identitytoken"] = login.identity_token;
    }
    return base::encode_base64_url(
        document.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

} // namespace agent::image
