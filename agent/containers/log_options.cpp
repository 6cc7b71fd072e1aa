#include "agent/containers/log_options.hpp"

#include "agent/containers/task_roles.hpp"

namespace agent::containers {

bool needs_engine_keys(const definition::LogConfiguration& configuration,
                       const std::string& credentials) {
    return configuration.driver == "awslogs" && credentials.empty() &&
           !configuration.options.contains(std::string(log_credentials_option));
}

bool is_lack_of_log_keys(const base::Error& error) {
    const auto& what = error.what();
    const auto says = [&](std::string_view words) { return what.find(words) != std::string::npos; };
    // The words of AWS's SDK for Go, of version 1 (Docker Engine before 25) and 2, and the driver's own.
    return says("failed to initialize logging driver") &&
           (says("NoCredentialProviders") || says("get credentials: ") ||
            says("Cannot determine region for awslogs driver"));
}

definition::StringMap docker_log_options(const definition::LogConfiguration& configuration,
                                         const std::string& container_name,
                                         const std::string& task_id,
                                         const std::string& credentials) {
    auto options = configuration.options;
    if (configuration.driver == "awslogs") {
        if (const auto prefix = options.extract("awslogs-stream-prefix"); !prefix.empty())
            options["awslogs-stream"] = prefix.mapped() + '/' + container_name + '/' + task_id;
        if (!credentials.empty())
            options.emplace(log_credentials_option, credentials);
    }
    if (const auto mode = options.find("mode");
        mode != options.end() && mode->second == "non-blocking")
        options.emplace("max-buffer-size", "10m");
    return options;
}

} // namespace agent::containers
