#include "model/names.hpp"

#include <gtest/gtest.h>

namespace model {
namespace {

ContainerIdentity identity(std::string_view name,
                           std::string_view arn = "arn:aws:ecs:r:0:task/c/1") {
    return {arn, "prod", "shop", "7", name};
}

TEST(Naming, DockerNameHasEcsForm) {
    const auto name = docker_name(identity("web"));
    const std::string beginning = "ecs-shop-7-web-";
    ASSERT_TRUE(name.starts_with(beginning)) << name;
    const auto suffix = name.substr(beginning.size());
    EXPECT_EQ(suffix.size(), 20U);
    EXPECT_EQ(suffix.find_first_not_of("0123456789abcdef"), std::string::npos) << suffix;
}

TEST(Naming, DockerNameFollowsFromTaskAndContainerAlone) {
    EXPECT_EQ(docker_name(identity("web")), docker_name(identity("web")));
    EXPECT_NE(docker_name(identity("web")), docker_name(identity("api")));
    EXPECT_NE(docker_name(identity("web")),
              docker_name(identity("web", "arn:aws:ecs:r:0:task/c/2")));
}

TEST(Naming, WhatDockerDoesNotTakeIsLeftOutOfTheNameAndStillTellsTwoApart) {
    const auto pause = docker_name(identity(pause_container_name));
    EXPECT_TRUE(pause.starts_with("ecs-shop-7-internalecspause-")) << pause;
    EXPECT_TRUE(docker_name(identity("a_b.c")).starts_with("ecs-shop-7-abc-"));
    EXPECT_NE(docker_name(identity("a_b")), docker_name(identity("ab")));
    EXPECT_TRUE(docker_name(identity("a-b")).starts_with("ecs-shop-7-a-b-"));
}

TEST(Naming, ContainersCarryEcsFiveLabels) {
    const std::map<std::string, std::string> expected{
        {"com.amazonaws.ecs.cluster", "prod"},
        {"com.amazonaws.ecs.container-name", "web"},
        {"com.amazonaws.ecs.task-arn", "arn:aws:ecs:r:0:task/c/1"},
        {"com.amazonaws.ecs.task-definition-family", "shop"},
        {"com.amazonaws.ecs.task-definition-version", "7"},
    };
    EXPECT_EQ(ecs_labels(identity("web")), expected);
}

VolumeIdentity volume(std::string_view name, std::string_view arn = "arn:aws:ecs:r:0:task/c/1") {
    return {arn, "shop", "7", name};
}

TEST(Naming, VolumeNameFollowsFromTaskAndVolumeAlone) {
    const auto name = volume_name(volume("my_data"));
    EXPECT_TRUE(name.starts_with("ecs-shop-7-mydata-")) << name;
    EXPECT_EQ(name.size(), std::string("ecs-shop-7-mydata-").size() + 20);
    EXPECT_EQ(name, volume_name(volume("my_data")));
    EXPECT_NE(name, volume_name(volume("mydata")));
    EXPECT_NE(name, volume_name(volume("my_data", "arn:aws:ecs:r:0:task/c/2")));
    EXPECT_NE(volume_name(volume("web")), docker_name(identity("web")));
}

TEST(Naming, VolumeNameFitsADirectory) {
    const std::string longest(255, 'a');
    const auto name = volume_name({"arn", longest, "7", longest});
    EXPECT_EQ(name.size(), 255U);
    const auto other = volume_name({"arn", longest, "7", longest.substr(1)});
    EXPECT_NE(name, other) << "the suffix tells them apart";
}

TEST(Naming, VolumesCarryTheirTask) {
    const std::map<std::string, std::string> expected{
        {"com.amazonaws.ecs.task-arn", "arn:aws:ecs:r:0:task/c/1"}, {"ecs-node-agent", "volume"}};
    EXPECT_EQ(volume_labels("arn:aws:ecs:r:0:task/c/1"), expected);
}

// D18
TEST(Naming, VolumeIsATasksByBothOfItsLabels) {
    EXPECT_EQ(task_of_volume(volume_labels("arn:a")), "arn:a");
    EXPECT_EQ(task_of_volume({{"ecs-node-agent", "volume"}}), "") << "anybody may say so";
    EXPECT_EQ(task_of_volume({{"com.amazonaws.ecs.task-arn", "arn:a"}}), "");
    EXPECT_EQ(
        task_of_volume({{"ecs-node-agent", "network"}, {"com.amazonaws.ecs.task-arn", "arn:a"}}),
        "");
    EXPECT_EQ(task_of_volume({}), "");
}

} // namespace
} // namespace model
