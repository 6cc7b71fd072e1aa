#include "containers/document_example.hpp"

namespace agent::containers {
namespace {

using Json = nlohmann::ordered_json;

/// The example, and a pause container.
struct PauseExample : Example {
    PauseExample() {
        pause.image = "pause:1";
        pause.labels = {{"a", "b"}};
    }
    Json network_host() const {
        return Json::parse(pause_document(definition, pause, "ecs-awsvpc", cgroup))
            .at("HostConfig");
    }
    Json namespace_host() const {
        return Json::parse(namespace_pause_document(definition, pause, cgroup)).at("HostConfig");
    }
    model::Container pause;
    std::string cgroup;
};

TEST(PauseDocument, HasNoRightsNoLogsAndTheTasksNetwork) {
    const PauseExample example;
    EXPECT_EQ(pause_document(example.definition, example.pause, "ecs-awsvpc", ""),
              R"({"Image":"pause:1","Labels":{"a":"b"},"HostConfig":{"NetworkMode":"ecs-awsvpc",)"
              R"("CpuShares":2,"CapDrop":["ALL"],"SecurityOpt":["no-new-privileges"],)"
              R"("ReadonlyRootfs":true,"LogConfig":{"Type":"none","Config":{}}}})");
}

TEST(PauseDocument, NetworkPauseSetsTheNetworksParametersOfAllContainers) {
    PauseExample example;
    example.definition.network_mode = model::NetworkMode::awsvpc;
    example.web().system_controls = {
        {"net.core.somaxconn", "77"}, {"kernel.shmmax", "1"}, {"net.ipv4.tcp_keepalive_time", "9"}};
    example.cache().system_controls = {{"net.core.somaxconn", "88"}};
    EXPECT_EQ(example.network_host().at("Sysctls"),
              Json::parse(R"({"net.core.somaxconn":"88","net.ipv4.tcp_keepalive_time":"9"})"))
        << "the later container wins";
    EXPECT_FALSE(example.namespace_host().contains("Sysctls"));
}

TEST(PauseDocument, NamespacePauseHasNoNetworkAndSharesItsMemoryWhereTheTaskDoes) {
    PauseExample example;
    example.definition.pid_mode = definition::Sharing::task;
    auto host = example.namespace_host();
    EXPECT_EQ(host.at("NetworkMode"), "none");
    EXPECT_EQ(host.at("CapDrop"), Json({"ALL"}));
    EXPECT_FALSE(host.contains("IpcMode"));
    EXPECT_FALSE(host.contains("ShmSize"));
    example.definition.ipc_mode = definition::Sharing::task;
    example.web().system_controls = {{"kernel.sem", "250 32000 100 129"}, {"net.a", "1"}};
    host = example.namespace_host();
    EXPECT_EQ(host.at("IpcMode"), "shareable");
    EXPECT_FALSE(host.contains("ShmSize"));
    EXPECT_EQ(host.at("Sysctls"), Json({{"kernel.sem", "250 32000 100 129"}}));
}

TEST(PauseDocument, SharedMemoryIsAsLargeAsTheLargestThatIsAskedFor) {
    PauseExample example;
    example.web().linux_parameters.shared_memory_mib = 32;
    example.cache().linux_parameters.shared_memory_mib = 256;
    EXPECT_FALSE(example.namespace_host().contains("ShmSize")) << "nobody shares it";
    example.definition.ipc_mode = definition::Sharing::task;
    EXPECT_EQ(example.namespace_host().at("ShmSize"), 256LL * 1024 * 1024);
}

TEST(PauseDocument, BothAreInTheTasksCgroup) {
    PauseExample example;
    EXPECT_FALSE(example.namespace_host().contains("CgroupParent"));
    example.cgroup = "/ecs/0123";
    EXPECT_EQ(example.network_host().at("CgroupParent"), "/ecs/0123");
    EXPECT_EQ(example.namespace_host().at("CgroupParent"), "/ecs/0123");
}

} // namespace
} // namespace agent::containers
