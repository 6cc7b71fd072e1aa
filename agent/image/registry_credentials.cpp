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

Result<KnownLogin> look_up_login(const CredentialSettings& settings, const std::string& registry) {
    KnownLogin known;
    if (const auto* login = find_by_registry(settings.logins, registry)) {
        known.login = Login{login->username, login->password, {}};
        return known;
    }
    const auto path = docker_config_path(settings.environment);
    const auto text = base::read_file(path, max_config_bytes);
    if (!text && text.error().code() == Errc::not_found)
        return known;
    if (!text)
        return text.error();
    auto config = parse_docker_config(*text);
    if (!config)
        return std::move(config).error() + path;
    known.helper = helper_for(*config, registry);
    if (const auto* login = find_by_registry(config->auths, registry))
        known.login = *login;
    return known;
}

RegistryCredentials::RegistryCredentials(base::WorkerPool& files, base::WorkerPool& helpers,
                                         CredentialSettings settings)
    : files_(files),
      helpers_(helpers),
      settings_(std::make_shared<const CredentialSettings>(std::move(settings))) {}

Async<Result<std::optional<Login>>> RegistryCredentials::find_login(std::string registry) {
    auto look_up = [settings = settings_, registry] { return look_up_login(*settings, registry); };
    CO_TRY(auto known, co_await base::offload(files_, std::move(look_up)));
    if (known.helper.empty())
        co_return std::move(known.login);
    auto ask = [settings = settings_, helper = known.helper, server = server_of(registry)] {
        return ask_credential_helper(helper, server, settings->environment);
    };
    CO_TRY(auto login, co_await base::offload(helpers_, std::move(ask)));
    if (!login)
        co_return std::move(known.login);
    co_return login;
}

Async<std::optional<std::string>> RegistryCredentials::header_for(std::string reference) {
    const auto registry = registry_of(reference);
    const auto login = co_await find_login(registry);
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
