#pragma once
// Which login goes with which image: those of ECS_ENGINE_AUTH_DATA, then those of Docker's
// config.json and its helpers, read anew for each pull. Loop thread; files and programs are left to
// workers, each to their own: a helper that hangs holds back no pull that needs none. Lives as long
// as somebody waits for an answer of its.

#include "agent/config/config.hpp"
#include "agent/config/load.hpp"
#include "agent/config/registry_logins.hpp"
#include "agent/image/login.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <memory>
#include <optional>
#include <string>

namespace agent::image {

struct CredentialSettings {
    config::RegistryLogins logins;   ///< of ECS_ENGINE_AUTH_DATA
    config::Environment environment; ///< says where config.json is; handed on to helpers
};

/// invalid_argument where the configuration has not been validated.
base::Result<CredentialSettings> credential_settings(const config::Config& config,
                                                     config::Environment environment);

/// What is known of the login for a registry before any program is asked.
struct KnownLogin {
    std::string helper; ///< the name of the one that may have it, and comes first; "" for none
    std::optional<Login> login; ///< nothing when none is known
};

/// Blocks: reads config.json (1 MiB at most). Errors name the file and hold nothing of it.
base::Result<KnownLogin> look_up_login(const CredentialSettings& settings,
                                       const std::string& registry);

class RegistryCredentials {
public:
    /// config.json is read on `files`, helpers are awaited on `helpers`.
    RegistryCredentials(base::WorkerPool& files, base::WorkerPool& helpers,
                        CredentialSettings settings);

    /// The value of X-Registry-Auth for an image, a secret; nothing when no login is known. A file
    /// or helper that is broken counts as none, with one warning.
    base::Async<std::optional<std::string>> header_for(std::string reference);

private:
    base::Async<base::Result<std::optional<Login>>> find_login(std::string registry);

    base::WorkerPool& files_;
    base::WorkerPool& helpers_;
    std::shared_ptr<const CredentialSettings> settings_;
    std::string last_warning_; ///< not said again
};

} // namespace agent::image
