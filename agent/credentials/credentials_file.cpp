#include "agent/credentials/credentials_file.hpp"

namespace agent::credentials {

base::Result<Configuration> read_credentials_file(const config::Loaded& loaded) {
    auto configuration = load_configuration(loaded.config.credentials_file);
    const bool absent = !configuration && configuration.error().code() == base::Errc::not_found;
    if (absent && !config::is_set(loaded, "credentials_file"))
        return Configuration();
    return configuration;
}

} // namespace agent::credentials
