// How images are labelled: asked for once, and patiently.

#include "agent/doors/image_labels.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::doors {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using base::Error;
using base::log::Level;

class ImageLabelsTest : public testing::Test {
protected:
    ~ImageLabelsTest() override {
        loop.tasks().spawn("end", labels.stop());
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    fakes::CapturedLog log;
    fakes::TestLoop loop;
    fakes::FakeDocker docker{loop.executor()};
    std::vector<std::string> learned;
    ImageLabels labels{loop.executor(), docker,
                       [this](const std::string& image_id) { learned.push_back(image_id); }};
};

TEST_F(ImageLabelsTest, AreAskedForOnceAndRemembered) {
    docker.add_labelled_image("web", {{"a", "b"}});
    docker.add_labelled_image("db", {});
    for (int i = 0; i < 3; ++i)
        for (const auto* id : {"web", "db"})
            labels.learn(id);
    EXPECT_EQ(labels.find("web"), nullptr);
    loop.run_until([&] { return learned.size() == 2; });
    ASSERT_NE(labels.find("web"), nullptr);
    EXPECT_EQ(*labels.find("web"), (docker::StringMap{{"a", "b"}}));
    ASSERT_NE(labels.find("db"), nullptr);
    EXPECT_TRUE(labels.find("db")->empty());
    labels.learn("web");
    loop.run_for(20ms);
    EXPECT_EQ(docker.count("inspect_image"), 2U);
    EXPECT_LE(docker.most_at_once("inspect_image"), 2U);
    labels.forget("web");
    EXPECT_EQ(labels.find("web"), nullptr);
}

TEST_F(ImageLabelsTest, AnEngineThatCannotTellIsToldOfOnceAndAskedAgainLater) {
    docker.add_labelled_image("web", {});
    docker.add_labelled_image("db", {});
    docker.spoil("inspect_image", "web", Error(Errc::unavailable, "it is away"));
    labels.learn("web");
    labels.learn("db");
    loop.run_until([&] { return learned.size() == 1; });
    EXPECT_EQ(learned, std::vector<std::string>{"db"}) << "it does not wait for the other";
    labels.learn("web");
    loop.run_for(50ms);
    EXPECT_EQ(docker.count("inspect_image web"), 1U) << "nobody hurries it";
    EXPECT_EQ(log.count(Level::warn, "cannot ask how an image is labelled"), 1U) << log.all();
    // The second time it fails quietly, five seconds after the first: an engine that is away is not punished.
    loop.run_until([&] { return docker.count("inspect_image web") == 2; });
    EXPECT_EQ(docker.count("inspect_image web"), 2U);
    EXPECT_EQ(log.count(Level::warn, ""), 1U) << log.all();
    labels.forget("web");
    labels.learn("web");
    docker.mend("inspect_image", "web");
    loop.run_until([&] { return learned.size() == 2; });
    EXPECT_NE(labels.find("web"), nullptr) << "one that is made anew has it asked at once";
}

TEST_F(ImageLabelsTest, AnImageThatIsGoneIsToldOfOnceAndNotAskedForAgain) {
    labels.learn("gone");
    loop.run_until([&] { return log.count(Level::warn, "an image is gone") == 1; });
    for (int i = 0; i < 3; ++i) {
        labels.learn("gone");
        loop.run_for(10ms);
    }
    EXPECT_EQ(docker.count("inspect_image"), 1U);
    EXPECT_EQ(log.count(Level::warn, ""), 1U) << log.all();
    EXPECT_EQ(labels.find("gone"), nullptr);
    EXPECT_TRUE(learned.empty());
}

TEST_F(ImageLabelsTest, OfOneThatTheEngineDoesNotTellOfHoldUpNoOthers) {
    docker.add_labelled_image("web", {});
    docker.add_labelled_image("db", {});
    docker.hang("inspect_image", "web");
    labels.learn("web");
    labels.learn("db");
    loop.run_until([&] { return learned.size() == 1; });
    EXPECT_EQ(learned, std::vector<std::string>{"db"});
}

TEST_F(ImageLabelsTest, OfAnImageThatNobodyHasAnyMoreAreForgotten) {
    docker.add_labelled_image("web", {});
    docker.hang("inspect_image", "web");
    labels.learn("web");
    loop.run_for(20ms);
    labels.forget("web");
    docker.mend("inspect_image", "web");
    loop.run_for(20ms);
    EXPECT_TRUE(learned.empty());
    EXPECT_EQ(labels.find("web"), nullptr);
    EXPECT_EQ(log.all(), "");
}

TEST_F(ImageLabelsTest, AreNotAskedForAtTheEnd) {
    docker.add_labelled_image("web", {});
    loop.tasks().spawn("end", labels.stop());
    loop.run_until([&] { return loop.tasks().size() == 0; });
    labels.learn("web");
    loop.run_for(20ms);
    EXPECT_EQ(docker.count("inspect_image"), 0U);
}

} // namespace
} // namespace agent::doors
