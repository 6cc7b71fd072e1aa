// D1: a container that Docker cannot tell of, since its inspection hangs or is not understood, delays
// nobody else. It is named, its answers stay as they are, and it is looked at again until Docker tells.

#include "observer/observer_fixture.hpp"

namespace agent::observer {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using Level = base::log::Level;

class SickContainersTest : public ObserverFixture {
protected:
    std::string running(const std::string& name) {
        const auto id = docker.make_container(name);
        docker.run_container(name);
        return id;
    }
    /// Runs an observer, which need not be connected yet.
    void start() {
        observer = std::make_unique<Observer>(loop.executor(), docker, world, networks,
                                              ObserverSettings());
        tasks.spawn("observer", observer->run());
        loop.run_until([&] { return docker.open_streams() == 1 && docker.count("inspect ") > 0; });
    }
    std::size_t told(Level level, std::string_view text) const { return log.count(level, text); }
};

TEST_F(SickContainersTest, OneWhoseInspectionHangsKeepsTheOthersFromNothing) {
    const auto sick = running("sick");
    const auto well = running("well");
    docker.hang("inspect", sick);
    const auto begun = steady_clock::now();
    begin();
    EXPECT_LT(steady_clock::now() - begun, 10s);
    EXPECT_EQ(status(well), "RUNNING");
    EXPECT_EQ(status(sick), "");
    docker.die("well");
    EXPECT_TRUE(becomes(well, "STOPPED"));
}

TEST_F(SickContainersTest, EventsAreReadWhileALookHangs) {
    docker.hang("inspect", running("sick"));
    start();
    const auto fresh = running("fresh");
    EXPECT_TRUE(becomes(fresh, "RUNNING"));
    EXPECT_FALSE(observer->connected()) << "the look that hangs is not over yet";
    docker.die("fresh", 3);
    EXPECT_TRUE(becomes(fresh, "STOPPED"));
    loop.run_until([&] { return observer->connected(); });
    EXPECT_TRUE(observer->connected());
}

TEST_F(SickContainersTest, IsNamedOnceInTheLogAndInTheTroubleUntilItIsWell) {
    const auto sick = running("sick");
    begin();
    EXPECT_EQ(observer->trouble(), "");
    docker.hang("inspect", sick);
    docker.die("sick", 3);
    loop.run_until([&] { return observer->trouble() != ""; });
    EXPECT_NE(observer->trouble().find("sick"), std::string::npos);
    EXPECT_NE(observer->trouble().find(sick.substr(0, 12)), std::string::npos);
    EXPECT_EQ(told(Level::warn, "cannot inspect a container"), 1U) << log.all();
    EXPECT_EQ(told(Level::warn, "container=sick"), 1U) << log.all();
    EXPECT_EQ(status(sick), "RUNNING") << "as it was last known";
    EXPECT_FALSE(observer->is_pending(*world.find_by_docker_id(sick).container))
        << "nobody waits for it";
    docker.mend("inspect", sick);
    EXPECT_TRUE(becomes(sick, "STOPPED"));
    EXPECT_EQ(observer->trouble(), "");
    EXPECT_EQ(told(Level::info, "can be inspected again"), 1U) << log.all();
}

TEST_F(SickContainersTest, OneWhoseInspectionIsNotUnderstoodIsTriedFiveTimesAndThenSick) {
    const auto sick = running("sick");
    const auto well = running("well");
    docker.spoil("inspect", sick, base::Error(base::Errc::protocol, "expected a string at /Name"));
    begin();
    EXPECT_EQ(status(well), "RUNNING");
    EXPECT_NE(observer->trouble().find("expected a string at /Name"), std::string::npos);
    EXPECT_EQ(told(Level::warn, "cannot inspect a container"), 1U) << log.all();
    docker.mend("inspect", sick);
    EXPECT_TRUE(becomes(sick, "RUNNING"));
    EXPECT_EQ(observer->trouble(), "");
}

TEST_F(SickContainersTest, ManyOfThemTakeNobodysTurn) {
    for (int i = 0; i < 40; ++i)
        docker.hang("inspect", running("sick-" + std::to_string(i)));
    begin();
    const auto begun = steady_clock::now();
    const auto fresh = running("fresh");
    EXPECT_TRUE(becomes(fresh, "RUNNING"));
    EXPECT_LT(steady_clock::now() - begun, 1s) << "not one of them has ended";
    EXPECT_NE(observer->trouble().find("and 37 more"), std::string::npos) << observer->trouble();
}

TEST_F(SickContainersTest, OneThatIsRemovedIsForgotten) {
    const auto sick = running("sick");
    begin();
    docker.hang("inspect", sick);
    docker.die("sick");
    loop.run_until([&] { return observer->trouble() != ""; });
    docker.destroy("sick");
    loop.run_until([&] { return observer->trouble().empty(); });
    EXPECT_EQ(status(sick), "");
    docker.mend("inspect", sick);
    settle_down();
    EXPECT_EQ(observer->trouble(), "");
}

TEST_F(SickContainersTest, EngineThatIsAwayIsNotToldOfForEachContainer) {
    const auto id = running("web");
    begin();
    docker.spoil("inspect", id, base::Error(base::Errc::unavailable, "no engine answers"));
    docker.die("web");
    loop.run_until([&] { return docker.count("inspect ") == 5; });
    settle_down();
    EXPECT_EQ(told(Level::warn, "cannot inspect"), 0U) << log.all();
    EXPECT_EQ(observer->trouble(), "");
    docker.mend("inspect", id);
    EXPECT_TRUE(becomes(id, "STOPPED")) << "it is looked at again all the same";
}

} // namespace
} // namespace agent::observer
