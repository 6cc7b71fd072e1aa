#include "metadatafile/paths.hpp"

#include <gtest/gtest.h>

namespace metadatafile {
namespace {

TEST(MetadataPaths, LinuxPathsAreAsDocumented) {
    EXPECT_EQ(host_directory("/var/lib/ecs/data", "default", "0123", "web").value(),
              "/var/lib/ecs/data/metadata/default/0123/web");
    EXPECT_EQ(task_directory("/var/lib/ecs/data/", "default", "0123").value(),
              "/var/lib/ecs/data/metadata/default/0123");
    EXPECT_EQ(container_directory("web"), "/ecs/metadata/web");
    EXPECT_EQ(environment_entry("web"),
              "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json");
    EXPECT_EQ(linux_layout.data_directory, "/var/lib/ecs/data");
}

TEST(MetadataPaths, VolumesHaveAFolderOfTheirOwn) {
    EXPECT_EQ(volume_directory("/var/lib/ecs/data", "a1").value(),
              "/var/lib/ecs/data/metadata/~volumes/a1/_data");
    EXPECT_FALSE(volume_directory("/var/lib/ecs/data", ".."));
    EXPECT_FALSE(volume_directory("/var/lib/ecs/data", "a/b"));
}

TEST(MetadataPaths, WindowsPathsAreThoseOfTheProposal) {
    EXPECT_EQ(
        host_directory(windows_layout.data_directory, "default", "0123", "web", windows_layout)
            .value(),
        R"(%ProgramData%\Amazon\ECS\data\metadata\default\0123\web)");
    EXPECT_EQ(environment_entry("web", windows_layout),
              R"(ECS_CONTAINER_METADATA_FILE=C:\Amazon\ECS\metadata\web\metadata.json)");
}

TEST(MetadataPaths, ClusterArnGivesItsNameOnly) {
    EXPECT_EQ(
        task_directory("/d", "arn:aws:ecs:us-east-1:000000000000:cluster/blue", "0123").value(),
        "/d/metadata/blue/0123");
}

TEST(MetadataPaths, NamesThatLeadElsewhereAreRefused) {
    for (const auto* name : {"", ".", "..", "../x", "a/b", "/etc", "a\\b", "a:b", "a b", "a\nb"}) {
        const auto in_container = host_directory("/d", "default", "0123", name);
        ASSERT_FALSE(in_container) << name;
        EXPECT_EQ(in_container.error().code(), base::Errc::invalid_argument);
        EXPECT_FALSE(host_directory("/d", "default", name, "web")) << name;
    }
    EXPECT_FALSE(task_directory("/d", "..", "0123"));
    EXPECT_FALSE(task_directory("/d", "arn:aws:ecs:us-east-1:0:cluster/..", "0123"));
    EXPECT_FALSE(check_name(std::string(256, 'a')));
    EXPECT_FALSE(check_name(std::string("a\0b", 3)));
}

TEST(MetadataPaths, NamesThatEcsAndDockerAllowAreTaken) {
    for (const auto* name : {"web", "Web-1_x", "my.container", "..x", "~internal~ecs~pause"})
        EXPECT_TRUE(check_name(name)) << name;
    EXPECT_TRUE(check_name(std::string(255, 'a')));
}

TEST(MetadataPaths, BindIsReadOnlyAndLabelledWhereTheEngineLabels) {
    EXPECT_EQ(bind("/d/metadata/c/t/web", "/ecs/metadata/web", false).value(),
              "/d/metadata/c/t/web:/ecs/metadata/web:ro");
    EXPECT_EQ(bind("/d/metadata/c/t/web", "/ecs/metadata/web", true).value(),
              "/d/metadata/c/t/web:/ecs/metadata/web:ro,z");
    EXPECT_EQ(bind("/d:ata/metadata/c/t/web", "/ecs/metadata/web", false).error().code(),
              base::Errc::invalid_argument);
}

} // namespace
} // namespace metadatafile
