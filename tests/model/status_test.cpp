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

// Restarts.

using namespace std::chrono_literals;

/// Ended with 1 after a minute, with a policy that starts it again.
Container restartable() {
    auto container = in(ContainerStatus::stopped);
    container.docker_id = "id";
    container.restart_policy = {true, {0, 3}, 60s};
    container.started_at = base::Time(1'700'000'000s);
    container.finished_at = base::Time(1'700'000'060s);
    container.exit_code = 1;
    return container;
}

TEST(AwaitsRestart, WhenItsPolicySaysSoAndItRanForThePeriod) {
    EXPECT_TRUE(awaits_restart(restartable()));
    auto container = restartable();
    container.restart_policy.enabled = false;
    EXPECT_FALSE(awaits_restart(container));
    container = restartable();
    container.finished_at = *container.finished_at - 1ns;
    EXPECT_FALSE(awaits_restart(container)) << "too early";
    container = restartable();
    for (const auto code : {0, 3}) {
        container.exit_code = code;
        EXPECT_FALSE(awaits_restart(container)) << code;
    }
    container.exit_code.reset();
    EXPECT_FALSE(awaits_restart(container)) << "nobody knows how it ended";
}

TEST(AwaitsRestart, NotWhenItIsNotWantedOrCannotBe) {
    auto container = restartable();
    container.desired = ContainerStatus::stopped;
    EXPECT_FALSE(awaits_restart(container));
    container = restartable();
    container.known = ContainerStatus::running;
    EXPECT_FALSE(awaits_restart(container));
    container = restartable();
    container.start_failed = true;
    EXPECT_FALSE(awaits_restart(container)) << "it would fail again";
    container = restartable();
    container.docker_id.clear();
    EXPECT_FALSE(awaits_restart(container)) << "it is gone";
    container = restartable();
    container.started_at.reset();
    EXPECT_FALSE(awaits_restart(container)) << "it never ran";
}

TEST(AwaitsRestart, CountsAsRunningForTheTask) {
    EXPECT_EQ(task_of({restartable(), in(ContainerStatus::running)}), TaskStatus::running);
    EXPECT_EQ(task_of({restartable(), in(ContainerStatus::stopped)}), TaskStatus::running);
    auto ended = restartable();
    ended.exit_code = 0;
    EXPECT_EQ(task_of({ended, in(ContainerStatus::stopped)}), TaskStatus::stopped);
}

TEST(Status, NamespacePauseIsSteadyWhenItRuns) {
    using enum ContainerStatus;
    EXPECT_EQ(steady_status(ContainerType::namespace_pause), running);
    EXPECT_EQ(to_string(ContainerType::namespace_pause), "NAMESPACE_PAUSE");
    EXPECT_EQ(task_of({in(running), in(running, ContainerType::namespace_pause)}),
              TaskStatus::running);
}

} // namespace
} // namespace model
