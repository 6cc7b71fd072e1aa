#include "agent/image/registry_credentials.hpp"

#include "agent/image/credential_helper.hpp"
#include "agent/image/docker_config.hpp"
#include "agent/image/registry_name.hpp"
#include "base/files.hpp"
#include "base/log.hpp"

namespace agent::image {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Result;

namespace {

constexpr std::size_t max_config_bytes = 1 << 20;

/// The name of the helper that keeps this registry's login; "" for none.
std::string helper_for(const DockerConfig& config, const std::string& registry) {
    const auto* own = find_by_registry(config.cred_helpers, registry);
    return own != nullptr ? *own : config.creds_store;
}

} // namespace

Result<CredentialSettings> credential_settings(const config::Config& config,
                                               config::Environment environment) {
    CredentialSettings settings;
    TRY(settings.logins,
        config::parse_registry_logins(config.engine_auth_type, config.engine_auth_data.text));
    settings.environment = std::move(environment);
    return settings;
}

Result<std::optional<Login>> find_login(const CredentialSettings& settings,
                                        const std::string& registry) {
    if (const auto* login = find_by_registry(settings.logins, registry))
        return std::optional(Login{login->username, login->password, {}});
    const auto path = docker_config_path(settings.environment);
    const auto text = base::read_file(path, max_config_bytes);
    if (!text && text.error().code() == Errc::not_found)
        return std::optional<Login>();
    if (!text)
        return text.error();
    auto config = parse_docker_config(*text);
    if (!config)
        return std::move(config).error() + path;
    if (const auto helper = helper_for(*config, registry); !helper.empty()) {
        TRY(auto login, ask_credential_helper(helper, server_of(registry), settings.environment));
        if (login)
            return login;
    }
    const auto* login = find_by_registry(config->auths, registry);
    return login != nullptr ? std::optional(*login) : std::nullopt;
}

RegistryCredentials::RegistryCredentials(base::WorkerPool& workers, CredentialSettings settings)
    : workers_(workers),
      settings_(std::make_shared<const CredentialSettings>(std::move(settings))) {}

Async<std::optional<std::string>> RegistryCredentials::header_for(std::string reference) {
    const auto registry = registry_of(reference);
    auto work = [settings = settings_, registry] { return find_login(*settings, registry); };
    const auto login = co_await base::offload(workers_, std::move(work));
    if (!login) {
        if (login.error().what() != last_warning_)
            log::warn("cannot read the login for a registry; pulling without one",
                      {{"registry", registry}, log::why(login.error())});
        last_warning_ = login.error().what();
        co_return std::nullopt;
    }
    last_warning_.clear();
    if (!*login)
        co_return std::nullopt;
    co_return auth_header(**login, registry);
}

} // namespace agent::image
