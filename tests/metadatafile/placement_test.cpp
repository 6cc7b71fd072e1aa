#include "metadatafile/placement.hpp"

#include <gtest/gtest.h>

namespace metadatafile {
namespace {

Placement with_mount(const std::string& target) {
    Circumstances circumstances;
    circumstances.mount_targets = {"/data", target};
    return decide(circumstances).placement;
}

TEST(MetadataPlacement, MountsAtAboveAndBelowEcsAreInTheWay) {
    for (const auto* target :
         {"/ecs", "/ecs/", "//ecs/", "/ecs/.", "/./ecs", "ecs", "/srv/../ecs", "/../ecs", "/", "//",
          "/.", "/ecs/metadata", "/ecs/metadata/web", "/ecs/x", "//ecs//metadata"})
        EXPECT_EQ(with_mount(target), Placement::mount_in_the_way) << target;
}

TEST(MetadataPlacement, MountsBesideEcsAreNot) {
    for (const auto* target : {"/ecsx", "/ecs-data", "/srv/ecs", "/ecs/../srv", "/ECS", "/opt"})
        EXPECT_EQ(with_mount(target), Placement::bind) << target;
}

TEST(MetadataPlacement, ReasonNamesTheMountAsTheUserWroteIt) {
    Circumstances circumstances;
    circumstances.mount_targets = {"//ecs/"};
    EXPECT_EQ(decide(circumstances).reason,
              "the container mounts something at //ecs/, which /ecs/metadata needs for itself");
}

TEST(MetadataPlacement, FileInTheImageIsInTheWay) {
    const std::array<std::string, 3> expected{"/ecs", "/ecs/metadata", "/ecs/metadata/web"};
    EXPECT_EQ(paths_to_probe("web"), expected);
    Circumstances circumstances;
    circumstances.file_in_image = "/ecs/metadata";
    const auto decision = decide(circumstances);
    EXPECT_FALSE(decision);
    EXPECT_EQ(decision.placement, Placement::file_in_the_way);
    EXPECT_EQ(decision.reason,
              "the image has a file at /ecs/metadata, where a directory is needed");
}

Placement with_switches(bool configuration, std::optional<bool> task,
                        std::optional<bool> container) {
    Circumstances circumstances;
    circumstances.enabled_by_configuration = configuration;
    circumstances.enabled_by_task = task;
    circumstances.enabled_by_container = container;
    return decide(circumstances).placement;
}

TEST(MetadataPlacement, ContainersWordWinsOverTheTasksAndThatOverTheConfiguration) {
    EXPECT_EQ(with_switches(true, {}, {}), Placement::bind);
    EXPECT_EQ(with_switches(false, {}, {}), Placement::off_by_configuration);
    EXPECT_EQ(with_switches(true, false, {}), Placement::off_by_task);
    EXPECT_EQ(with_switches(false, true, {}), Placement::bind);
    EXPECT_EQ(with_switches(true, {}, false), Placement::off_by_container);
    EXPECT_EQ(with_switches(true, true, false), Placement::off_by_container);
    EXPECT_EQ(with_switches(false, false, true), Placement::bind);
}

} // namespace
} // namespace metadatafile
