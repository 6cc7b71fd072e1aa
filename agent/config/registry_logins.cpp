#include "agent/config/registry_logins.hpp"

#include "agent/tables/document.hpp"
#include "base/base64.hpp"

#include <nlohmann/json.hpp>

namespace agent::config {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using Json = nlohmann::ordered_json;

constexpr std::string_view dockercfg_form =
    R"({"<registry>":{"auth":"<base64 of user:password>"}})";
constexpr std::string_view docker_form = R"({"<registry>":{"username":"...","password":"..."}})";

/// The field's text; nothing when it is absent or something else.
std::optional<std::string> text_of(const Json& entry, const char* field) {
    const auto found = entry.find(field);
    if (found == entry.end() || !found->is_string())
        return std::nullopt;
    return found->get<std::string>();
}

std::optional<RegistryLogin> read_login(EngineAuthType type, const Json& entry) {
    if (!entry.is_object())
        return std::nullopt;
    if (type == EngineAuthType::dockercfg) {
        const auto auth = text_of(entry, "auth");
        return auth ? decode_login(*auth) : std::nullopt;
    }
    auto username = text_of(entry, "username");
    auto password = text_of(entry, "password");
    if (!username || username->empty() || !password)
        return std::nullopt;
    return RegistryLogin{std::move(*username), std::move(*password)};
}

} // namespace

std::optional<RegistryLogin> decode_login(std::string_view base64) {
    const auto text = base::decode_base64(base64);
    const auto colon = text ? text->find(':') : std::string::npos;
    if (colon == std::string::npos || colon == 0)
        return std::nullopt;
    RegistryLogin login{text->substr(0, colon), text->substr(colon + 1)};
    // Docker's own tools have written a NUL at the end.
    while (login.password.ends_with('\0'))
        login.password.pop_back();
    return login;
}

Result<RegistryLogins> parse_registry_logins(EngineAuthType type, std::string_view data) {
    RegistryLogins logins;
    if (type == EngineAuthType::none)
        return logins;
    const auto form = type == EngineAuthType::dockercfg ? dockercfg_form : docker_form;
    const Error wrong(Errc::invalid_argument, "expected JSON such as " + std::string(form));
    const auto document = tables::read_json(data);
    if (!document || !document->is_object() || document->empty())
        return wrong;
    for (const auto& [registry, entry] : document->items()) {
        auto login = read_login(type, entry);
        if (!login || registry.empty())
            return wrong;
        logins.emplace(registry, std::move(*login));
    }
    return logins;
}

std::string right_registry_logins(EngineAuthType type, std::string_view data) {
    const auto document = tables::read_json(data);
    if (!document || !document->is_object())
        return {};
    Json right = Json::object();
    for (const auto& [registry, entry] : document->items())
        if (!registry.empty() && read_login(type, entry))
            right[registry] = entry;
    return right.empty() ? std::string() : right.dump();
}

} // namespace agent::config
