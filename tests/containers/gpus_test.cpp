#include "agent/containers/gpus.hpp"

#include "containers/document_example.hpp"
#include "fakes/temporary_folder.hpp"

#include <filesystem>
#include <fstream>

namespace agent::containers {
namespace {

using Json = nlohmann::ordered_json;

TEST(Gpus, NeedARuntimeOfTheEngine) {
    EXPECT_EQ(gpu_support({"runc"}, "/nowhere"), GpuSupport::none);
    EXPECT_EQ(gpu_support({"runc", "nvidia"}, ""), GpuSupport::runtime);
    EXPECT_TRUE(check_gpus(0, GpuSupport::none));
    EXPECT_TRUE(check_gpus(1, GpuSupport::runtime));
    const auto refused = check_gpus(1, GpuSupport::none);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().what(),
              "GPUs are asked for (resourceRequirements), and the engine has "
              "no runtime \"nvidia\"");
}

TEST(Gpus, AreNotHandedOutByAnEngineThatLacksItsDriver) {
    EXPECT_TRUE(is_lack_of_gpu_driver(
        base::Error(base::Errc::internal, "500 Server Error: could not select device driver "
                                          "\"nvidia\" with capabilities: [[gpu]]")));
    EXPECT_FALSE(is_lack_of_gpu_driver(base::Error(base::Errc::internal, "500: no space left")));
}

TEST(Gpus, AreRequestedOfTheEngineWhereItHasItsHook) {
    const fakes::TemporaryFolder folder;
    const auto hook = folder.path("nvidia-container-runtime-hook");
    std::ofstream(hook) << "#!/bin/sh\n";
    const auto path = "/nowhere:" + folder.path();
    EXPECT_EQ(gpu_support({"nvidia"}, path), GpuSupport::runtime) << "it is no program";
    std::filesystem::permissions(hook, std::filesystem::perms::owner_all);
    EXPECT_EQ(gpu_support({"nvidia"}, path), GpuSupport::device_requests);
    EXPECT_EQ(gpu_support({"runc"}, path), GpuSupport::none);

    Example example;
    example.web().gpus = 2;
    example.facts.gpus = GpuSupport::device_requests;
    EXPECT_EQ(example.host("Runtime"), "nvidia");
    EXPECT_EQ(example.host("DeviceRequests"), Json::parse(R"([{"Driver": "nvidia", "Count": 2,
                                                               "Capabilities": [["gpu"]]}])"));
    EXPECT_EQ(example.variable("NVIDIA_VISIBLE_DEVICES"), std::nullopt) << "Docker's to set";
}

TEST(Gpus, AreAskedForByAVariableWhereOnlyTheRuntimeIsThere) {
    Example example;
    example.web().gpus = 2;
    example.web().environment = {{"NVIDIA_VISIBLE_DEVICES", "all"}, {"A", "b"}};
    example.facts.gpus = GpuSupport::runtime;
    EXPECT_EQ(example.host("Runtime"), "nvidia");
    EXPECT_EQ(example.host("DeviceRequests"), Json());
    EXPECT_EQ(example.variable("NVIDIA_VISIBLE_DEVICES"), "0,1");
    EXPECT_EQ(example.variable("A"), "b");
}

TEST(Gpus, AreNothingToOthers) {
    Example example;
    example.facts.gpus = GpuSupport::device_requests;
    EXPECT_EQ(example.host("Runtime"), Json());
    EXPECT_EQ(example.host("DeviceRequests"), Json());
    EXPECT_EQ(example.variable("NVIDIA_VISIBLE_DEVICES"), std::nullopt);
}

} // namespace
} // namespace agent::containers
