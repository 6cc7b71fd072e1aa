#include "model/arn.hpp"

#include <array>
#include <utility>

namespace model {

std::string partition_of(std::string_view region) {
    static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> prefixes{{
        {"cn-", "aws-cn"},
        {"us-gov-", "aws-us-gov"},
        {"us-isob-", "aws-iso-b"},
        {"us-isof-", "aws-iso-f"},
        {"eu-isoe-", "aws-iso-e"},
        {"us-iso-", "aws-iso"},
        {"eusc-", "aws-eusc"},
        {"", "aws"},
    }};
    for (const auto& [prefix, partition] : prefixes)
        if (region.starts_with(prefix))
            return std::string(partition);
    return "aws";
}

std::string last_part(std::string_view arn) {
    return std::string(arn.substr(arn.rfind('/') + 1));
}

namespace {

/// The field of an ARN between its colons, counted from 0; "" when it has fewer.
std::string_view arn_field(std::string_view arn, int number) {
    for (; number > 0 && !arn.empty(); --number) {
        const auto colon = arn.find(':');
        arn = colon == std::string_view::npos ? std::string_view() : arn.substr(colon + 1);
    }
    return arn.substr(0, arn.find(':'));
}

} // namespace

ArnScope scope_of(std::string_view task_arn, std::string_view cluster) {
    return {std::string(arn_field(task_arn, 3)), std::string(arn_field(task_arn, 4)),
            std::string(cluster)};
}

std::string cluster_name(std::string_view cluster) {
    return cluster.starts_with("arn:") ? last_part(cluster) : std::string(cluster);
}

std::string role_arn(std::string_view role, const ArnScope& scope) {
    if (role.starts_with("arn:"))
        return std::string(role);
    std::string arn = "arn:" + partition_of(scope.region) + ":iam::" + scope.account;
    return arn.append(":role/").append(role);
}

namespace {

std::string ecs_arn(const ArnScope& scope, std::string_view resource) {
    return "arn:" + partition_of(scope.region) + ":ecs:" + scope.region + ':' + scope.account +
           ':' + std::string(resource);
}

} // namespace

ArnScope ArnScope::in_cluster(std::string name) const {
    return {region, account, std::move(name)};
}

std::string ArnScope::cluster_arn() const {
    return cluster.starts_with("arn:") ? cluster : ecs_arn(*this, "cluster/" + cluster);
}

std::string ArnScope::task_arn(std::string_view task_id) const {
    return ecs_arn(*this, "task/" + cluster_name(cluster) + '/' + std::string(task_id));
}

std::string ArnScope::container_arn(std::string_view task_id, std::string_view uuid) const {
    return ecs_arn(*this, "container/" + cluster_name(cluster) + '/' + std::string(task_id) + '/' +
                              std::string(uuid));
}

std::string ArnScope::container_instance_arn(std::string_view id) const {
    return ecs_arn(*this, "container-instance/" + cluster_name(cluster) + '/' + std::string(id));
}

} // namespace model
