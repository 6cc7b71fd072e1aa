#include "model/task.hpp"

#include <gtest/gtest.h>

namespace model {
namespace {

Task awsvpc_task() {
    Task task;
    task.network_mode = NetworkMode::awsvpc;
    task.containers.resize(2);
    task.containers[0].docker_id = "a";
    task.containers[1].docker_id = "b";
    task.containers[1].type = ContainerType::cni_pause;
    task.containers[1].networks.resize(2);
    task.containers[1].networks[0].name = "first";
    task.containers[1].networks[1].name = "second";
    task.containers[1].networks[1].ipv4 = "172.20.0.2";
    return task;
}

TEST(Task, FindsContainersByDockerId) {
    const auto task = awsvpc_task();
    EXPECT_EQ(task.find_container("b"), &task.containers[1]);
    EXPECT_EQ(task.find_container("c"), nullptr);
}

TEST(Task, ContainerThatDoesNotExistYetIsNotFoundByAnEmptyId) {
    auto task = awsvpc_task();
    task.containers[0].docker_id.clear();
    EXPECT_EQ(task.find_container(""), nullptr);
}

TEST(Task, PrimaryNetworkIsThePausesFirstWithAnAddress) {
    auto task = awsvpc_task();
    ASSERT_NE(task.primary_network(), nullptr);
    EXPECT_EQ(task.primary_network()->name, "second");
    task.containers[1].networks.clear();
    EXPECT_EQ(task.primary_network(), nullptr);
    task.containers.pop_back();
    EXPECT_EQ(task.pause(), nullptr);
    EXPECT_EQ(task.primary_network(), nullptr);
}

TEST(Task, NetworkModesHaveTheirNames) {
    EXPECT_EQ(to_string(NetworkMode::bridge), "bridge");
    EXPECT_EQ(to_string(NetworkMode::host), "host");
    EXPECT_EQ(to_string(NetworkMode::none), "none");
    EXPECT_EQ(to_string(NetworkMode::awsvpc), "awsvpc");
}

} // namespace
} // namespace model
