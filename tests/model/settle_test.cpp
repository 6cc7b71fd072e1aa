// What a task's own state follows to from its containers'.

#include "model/settle.hpp"

#include <gtest/gtest.h>

#include <chrono>

namespace model {
namespace {

using model::ContainerStatus;
using model::Task;
using model::TaskStatus;
using namespace std::chrono_literals;

Task task_of(bool declared, std::initializer_list<ContainerStatus> known) {
    Task task;
    task.declared = declared;
    for (const auto status : known) {
        model::Container container;
        container.declared = declared;
        container.docker_id = "x";
        container.known = status;
        task.containers.push_back(container);
    }
    return task;
}

TEST(Settle, DeclaredTaskStopsWithItsFirstEssentialContainer) {
    auto task = task_of(true, {ContainerStatus::running, ContainerStatus::stopped});
    task.containers[1].finished_at = base::Time(1700000000s);
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::stopped);
    EXPECT_EQ(task.known, TaskStatus::running) << "one still runs";
    EXPECT_EQ(task.execution_stopped_at, base::Time(1700000000s));
    for (const auto& container : task.containers)
        EXPECT_EQ(container.desired, ContainerStatus::stopped);
}

TEST(Settle, TheFirstEndIsTheOneThatCounts) {
    auto task = task_of(true, {ContainerStatus::stopped, ContainerStatus::running});
    task.containers[0].finished_at = base::Time(1700000000s);
    settle(task);
    task.containers[1].known = ContainerStatus::stopped;
    task.containers[1].finished_at = base::Time(1700000009s);
    settle(task);
    EXPECT_EQ(task.execution_stopped_at, base::Time(1700000000s));
    EXPECT_EQ(task.known, TaskStatus::stopped);
}

TEST(Settle, DeclaredTaskGoesOnWithoutAContainerThatIsNotEssential) {
    auto task = task_of(true, {ContainerStatus::running, ContainerStatus::stopped});
    task.containers[1].essential = false;
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::running);
    EXPECT_EQ(task.execution_stopped_at, std::nullopt);
    EXPECT_EQ(task.containers[0].desired, ContainerStatus::running);
}

TEST(Settle, DeclaredTaskThatWasStoppedStaysSo) {
    auto task = task_of(true, {ContainerStatus::stopped});
    settle(task);
    task.containers[0].known = ContainerStatus::running;
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::stopped);
}

TEST(Settle, ObservedTaskWantsWhatItsOwnerDoes) {
    auto task = task_of(false, {ContainerStatus::stopped});
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::stopped);
    EXPECT_TRUE(task.execution_stopped_at);
    EXPECT_EQ(task.containers[0].desired, ContainerStatus::stopped);
    task.containers[0].known = ContainerStatus::running;
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::running) << "started again";
    EXPECT_EQ(task.execution_stopped_at, std::nullopt);
    EXPECT_EQ(task.containers[0].desired, ContainerStatus::running);
}

TEST(Settle, TaskSaysWhichEssentialContainerHasEndedItAndTheFirstReasonStays) {
    auto task = task_of(true, {ContainerStatus::running, ContainerStatus::stopped});
    task.containers[0].name = "app";
    task.containers[1].name = "db";
    settle(task);
    EXPECT_EQ(task.stop_reason, "Essential container in task exited: db");
    task.containers[0].known = ContainerStatus::stopped;
    settle(task);
    EXPECT_EQ(task.stop_reason, "Essential container in task exited: db");
}

TEST(Settle, EssentialContainerThatItsPolicyStartsAgainDoesNotEndTheTask) {
    auto task = task_of(true, {ContainerStatus::stopped});
    auto& container = task.containers[0];
    container.restart_policy = {true, {}, 60s};
    container.started_at = base::Time(1700000000s);
    container.finished_at = base::Time(1700000060s);
    container.exit_code = 1;
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::running);
    EXPECT_EQ(task.known, TaskStatus::running);
    container.exit_code = 0;
    container.restart_policy.ignored_exit_codes = {0};
    settle(task);
    EXPECT_EQ(task.desired, TaskStatus::stopped);
    EXPECT_EQ(task.known, TaskStatus::stopped);
    EXPECT_EQ(container.desired, ContainerStatus::stopped);
}

} // namespace
} // namespace model
