#include "agent/image/docker_config.hpp"

#include "agent/config/registry_logins.hpp"
#include "base/json.hpp"

#include <nlohmann/json.hpp>

namespace agent::image {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

Error wrong(std::string_view field, std::string_view expected) {
    return {Errc::invalid_argument, std::string(field) + ": expected " + std::string(expected)};
}

/// The text of a field; "" when it is absent.
Result<std::string> read_text(const Json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end() || found->is_null())
        return std::string();
    if (!found->is_string())
        return wrong(field, "text");
    return found->get<std::string>();
}

/// The object of a field; an empty one when it is absent.
Result<Json> read_object(const Json& object, const char* field) {
    const auto found = object.find(field);
    if (found == object.end() || found->is_null())
        return Json::object();
    if (!found->is_object())
        return wrong(field, "an object");
    return *found;
}

/// Nothing for an entry without a login, as docker leaves it where a helper has it.
Result<std::optional<Login>> read_login(const Json& entry) {
    if (!entry.is_object())
        return wrong("auths", "objects");
    Login login;
    TRY(login.username, read_text(entry, "username"));
    TRY(login.password, read_text(entry, "password"));
    TRY(login.identity_token, read_text(entry, "identitytoken"));
    TRY(const auto auth, read_text(entry, "auth"));
    if (!auth.empty()) {
        auto decoded = config::decode_login(auth);
        if (!decoded)
            return wrong("auth", "base64 of user:password");
        login.username = std::move(decoded->username);
        login.password = std::move(decoded->password);
    }
    if (login.username.empty() && login.identity_token.empty())
        return std::optional<Login>();
    return std::optional(std::move(login));
}

} // namespace

Result<DockerConfig> parse_docker_config(std::string_view text) {
    const auto document = base::parse_json(text);
    // What the parser says may quote the text.
    if (!document || !document->is_object())
        return Error(Errc::invalid_argument, "expected a JSON object");
    DockerConfig config;
    TRY(config.creds_store, read_text(*document, "credsStore"));
    TRY(const auto auths, read_object(*document, "auths"));
    for (const auto& [key, entry] : auths.items()) {
        TRY(auto login, read_login(entry));
        if (login)
            config.auths.emplace(key, std::move(*login));
    }
    TRY(const auto helpers, read_object(*document, "credHelpers"));
    for (const auto& [key, helper] : helpers.items()) {
        if (!helper.is_string())
            return wrong("credHelpers", "names");
        config.cred_helpers.emplace(key, helper.get<std::string>());
    }
    return config;
}

std::string docker_config_path(const config::Environment& environment) {
    const auto folder = environment.find("DOCKER_CONFIG");
    if (folder != environment.end() && !folder->second.empty())
        return folder->second + "/config.json";
    // A service of systemd has no HOME.
    const auto home = environment.find("HOME");
    const bool known = home != environment.end() && !home->second.empty();
    return (known ? home->second : "/root") + "/.docker/config.json";
}

} // namespace agent::image
