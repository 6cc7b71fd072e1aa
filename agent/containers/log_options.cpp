#include "agent/containers/log_options.hpp"

#include "agent/containers/task_roles.hpp"

namespace agent::containers {

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
