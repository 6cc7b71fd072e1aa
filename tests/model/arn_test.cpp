#include "model/arn.hpp"

#include <gtest/gtest.h>

namespace model {
namespace {

TEST(Arn, PartitionFollowsFromTheRegion) {
    EXPECT_EQ(partition_of("us-east-1"), "aws");
    EXPECT_EQ(partition_of("eu-central-1"), "aws");
    EXPECT_EQ(partition_of("cn-north-1"), "aws-cn");
    EXPECT_EQ(partition_of("us-gov-west-1"), "aws-us-gov");
    EXPECT_EQ(partition_of("us-iso-east-1"), "aws-iso");
    EXPECT_EQ(partition_of("us-isob-east-1"), "aws-iso-b");
    EXPECT_EQ(partition_of("eu-isoe-west-1"), "aws-iso-e");
    EXPECT_EQ(partition_of("us-isof-south-1"), "aws-iso-f");
    EXPECT_EQ(partition_of("eusc-de-east-1"), "aws-eusc");
}

TEST(Arn, ScopeByNameMakesEveryArnOfTheHost) {
    const ArnScope scope{"cn-north-1", "123456789012", "blue"};
    EXPECT_EQ(scope.cluster_arn(), "arn:aws-cn:ecs:cn-north-1:123456789012:cluster/blue");
    EXPECT_EQ(scope.task_arn("0123"), "arn:aws-cn:ecs:cn-north-1:123456789012:task/blue/0123");
    EXPECT_EQ(scope.container_arn("0123", "u-u"),
              "arn:aws-cn:ecs:cn-north-1:123456789012:container/blue/0123/u-u");
    EXPECT_EQ(scope.container_instance_arn("abcd"),
              "arn:aws-cn:ecs:cn-north-1:123456789012:container-instance/blue/abcd");
}

TEST(Arn, ScopeByClusterArnUsesItsName) {
    const ArnScope scope{"us-east-1", "1", "arn:aws:ecs:us-east-1:1:cluster/blue"};
    EXPECT_EQ(scope.cluster_arn(), "arn:aws:ecs:us-east-1:1:cluster/blue");
    EXPECT_EQ(scope.task_arn("0123"), "arn:aws:ecs:us-east-1:1:task/blue/0123");
}

TEST(Arn, LastPartIsTheId) {
    EXPECT_EQ(last_part("arn:aws:ecs:us-east-1:1:task/blue/0123"), "0123");
    EXPECT_EQ(last_part("0123"), "0123");
    EXPECT_EQ(cluster_name("blue"), "blue");
    EXPECT_EQ(cluster_name("arn:aws:ecs:us-east-1:1:cluster/blue"), "blue");
}

TEST(Arn, OfARoleIsAnArnAsItIsAndANameOfTheHostsAccount) {
    const ArnScope scope{"eu-west-1", "111122223333", "default"};
    EXPECT_EQ(role_arn("arn:aws:iam::111122223333:role/x", scope),
              "arn:aws:iam::111122223333:role/x");
    EXPECT_EQ(role_arn("arn:aws-cn:iam::1:role/x", scope), "arn:aws-cn:iam::1:role/x");
    EXPECT_EQ(role_arn("web", scope), "arn:aws:iam::111122223333:role/web");
    EXPECT_EQ(role_arn("service/web", scope), "arn:aws:iam::111122223333:role/service/web");
    EXPECT_EQ(role_arn("web", {"cn-north-1", "1", ""}), "arn:aws-cn:iam::1:role/web");
    EXPECT_EQ(role_arn("web", {"us-gov-west-1", "1", ""}), "arn:aws-us-gov:iam::1:role/web");
}

} // namespace
} // namespace model
