// Two hundred containers started and removed, again and again: nothing is left, nothing grows.
// ECS_RELEASE_AGENT may name a daemon without sanitizers, whose memory says more; of the one that was
// built with the tests the quarantine is switched off, which keeps what was freed.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/rounds.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const int tasks_in_a_round = in_round(24, 200);
const int tasks_around_a_kill = in_round(16, 80);
constexpr int at_a_time = 8;

/// Every second one is awsvpc; of each ten, one ends by itself.
std::string definition(int number) {
    const std::string mode = number % 2 == 0 ? "bridge" : "awsvpc";
    const std::string command = number % 10 == 3
                                    ? "sleep 1; exit 3"
                                    : "trap 'exit 0' TERM; while :; do sleep 1 & wait; done";
    return R"({"family": "churn)" + std::to_string(number) + R"(", "networkMode": ")" + mode +
           R"(", "containerDefinitions": [{"name": "app", "memory": 32,
              "image": "ecs-node-agent-demo:latest", "portMappings": [{"containerPort": 80}],
              "command": ["sh", "-c", ")" +
           command + R"("]}]})";
}

std::string file_of(int number) {
    return "churn" + std::to_string(number) + ".json";
}

/// What the engine has of each family: the state of its container "app", "" where only others are.
std::map<std::string, std::string> states() {
    std::map<std::string, std::string> found;
    for (const auto& each : list_containers(Which::all, {label_of_family})) {
        auto& known = found[each.labels.at(label_of_family)];
        if (each.labels.at(label_of_name) == "app")
            known = each.state;
    }
    return found;
}

struct Footprint {
    long rss_kb = 0;
    std::size_t descriptors = 0;
};

Footprint footprint_of(pid_t pid) {
    const auto process = "/proc/" + std::to_string(pid);
    Footprint footprint;
    std::ifstream status(process + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            footprint.rss_kb = std::stol(line.substr(6));
    for (const auto& entry : std::filesystem::directory_iterator(process + "/fd"))
        footprint.descriptors += entry.is_symlink() ? 1U : 0U;
    return footprint;
}

} // namespace

class Churn : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        agent_->set("ASAN_OPTIONS", "quarantine_size_mb=0:thread_local_quarantine_size_kb=0");
        const char* release = std::getenv("ECS_RELEASE_AGENT");
        if (release != nullptr)
            agent_->use_program(release);
        agent_->put_refused(at_a_time);
        agent_->start();
    }

    /// A whole round; `deed` is done once, with half of it started.
    template <class Deed>
    void run_round(int tasks, Deed deed) {
        std::map<int, bool> active; // whether its file is removed already
        int next = 0;
        const auto begun = std::chrono::steady_clock::now();
        while (next < tasks || !active.empty()) {
            ASSERT_LT(std::chrono::steady_clock::now() - begun, seconds(240));
            while (next < tasks && active.size() < std::size_t{at_a_time}) {
                agent_->put_task(file_of(next), definition(next));
                active[next] = false;
                if (++next == tasks / 2)
                    deed();
            }
            const auto now = states();
            for (auto task = active.begin(); task != active.end();)
                task =
                    advance(task->first, task->second, now) ? active.erase(task) : std::next(task);
            std::this_thread::sleep_for(milliseconds(100));
        }
        const auto took = std::chrono::steady_clock::now() - begun;
        std::cout << tasks << " tasks in " << std::chrono::duration_cast<seconds>(took).count()
                  << " s\n";
    }

    /// Removes the file of a task that has come as far as it should; true when all of it is gone.
    bool advance(int number, bool& removed, const std::map<std::string, std::string>& now) {
        const auto state = now.find("churn" + std::to_string(number));
        if (removed)
            return state == now.end();
        const auto wanted = number % 10 == 3 ? "exited" : "running";
        if (state != now.end() && state->second == wanted) {
            agent_->remove_task(file_of(number));
            removed = true;
        }
        return false;
    }

    void expect_empty() {
        EXPECT_TRUE(eventually(seconds(10), [&] { return leftovers_of_tasks(*agent_).empty(); }));
        for (const auto& finding : leftovers_of_tasks(*agent_))
            ADD_FAILURE() << finding;
    }

    /// After some calls one by one: libcurl keeps connections from the busy time until then.
    Footprint footprint_in_calm() {
        for (int i = 0; i < 8; ++i)
            docker({"run", "--rm", demo_image, "true"});
        return footprint_of(agent_->pid());
    }
};

TEST_F(Churn, LeavesNothingAndGrowsByNothing) {
    run_round(tasks_in_a_round, [] {});
    expect_empty();
    const auto first = footprint_in_calm();
    run_round(tasks_in_a_round, [] {});
    expect_empty();
    auto second = footprint_in_calm();
    const auto most_kb = static_cast<double>(first.rss_kb) * 1.02;
    const auto is_larger = [&] {
        return second.descriptors > first.descriptors ||
               static_cast<double>(second.rss_kb) > most_kb;
    };
    for (int more = 0; more < 3 && is_larger(); ++more)
        second = footprint_in_calm();
    std::cout << "after the first round: rss " << first.rss_kb << " kB, " << first.descriptors
              << " descriptors; after the second: rss " << second.rss_kb << " kB, "
              << second.descriptors << " descriptors\n";
    EXPECT_LE(static_cast<double>(second.rss_kb), most_kb);
    EXPECT_LE(static_cast<double>(second.descriptors),
              static_cast<double>(first.descriptors) * 1.02);
}

TEST_F(Churn, LeavesNothingWhenTheAgentIsKilledInTheMiddle) {
    run_round(tasks_around_a_kill, [&] {
        agent_->kill9();
        agent_->start();
    });
    expect_empty();
}

} // namespace integration
