// What the engine makes in Docker besides tasks: the pause image, the awsvpc network, and throw-away
// containers that show what is in an image.

#include "agent/containers/image_probe.hpp"
#include "agent/containers/pause_image.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::containers {
namespace {

using base::Errc;
using base::Error;

class DockerHelpersTest : public testing::Test {
protected:
    fakes::TestLoop loop;
    fakes::FakeDocker docker{loop.executor()};
};

TEST_F(DockerHelpersTest, PauseImageIsImportedOnceAndAgainWhenItWasPruned) {
    EXPECT_TRUE(loop.run(ensure_pause_image(docker)));
    EXPECT_TRUE(docker.has_image(pause_image_name()));
    EXPECT_TRUE(loop.run(ensure_pause_image(docker)));
    EXPECT_EQ(docker.count("import"), 1U);
    EXPECT_TRUE(loop.run(docker.remove_image(pause_image_name())));
    EXPECT_TRUE(loop.run(ensure_pause_image(docker)));
    EXPECT_EQ(docker.count("import"), 2U);
}

TEST_F(DockerHelpersTest, PauseImagesOfOtherVersionsGoWhenNothingIsMadeOfThem) {
    const docker::StringMap pause{{"ecs-node-agent", "pause"}};
    const std::string old = "ecs-node-agent/pause:old";
    docker.add_labelled_image(old, pause);
    docker.add_labelled_image("docker.io/ecs-node-agent/pause:older", pause);
    docker.add_labelled_image("my-ecs-node-agent/pause:mine", pause);
    docker.add_labelled_image("somebody/of-it:1", pause);
    docker.add_labelled_image("ecs-node-agent/pause:unlabelled", {});
    EXPECT_TRUE(loop.run(ensure_pause_image(docker)));
    const std::string body = R"({"Image":")" + old + R"("})";
    ASSERT_TRUE(loop.run(docker.create_container("pause", body)));
    const auto kept = loop.run(remove_old_pause_images(docker));
    EXPECT_TRUE(kept) << kept.error().what();
    EXPECT_TRUE(docker.has_image(old)) << "a container is made of it";
    EXPECT_FALSE(docker.has_image("docker.io/ecs-node-agent/pause:older")) << "as Podman names it";
    docker.destroy("pause");
    EXPECT_TRUE(loop.run(remove_old_pause_images(docker)));
    EXPECT_FALSE(docker.has_image(old));
    for (const auto& name :
         {pause_image_name(), std::string("my-ecs-node-agent/pause:mine"),
          std::string("somebody/of-it:1"), std::string("ecs-node-agent/pause:unlabelled")})
        EXPECT_TRUE(docker.has_image(name)) << name;
}

TEST_F(DockerHelpersTest, PauseImageThatCannotBeRemovedIsDockersError) {
    docker.add_labelled_image("ecs-node-agent/pause:old", {{"ecs-node-agent", "pause"}});
    docker.fail_next("remove_image", Error(Errc::internal, "read-only file system"));
    const auto failed = loop.run(remove_old_pause_images(docker));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().what(), "remove an old pause image: read-only file system");
}

TEST_F(DockerHelpersTest, PauseImageThatCannotBeImportedIsDockersError) {
    docker.fail_next("import", Error(Errc::internal, "no space left"));
    const auto failed = loop.run(ensure_pause_image(docker));
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().what(), "import the pause image: no space left");
}

TEST_F(DockerHelpersTest, AwsvpcNetworkIsMadeOnDemandAndKept) {
    EXPECT_TRUE(loop.run(ensure_awsvpc_network(docker, "ecs-awsvpc", "10.9.0.0/24")));
    const auto made = loop.run(docker.inspect_network("ecs-awsvpc")).value();
    ASSERT_TRUE(made);
    EXPECT_EQ(made->driver, "bridge");
    EXPECT_EQ(made->ipam.at(0).subnet, "10.9.0.0/24");
    EXPECT_EQ(made->labels.at("ecs-node-agent"), "awsvpc");
    EXPECT_TRUE(loop.run(ensure_awsvpc_network(docker, "ecs-awsvpc", "10.9.0.0/24")));
    EXPECT_EQ(docker.count("create_network"), 1U);
}

TEST_F(DockerHelpersTest, AwsvpcNetworkThatAnotherTaskMadeMeanwhileIsFine) {
    docker.fail_next("create_network", Error(Errc::conflict, "exists"));
    EXPECT_TRUE(loop.run(ensure_awsvpc_network(docker, "ecs-awsvpc", "")));
}

TEST_F(DockerHelpersTest, NetworkOfThatNameWithAnotherDriverSaysWhatToDo) {
    docker::Network taken;
    taken.id = taken.name = "ecs-awsvpc";
    taken.driver = "macvlan";
    docker.add_network(taken);
    const auto refused = loop.run(ensure_awsvpc_network(docker, "ecs-awsvpc", ""));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::conflict);
    EXPECT_NE(refused.error().what().find("has driver macvlan, not bridge; remove it"),
              std::string::npos);
}

class ImageProbeTest : public DockerHelpersTest {
protected:
    ImageProbeTest() { docker.add_image("app"); }
    ~ImageProbeTest() override { loop.run(probe_.end(std::chrono::seconds(0))); }

    base::Result<std::optional<std::string>> probe(const std::string& id = "sha256:1") {
        return loop.run(probe_.file_in_the_way("app", id, "web"));
    }
    /// Runs until there are exactly so many containers.
    bool are_left(std::size_t count) {
        const auto is_so = [&] { return docker.container_names().size() == count; };
        loop.run_until(is_so);
        return is_so();
    }

    fakes::CapturedLog log;
    ImageProbe probe_{loop.executor(), docker};
};

TEST_F(ImageProbeTest, WayIsFreeInAnImageWithoutSuchAFile) {
    EXPECT_EQ(probe().value(), std::nullopt);
    EXPECT_TRUE(are_left(0)) << "the throw-away container is gone";
}

TEST_F(ImageProbeTest, FindsTheTopmostFileInTheWay) {
    docker.add_file_in_image("app", "/ecs");
    EXPECT_EQ(probe().value(), "/ecs");
    EXPECT_TRUE(are_left(0));
}

TEST_F(ImageProbeTest, AsksOnceAnImage) {
    EXPECT_TRUE(probe());
    EXPECT_TRUE(probe());
    EXPECT_EQ(docker.count("create"), 1U);
    docker.add_file_in_image("app", "/ecs");
    EXPECT_EQ(probe().value(), std::nullopt) << "remembered by the image's id";
    EXPECT_EQ(probe("sha256:2").value(), "/ecs") << "the name was given to another image";
}

TEST_F(ImageProbeTest, RemovesItsContainerAlsoWhenItCannotLookInside) {
    docker.fail_next("stat", Error(Errc::internal, "broken"));
    const auto failed = probe();
    ASSERT_FALSE(failed);
    EXPECT_EQ(failed.error().what(), "broken");
    EXPECT_TRUE(are_left(0));
    EXPECT_TRUE(probe()) << "a failure is not remembered";
}

// D11: whatever becomes of the throw-away container, its image's question is answered.

TEST_F(ImageProbeTest, AnswersThoughItsContainerCannotBeRemovedAndTriesThatAgain) {
    docker.fail_next("remove", Error(Errc::internal, "device busy"));
    const auto answer = probe();
    ASSERT_TRUE(answer) << answer.error().what();
    EXPECT_EQ(*answer, std::nullopt);
    EXPECT_TRUE(are_left(0));
    EXPECT_EQ(docker.count("remove "), 2U);
    EXPECT_EQ(log.count(base::log::Level::warn, "device busy"), 1U) << log.all();
}

TEST_F(ImageProbeTest, AnswersWhileItsContainerIsStillBeingRemoved) {
    docker.delay("remove", std::chrono::seconds(60));
    EXPECT_TRUE(probe());
    EXPECT_EQ(docker.container_names().size(), 1U);
    const bool ended = loop.run(probe_.end(std::chrono::milliseconds(10)));
    EXPECT_FALSE(ended) << "the next start finds it";
}

TEST_F(ImageProbeTest, RemovesTheContainerOfACreationWhoseAnswerWasLost) {
    docker.lose_next_answer("create", Error(Errc::timeout, "no answer"));
    EXPECT_FALSE(probe());
    EXPECT_TRUE(are_left(0));
    EXPECT_EQ(docker.count("remove "), 1U);
}

TEST_F(ImageProbeTest, RemovesWhatAnEarlierRunHasLeftAndNothingElse) {
    docker.make_container("ecs-probe-1", "bridge", {{"ecs-node-agent", "probe"}});
    docker.make_container("pretends", "bridge", {{"ecs-node-agent", "other"}});
    docker.make_container("labelled", "bridge", {{"ecs-node-agent", "probe"}});
    docker.make_container("stranger");
    EXPECT_TRUE(loop.run(probe_.remove_leftovers()));
    EXPECT_TRUE(are_left(3));
    EXPECT_EQ(docker.container_names(),
              (std::vector<std::string>{"pretends", "labelled", "stranger"}))
        << "an image may have the label, too";
}

TEST_F(ImageProbeTest, LeftoverThatCannotBeRemovedKeepsNoOtherAndIsTriedAgain) {
    for (const auto* name : {"ecs-probe-1", "ecs-probe-2"})
        docker.make_container(name, "bridge", {{"ecs-node-agent", "probe"}});
    docker.fail_next("remove", Error(Errc::internal, "device busy"));
    EXPECT_TRUE(loop.run(probe_.remove_leftovers()));
    EXPECT_TRUE(are_left(0));
    EXPECT_EQ(docker.count("remove "), 3U);
}

TEST_F(ImageProbeTest, GoesOnlyWhenNobodyWaitsForIt) {
    const auto leave_one = [this] {
        ImageProbe probe{loop.executor(), docker};
        docker.delay("create", std::chrono::hours(1));
        const auto waits = loop.start(probe.file_in_the_way("app", "sha256:1", "web"));
        loop.run_for(std::chrono::milliseconds(1));
    };
    EXPECT_DEATH(leave_one(), "probes of images: 1 left");
}

} // namespace
} // namespace agent::containers
