// Which containers are ours when nothing is recorded: those whose name follows from their labels.

#include "agent/tasks/unrecorded.hpp"

#include "model/names.hpp"

#include <gtest/gtest.h>

namespace agent::tasks {
namespace {

const model::ContainerIdentity recorded{"arn:aws:ecs:eu-west-1:1:task/default/0123", "default",
                                        "web", "3", "app"};

docker::ContainerSummary ours() {
    docker::ContainerSummary container;
    container.id = "id";
    container.names = {"/other/alias", "/" + docker_name(recorded)};
    container.labels = model::ecs_labels(recorded);
    return container;
}

TEST(IsNamedAfterLabels, TakesOneOfItsNamesThatFollowsFromAllFiveLabels) {
    EXPECT_TRUE(is_named_after_labels(ours()));
    for (const auto& [label, text] : model::ecs_labels(recorded)) {
        if (label == model::label_cluster)
            continue;
        auto changed = ours();
        changed.labels[label] += "x";
        EXPECT_FALSE(is_named_after_labels(changed)) << label;
        changed.labels.erase(label);
        EXPECT_FALSE(is_named_after_labels(changed)) << label;
    }
}

TEST(IsNamedAfterLabels, RefusesCopiedLabels) {
    auto copy = ours();
    copy.names = {"/friendly_name"};
    EXPECT_FALSE(is_named_after_labels(copy)) << "docker commit keeps them";
    copy.labels.clear();
    EXPECT_FALSE(is_named_after_labels(copy));
}

TEST(UnrecordedTasks, LeavesOutWhatIsRecordedOrOnlyLabelled) {
    auto copy = ours();
    copy.id = "copy";
    copy.names = {"/friendly_name"};
    auto tasks = unrecorded_tasks({ours(), copy}, {});
    ASSERT_EQ(tasks.size(), 1U);
    const auto& task = tasks.at(std::string(recorded.task_arn));
    EXPECT_EQ(task.container_ids, std::vector<std::string>{"id"});
    EXPECT_EQ(task.family, "web");
    EXPECT_EQ(task.revision, "3");
    EXPECT_EQ(task.cluster, "default");
    state::DeclaredTask row;
    row.arn = recorded.task_arn;
    EXPECT_TRUE(unrecorded_tasks({ours()}, {row}).empty());
}

} // namespace
} // namespace agent::tasks
