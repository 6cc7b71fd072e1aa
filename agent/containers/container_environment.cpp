#include "agent/containers/container_environment.hpp"

#include "agent/containers/contract_variables.hpp"

#include <set>
#include <string>
#include <string_view>

namespace agent::containers {

std::vector<std::string> container_environment(const definition::ContainerDefinition& definition,
                                               const model::Container& container,
                                               const CreateFacts& facts) {
    std::vector<std::string> said;
    std::set<std::string_view> named;
    for (const auto& [name, secret] : facts.secrets)
        if (named.insert(name).second)
            said.push_back(name + '=' + std::string(secret.view()));
    for (const auto* source : {&definition.environment, &facts.file_environment})
        for (const auto& [key, value] : *source)
            if (named.insert(key).second)
                said.push_back(key + '=' + value);
    // What the runtime goes by is for whom GPUs are asked to say, else for the definition.
    if (auto gpus = gpu_variable(definition.gpus, facts.gpus); !gpus.empty()) {
        std::erase_if(said, [](const std::string& entry) {
            return name_of_variable(entry) == "NVIDIA_VISIBLE_DEVICES";
        });
        said.push_back(std::move(gpus));
    }
    Contract contract{container.endpoint_id, {}, facts.role_variables, facts.region};
    if (facts.metadata_bind)
        contract.metadata_environment = facts.metadata_environment;
    const auto variables =
        contract_variables(contract, said, facts.image_environment, Precedence::ecs);
    std::vector<std::string> all;
    for (auto& entry : said)
        if (!has_variable(variables.set, name_of_variable(entry)))
            all.push_back(std::move(entry));
    all.insert(all.end(), variables.set.begin(), variables.set.end());
    return all;
}

} // namespace agent::containers
