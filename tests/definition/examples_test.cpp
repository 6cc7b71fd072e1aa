#include "agent/definition/parse.hpp"
#include "agent/definition/tasks_folder.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

TEST(Examples, AreSoundTaskDefinitions) {
    const auto reading = read_tasks_folder(EXAMPLES_FOLDER);
    ASSERT_TRUE(reading);
    ASSERT_TRUE(reading->present);
    ASSERT_EQ(reading->files.size(), 2u);
    for (const auto& file : reading->files)
        ASSERT_TRUE(file.definition) << file.definition.error().what();

    const auto& awsvpc = *reading->files[0].definition;
    EXPECT_EQ(reading->files[0].name, "web-awsvpc.yaml");
    EXPECT_EQ(awsvpc.network_mode, NetworkMode::awsvpc);
    EXPECT_EQ(awsvpc.containers.at(0).port_mappings, (std::vector<PortMapping>{{80, 80}}));

    const auto& bridge = *reading->files[1].definition;
    EXPECT_EQ(reading->files[1].name, "web-bridge.json");
    EXPECT_EQ(bridge.network_mode, NetworkMode::bridge);
    EXPECT_EQ(bridge.containers.at(0).port_mappings, (std::vector<PortMapping>{{80, 0}}));
    // The same program in both: what differs is the network.
    EXPECT_EQ(bridge.containers.at(0).command, awsvpc.containers.at(0).command);
    EXPECT_EQ(bridge.containers.at(1), awsvpc.containers.at(1));
}

} // namespace
} // namespace agent::definition
