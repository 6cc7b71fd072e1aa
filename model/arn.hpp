#pragma once
// Amazon Resource Names, and the ids inside them.

#include <string>
#include <string_view>

namespace model {

/// "aws", "aws-cn", "aws-us-gov", …, by the region's prefix.
std::string partition_of(std::string_view region);

/// A cluster may be configured by name or by ARN; this is the name.
std::string cluster_name(std::string_view cluster);

/// What all ARNs of this host are made of.
struct ArnScope {
    std::string region;
    std::string account; ///< 12 digits
    std::string cluster; ///< name or ARN

    /// Of the same host, in another cluster.
    ArnScope in_cluster(std::string name) const;
    std::string cluster_arn() const;
    std::string task_arn(std::string_view task_id) const;
    std::string container_arn(std::string_view task_id, std::string_view uuid) const;
    std::string container_instance_arn(std::string_view id) const;
};

/// The scope that a task's ARN was made in; its cluster is `cluster` as the task was told it.
ArnScope scope_of(std::string_view task_arn, std::string_view cluster);

/// A role's ARN; what is only a name is one of the scope's account.
std::string role_arn(std::string_view role, const ArnScope& scope);

/// The last part of an ARN's resource: the task id of a task ARN.
std::string last_part(std::string_view arn);

} // namespace model
