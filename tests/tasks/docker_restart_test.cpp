// `docker restart` of a declared task's container: it ends, and with it the task, and runs again at once.
// What follows makes no twin (F8). And the order in which ends are told (F9).

#include "tasks/tasks_fixture.hpp"

#include <algorithm>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

class DockerRestart : public SupervisorFixture {
protected:
    DockerRestart() {
        keep_what_stopped();
        settings.first_restart_delay = 100ms;
    }
    /// How many containers of the family run in Docker.
    std::size_t running() {
        std::size_t count = 0;
        for (const auto& name : docker.container_names())
            count += docker.container(name).state.running ? 1U : 0U;
        return count;
    }
    /// Runs until another task than this one runs, and looks at Docker all the time.
    bool is_replaced_without_twin(const std::string& arn) {
        std::size_t most = 0;
        loop.run_until([&] {
            most = std::max(most, running());
            const auto now = running_task();
            return now && now->arn != arn;
        });
        EXPECT_EQ(most, 1U) << log.all();
        const auto now = running_task();
        return now && now->arn != arn;
    }
};

TEST_F(DockerRestart, MakesNoTwin) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    const auto name = docker_name("app");
    docker.delay("stop", 400ms);
    docker.die(name, 143);
    loop.run_until([&] { return log.count(Level::info, "task stopped") == 1U; });
    docker.run_container(name);
    EXPECT_TRUE(is_replaced_without_twin(arn)) << log.all();
    EXPECT_FALSE(docker.container(name).state.running);
}

TEST_F(DockerRestart, MakesNoneWhereItsEventIsLost) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    const auto name = docker_name("app");
    docker.die(name, 143);
    loop.run_until([&] { return log.count(Level::info, "task stopped") == 1U; });
    docker.lose_events(true);
    docker.run_container(name);
    docker.lose_events(false);
    EXPECT_TRUE(is_replaced_without_twin(arn)) << log.all();
    EXPECT_FALSE(docker.container(name).state.running);
}

TEST_F(DockerRestart, KeepsTheNextTaskWaitingNoLongerThanAStopMayTake) {
    settings.earlier_limit = 300ms;
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    const auto name = docker_name("app");
    docker.delay("stop", 20s);
    docker.die(name, 143);
    loop.run_until([&] { return log.count(Level::info, "task stopped") == 1U; });
    docker.run_container(name);
    loop.run_until([&] {
        const auto now = running_task();
        return now && now->arn != arn;
    });
    EXPECT_EQ(log.count(Level::warn, "the next task starts beside it"), 1U) << log.all();
}

// What the log says.

TEST_F(DockerRestart, EndsAreToldInTheirOrder) {
    begin();
    declare("web.json", definition("web", {"app", "side", "third"}));
    ASSERT_TRUE(runs()) << log.all();
    // All three are seen at once, the last of the definition as the first that has ended.
    docker.delay("inspect", 200ms);
    docker.die(docker_name("third"), 0);
    docker.die(docker_name("side"), 0);
    docker.die(docker_name("app"), 0);
    loop.run_until([&] { return log.count(Level::info, "container stopped") == 3U; });
    const auto text = log.all();
    const auto place = [&](const std::string& name) {
        return text.find("container=" + name, text.find("container stopped"));
    };
    EXPECT_LT(place("third"), place("side")) << text;
    EXPECT_LT(place("side"), place("app")) << text;
}

} // namespace
} // namespace agent::tasks
