#include "agent/image/login.hpp"

#include "agent/image/registry_name.hpp"
#include "base/base64.hpp"

#include <nlohmann/json.hpp>

namespace agent::image {

base::Result<Login> read_login(std::string_view json) {
    const auto document = nlohmann::json::parse(json, nullptr, false);
    const auto text = [&](const char* field) {
        const bool is_there = document.is_object() && document.contains(field);
        return is_there && document[field].is_string() ? document[field].get<std::string>()
                                                       : std::string();
    };
    Login login{text("username"), text("password"), {}};
    if (login.username.empty() || login.password.empty())
        return base::Error(base::Errc::invalid_argument,
                           "expected a JSON object with username and password");
    return login;
}

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
