// What teardown removes from Docker, and what it leaves.

#include "agent/cli/teardown.hpp"

#include "agent/containers/pause_image.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/test_loop.hpp"
#include "model/names.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::cli {
namespace {

using base::Errc;
using base::Error;

const std::string task = "arn:aws:ecs:r:0:task/c/1";

class TeardownTest : public testing::Test {
protected:
    TeardownTest() {
        // There is no cgroup of the machine's that is ours.
        settings.task_limits = config::Switch::off;
    }

    /// Named as one of the task's is; its name.
    std::string add_container(const std::string& name) {
        const model::ContainerIdentity identity{task, "c", "web", "1", name};
        auto its_name = model::docker_name(identity);
        fake.make_container(its_name, "bridge", model::ecs_labels(identity));
        return its_name;
    }
    void add_volume(const std::string& name, docker::StringMap labels) {
        docker::Volume volume;
        volume.name = name;
        volume.labels = std::move(labels);
        fake.add_volume(std::move(volume));
    }
    void add_network() {
        docker::Network network;
        network.id = "network-id";
        network.name = settings.awsvpc_network;
        network.labels = {{std::string(model::own_label), "network"}};
        fake.add_network(std::move(network));
    }
    /// What it said on standard error.
    std::string tear_down() {
        testing::internal::CaptureStdout();
        testing::internal::CaptureStderr();
        loop.tasks().spawn("teardown",
                           remove_from_docker(loop.executor(), fake, settings, stored, report));
        loop.run_until([&] { return loop.tasks().size() == 0; });
        said = testing::internal::GetCapturedStdout();
        return testing::internal::GetCapturedStderr();
    }

    fakes::TestLoop loop;
    fakes::FakeDocker fake{loop.executor()};
    config::Config settings;
    Stored stored;
    Report report;
    std::string said; ///< on standard output
};

// D18: it removed whatever had a label that anybody may give.
TEST_F(TeardownTest, RemovesVolumesOfTasksAndNoneOfAUsers) {
    add_volume("tasks", model::volume_labels(task));
    add_volume("users", {{std::string(model::own_label), "volume"}});
    add_volume("plain", {});
    EXPECT_EQ(tear_down(), "");
    EXPECT_FALSE(report.failed());
    EXPECT_FALSE(fake.volumes().contains("tasks"));
    EXPECT_TRUE(fake.volumes().contains("users"));
    EXPECT_TRUE(fake.volumes().contains("plain"));
    EXPECT_NE(said.find("1 volume(s) of tasks removed\n"), std::string::npos) << said;
}

TEST_F(TeardownTest, LeavesContainersThatOnlyHaveTheLabelsOfATask) {
    const auto ours = add_container("app");
    const model::ContainerIdentity identity{task, "c", "web", "1", "app"};
    fake.make_container("copy", "bridge", model::ecs_labels(identity));
    EXPECT_EQ(tear_down(), "");
    EXPECT_FALSE(fake.has_container(ours));
    EXPECT_TRUE(fake.has_container("copy"));
}

// D18: the first failure of a kind left all the rest of it.
TEST_F(TeardownTest, RemovesAllTheRestAfterAFailure) {
    const auto first = add_container("app");
    const auto second = add_container("sidecar");
    add_volume("volume-1", model::volume_labels(task));
    add_volume("volume-2", model::volume_labels(task));
    add_network();
    fake.make_container("ecs-probe-1", "none", {{std::string(model::own_label), "probe"}});
    fake.make_container("ecs-probe-2", "none", {{std::string(model::own_label), "probe"}});
    fake.fail_next("remove", Error(Errc::io, "device or resource busy"));
    fake.fail_next("remove_volume", Error(Errc::conflict, "in use"));
    const auto complaints = tear_down();
    EXPECT_TRUE(report.failed());
    EXPECT_NE(complaints.find("cannot finish: container "), std::string::npos) << complaints;
    EXPECT_NE(complaints.find(" removed: device or resource busy\n"), std::string::npos);
    EXPECT_NE(complaints.find("cannot finish: volume volume-1 removed: in use\n"),
              std::string::npos)
        << complaints;
    EXPECT_NE(fake.has_container(first), fake.has_container(second)) << "one is gone";
    EXPECT_TRUE(fake.volumes().contains("volume-1"));
    EXPECT_FALSE(fake.volumes().contains("volume-2"));
    EXPECT_FALSE(fake.has_container("ecs-probe-1"));
    EXPECT_FALSE(fake.has_container("ecs-probe-2"));
    EXPECT_EQ(fake.count("remove_network"), 1U);
}

TEST_F(TeardownTest, RemovesTheOtherProbesAfterAFailureAndTriesThatOneAgain) {
    fake.make_container("ecs-probe-1", "none", {{std::string(model::own_label), "probe"}});
    fake.make_container("ecs-probe-2", "none", {{std::string(model::own_label), "probe"}});
    fake.fail_next("remove", Error(Errc::io, "device or resource busy"));
    tear_down();
    EXPECT_FALSE(report.failed());
    EXPECT_FALSE(fake.has_container("ecs-probe-1"));
    EXPECT_FALSE(fake.has_container("ecs-probe-2"));
}

} // namespace
} // namespace agent::cli
