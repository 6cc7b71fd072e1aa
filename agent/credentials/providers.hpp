#pragma once
// Makes the providers of the credentials file. Loop thread.

#include "agent/config/load.hpp"
#include "agent/credentials/configuration.hpp"
#include "agent/credentials/provider.hpp"

#include <map>
#include <string>

namespace agent::credentials {

/// What providers work with; all outlive them.
struct ProviderServices {
    base::Executor loop;
    base::WorkerPool& files;      ///< files of root's are read here
    base::WorkerPool& home_files; ///< and those in a user's home, which may hang, here
    base::WorkerPool& programs;   ///< programs are awaited here
    std::string region;           ///< where nothing else is said
    std::string imds_endpoint;
    config::Environment environment; ///< HOME, AWS_PROFILE, …; handed on to programs
};

using Providers = std::map<std::string, ProviderPtr, std::less<>>;

/// By their names. invalid_argument for an endpoint that is no URL.
base::Result<Providers> make_providers(const Configuration& configuration,
                                       const ProviderServices& services);

// One file each. `services` is copied where it is needed after the call.
ProviderPtr make_static_provider(const StaticSpec& spec, const ProviderServices& services);
ProviderPtr make_profile_provider(const ProfileSpec& spec, const ProviderServices& services);
ProviderPtr make_process_provider(const ProcessSpec& spec, const ProviderServices& services);
ProviderPtr make_imds_provider(const ImdsSpec& spec, const ProviderServices& services);
base::Result<ProviderPtr> make_assume_role_provider(const AssumeRoleSpec& spec, ProviderPtr source,
                                                    const ProviderServices& services);
base::Result<ProviderPtr> make_session_token_provider(const SessionTokenSpec& spec,
                                                      ProviderPtr source,
                                                      const ProviderServices& services);

/// Of a provider that asks for itself, not for a task.
RoleRequest own_request();

} // namespace agent::credentials
