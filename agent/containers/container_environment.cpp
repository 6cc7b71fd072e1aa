#include "agent/containers/container_environment.hpp"

#include <algorithm>
#include <set>
#include <string_view>

namespace agent::containers {

namespace {

constexpr std::string_view endpoint = "http://169.254.170.2";

bool has_variable(const std::vector<std::string>& environment, std::string_view name) {
    return std::any_of(environment.begin(), environment.end(), [&](std::string_view entry) {
        return entry.starts_with(name) && entry.size() > name.size() && entry[name.size()] == '=';
    });
}

/// What is ECS's in every case.
std::vector<std::string> fixed_variables(const model::Container& container,
                                         const CreateFacts& facts) {
    const auto url = [&](std::string_view path) {
        return std::string(endpoint) + std::string(path) + container.endpoint_id;
    };
    std::vector<std::string> fixed{
        "ECS_CONTAINER_METADATA_URI=" + url("/v3/"),
        "ECS_CONTAINER_METADATA_URI_V4=" + url("/v4/"),
        "ECS_AGENT_URI=" + url("/api/"),
    };
    if (facts.metadata_bind)
        fixed.push_back(facts.metadata_environment);
    fixed.insert(fixed.end(), facts.role_variables.begin(), facts.role_variables.end());
    return fixed;
}

} // namespace

std::vector<std::string> container_environment(const definition::ContainerDefinition& definition,
                                               const model::Container& container,
                                               const CreateFacts& facts) {
    auto ours = fixed_variables(container, facts);
    std::vector<std::string> all;
    std::set<std::string_view> named;
    for (const auto* source : {&definition.environment, &facts.file_environment})
        for (const auto& [key, value] : *source)
            if (!has_variable(ours, key) && named.insert(key).second)
                all.push_back(key + '=' + value);
    const auto said = [&](std::string_view name) {
        return named.contains(name) || has_variable(facts.image_environment, name);
    };
    if (!facts.region.empty() && !said("AWS_REGION") && !said("AWS_DEFAULT_REGION")) {
        ours.push_back("AWS_REGION=" + facts.region);
        ours.push_back("AWS_DEFAULT_REGION=" + facts.region);
    }
    if (!said("AWS_EXECUTION_ENV"))
        ours.emplace_back("AWS_EXECUTION_ENV=AWS_ECS_EC2");
    all.insert(all.end(), ours.begin(), ours.end());
    return all;
}

} // namespace agent::containers
