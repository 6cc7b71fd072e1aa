// The refusals of volumes and of mounts, with their exact words.

#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

TEST(VolumeRefusals, OfVolumes) {
    for (const auto& [fields, reason] : std::vector<Case>{
             {R"("volumes": {})", "volumes: expected a list, got an object"},
             {R"("volumes": [{}])", "volumes[0].name: required"},
             {R"("volumes": [{"name": "a b"}])",
              R"(volumes[0].name: expected 1 to 255 letters, digits, '-' and '_', got "a b")"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "srv"}}])",
              R"(volumes[0].host.sourcePath: expected an absolute path, got "srv")"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "/a:b"}}])",
              "volumes[0].host.sourcePath: must not contain ':', which Docker's bind syntax "
              "separates by"},
             {R"("volumes": [{"name": "a", "host": {"path": "/a"}}])",
              "volumes[0].host.path: unknown field"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "/a"}},
                             {"name": "a", "host": {"sourcePath": "/b"}}])",
              R"(volumes[1].name: a second volume "a")"},
             {R"("volumes": [{"name": "a", "dockerVolumeConfiguration": {"scope": "host"}}])",
              "volumes[0].dockerVolumeConfiguration.scope: expected \"task\" or \"shared\", got "
              "\"host\""},
             {R"("volumes": [{"name": "a", "dockerVolumeConfiguration": {"autoprovision": true}}])",
              "volumes[0].dockerVolumeConfiguration.autoprovision: true is only for the scope "
              "\"shared\""},
             {R"("volumes": [{"name": "a", "dockerVolumeConfiguration": {"size": 1}}])",
              "volumes[0].dockerVolumeConfiguration.size: unknown field"},
             {R"("volumes": [{"name": "a", "dockerVolumeConfiguration":
                              {"labels": {"com.amazonaws.ecs.x": "y"}}}])",
              "volumes[0].dockerVolumeConfiguration.labels.com.amazonaws.ecs.x: labels beginning "
              "with com.amazonaws.ecs. and the label ecs-node-agent are set by the agent"},
             {R"("volumes": [{"name": "a", "dockerVolumeConfiguration":
                              {"labels": {"ecs-node-agent": "volume"}}}])",
              "volumes[0].dockerVolumeConfiguration.labels.ecs-node-agent: labels beginning with "
              "com.amazonaws.ecs. and the label ecs-node-agent are set by the agent"},
             {R"("volumes": [{"name": "a", "host": {"sourcePath": "/a"},
                              "dockerVolumeConfiguration": {"driver": "local"}}])",
              "volumes[0].dockerVolumeConfiguration: not beside a host.sourcePath: a volume is the "
              "one or the other"},
             {R"("volumes": [{"name": "a", "dockerVolumeConfiguration": {"scope": "shared"}}])",
              "volumes[0].name: a shared volume has this name in Docker, which wants two "
              "characters "
              "or more and a letter or digit first"},
         })
        EXPECT_EQ(fault(with_task(fields)), "web.json: " + std::string(reason)) << fields;
}

TEST(VolumeRefusals, AreNotOfVolumesWithoutAPath) {
    for (const auto* rest :
         {"", R"(, "host": {})", R"(, "host": null)", R"(, "host": {"sourcePath": null})",
          R"(, "dockerVolumeConfiguration": null, "efsVolumeConfiguration": null,
                                "configuredAtLaunch": false)"})
        EXPECT_EQ(fault(with_task(R"("volumes": [{"name": "v")" + std::string(rest) + "}]")),
                  "no error");
}

TEST(VolumeRefusals, OfMountPoints) {
    const auto mounts = [](std::string_view list) {
        return fault(with_container(R"("mountPoints": [)" + std::string(list) + "]",
                                    R"("volumes": [{"name": "v", "host": {"sourcePath": "/"}}])"));
    };
    const std::string place = "web.json: containerDefinitions[0].mountPoints";
    EXPECT_EQ(mounts(R"({"containerPath": "/a"})"), place + "[0].sourceVolume: required");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v"})"), place + "[0].containerPath: required");
    EXPECT_EQ(mounts(R"({"sourceVolume": "w", "containerPath": "/a"})"),
              place + R"([0].sourceVolume: no volume "w" in volumes)");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "a"})"),
              place + R"([0].containerPath: expected an absolute path, got "a")");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a:ro"})"),
              place + "[0].containerPath: must not contain ':', which Docker's bind syntax "
                      "separates by");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a/.."})"),
              place + "[0].containerPath: must not be the container's root");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a", "readOnly": "yes"})"),
              place + R"([0].readOnly: expected true or false, got "yes")");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a"},
                        {"sourceVolume": "v", "containerPath": "/b/../a/"})"),
              place + R"([1].containerPath: a second mount at "/b/../a/")");
    EXPECT_EQ(mounts(R"({"sourceVolume": "v", "containerPath": "/a"},
                        {"sourceVolume": "v", "containerPath": "/a/b"})"),
              "no error");
}

} // namespace
} // namespace agent::definition
