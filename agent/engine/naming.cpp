#include "agent/engine/naming.hpp"

#include "base/ids.hpp"

#include <cctype>

namespace agent::engine {

std::string docker_name(const ContainerIdentity& identity) {
    constexpr std::size_t suffix_digits = 20;
    std::string plain;
    for (const char c : identity.container_name)
        if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-')
            plain += c;
    std::string suffix;
    const auto seed = std::string(identity.task_arn) + ' ' + std::string(identity.container_name);
    for (const char c : base::name_uuid(seed))
        if (c != '-' && suffix.size() < suffix_digits)
            suffix += c;
    std::string name = "ecs-";
    name += identity.family;
    name += '-';
    name += identity.revision;
    return name + '-' + plain + '-' + suffix;
}

std::map<std::string, std::string> ecs_labels(const ContainerIdentity& identity) {
    return {
        {std::string(label_task_arn), std::string(identity.task_arn)},
        {std::string(label_container_name), std::string(identity.container_name)},
        {std::string(label_family), std::string(identity.family)},
        {std::string(label_revision), std::string(identity.revision)},
        {std::string(label_cluster), std::string(identity.cluster)},
    };
}

} // namespace agent::engine
