#include "agent/image/pull_progress.hpp"

#include <gtest/gtest.h>

namespace agent::image {
namespace {

using namespace std::chrono_literals;

const PullProgress::Clock::time_point start{};

docker::ProgressLine line(std::string id, std::string status, std::int64_t current = 0,
                          std::int64_t total = 0) {
    return {std::move(id), std::move(status), current, total, {}};
}

TEST(PullProgress, CountsLayersAndBytes) {
    PullProgress progress(start);
    for (const auto& each :
         {line("1.0", "Pulling from app"), line("a", "Already exists"),
          line("b", "Pulling fs layer"), line("c", "Pulling fs layer"), line("c", "Waiting"),
          line("b", "Downloading", 500'000, 2'000'000), line("c", "Downloading", 300'000, 900'000),
          line("b", "Downloading", 1'900'000, 2'000'000), line("b", "Verifying Checksum"),
          line("b", "Download complete"), line("b", "Extracting", 1'000'000, 2'000'000),
          line("b", "Pull complete"), line("", "Digest: sha256:00")})
        EXPECT_FALSE(progress.add(each, start));
    EXPECT_EQ(progress.layers(), 3U);
    EXPECT_EQ(progress.layers_done(), 2U);
    EXPECT_EQ(progress.megabytes(), "2.3");
    EXPECT_EQ(progress.seconds(start + 4230ms), "4.2");
}

TEST(PullProgress, SpeaksEveryTenSecondsAtMost) {
    PullProgress progress(start);
    int said = 0;
    for (auto now = start; now < start + 65s; now += 10ms)
        said += progress.add(line("a", "Downloading", 1, 2), now) ? 1 : 0;
    EXPECT_EQ(said, 6);
}

TEST(PullProgress, HasABoundAndTakesNonsense) {
    PullProgress progress(start);
    for (int i = 0; i < 5000; ++i)
        progress.add(line(std::to_string(i), "Downloading", -5, -7), start);
    EXPECT_EQ(progress.layers(), 1000U);
    EXPECT_EQ(progress.megabytes(), "0.0");
}

} // namespace
} // namespace agent::image
