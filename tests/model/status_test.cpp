#include "model/status.hpp"

#include "model/container.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace model {
namespace {

Container in(ContainerStatus status, ContainerType type = ContainerType::normal) {
    Container container;
    container.known = status;
    container.type = type;
    return container;
}

TaskStatus task_of(std::vector<Container> containers) {
    return known_status(containers);
}

TEST(Status, NamesAreTheAgents) {
    EXPECT_EQ(to_string(ContainerStatus::none), "NONE");
    EXPECT_EQ(to_string(ContainerStatus::pulled), "PULLED");
    EXPECT_EQ(to_string(ContainerStatus::resources_provisioned), "RESOURCES_PROVISIONED");
    EXPECT_EQ(to_string(TaskStatus::created), "CREATED");
    EXPECT_EQ(to_string(ContainerType::normal), "NORMAL");
    EXPECT_EQ(to_string(ContainerType::cni_pause), "CNI_PAUSE");
    EXPECT_EQ(backend_name(TaskStatus::none), "PENDING");
    EXPECT_EQ(backend_name(TaskStatus::created), "PENDING");
    EXPECT_EQ(backend_name(TaskStatus::running), "RUNNING");
    EXPECT_EQ(backend_name(TaskStatus::stopped), "STOPPED");
}

TEST(Status, TaskIsAsFarAsItsLeastContainer) {
    using enum ContainerStatus;
    EXPECT_EQ(task_of({}), TaskStatus::none);
    EXPECT_EQ(task_of({in(none)}), TaskStatus::none);
    EXPECT_EQ(task_of({in(pulled), in(running)}), TaskStatus::none);
    EXPECT_EQ(task_of({in(created), in(running)}), TaskStatus::created);
    EXPECT_EQ(task_of({in(running), in(running)}), TaskStatus::running);
    EXPECT_EQ(task_of({in(running), in(stopped)}), TaskStatus::running);
    EXPECT_EQ(task_of({in(created), in(stopped)}), TaskStatus::created);
    EXPECT_EQ(task_of({in(stopped), in(stopped)}), TaskStatus::stopped);
}

TEST(Status, PauseContainerIsThereOnlyWithItsNetwork) {
    using enum ContainerStatus;
    EXPECT_EQ(task_of({in(running), in(running, ContainerType::cni_pause)}), TaskStatus::created);
    EXPECT_EQ(task_of({in(running), in(resources_provisioned, ContainerType::cni_pause)}),
              TaskStatus::running);
    EXPECT_EQ(steady_status(ContainerType::normal), running);
    EXPECT_EQ(steady_status(ContainerType::cni_pause), resources_provisioned);
}

} // namespace
} // namespace model
