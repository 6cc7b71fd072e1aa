// What the engine is told to forget of a volume, and what is none of ours there.

#include "agent/doors/volumes/engine_record.hpp"

#include "fakes/fake_docker.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::doors::volumes {
namespace {

class EngineRecordTest : public testing::Test {
protected:
    void put(const std::string& name, const std::string& driver) {
        docker::Volume volume;
        volume.name = name;
        volume.driver = driver;
        docker.add_volume(std::move(volume));
    }
    bool remove(const std::string& name) {
        const auto removed = loop.run(remove_in_engine(docker, name));
        EXPECT_TRUE(removed);
        return removed && *removed;
    }

    fakes::TestLoop loop;
    fakes::FakeDocker docker{loop.executor()};
};

TEST_F(EngineRecordTest, OfTheDriversVolumeIsRemovedOnce) {
    put("a1", "ecs-metadata");
    EXPECT_TRUE(remove("a1"));
    EXPECT_FALSE(remove("a1"));
    EXPECT_EQ(docker.count("remove_volume"), 1U);
}

TEST_F(EngineRecordTest, OfAUsersVolumeOfTheSameNameStays) {
    put("shop", "local");
    EXPECT_FALSE(remove("shop"));
    EXPECT_EQ(docker.count("remove_volume"), 0U);
}

TEST_F(EngineRecordTest, ThatTheEngineDoesNotTellOfIsLeftAlone) {
    put("a1", "ecs-metadata");
    docker.spoil("inspect_volume", "a1", base::Error(base::Errc::unavailable, "it is away"));
    EXPECT_FALSE(loop.run(remove_in_engine(docker, "a1")));
    EXPECT_EQ(docker.count("remove_volume"), 0U);
}

} // namespace
} // namespace agent::doors::volumes
