// What the next step of a task is, in every situation that it may be met in.

#include "agent/engine/plan.hpp"

#include "agent/observer/inspect_to_model.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace agent::engine {

/// For the messages of a failing test.
void PrintTo(const Step& step, std::ostream* out) {
    *out << to_string(step.action) << ' ' << step.container;
}

namespace {

using model::Container;
using model::ContainerStatus;
using model::ContainerType;
using model::Task;
using model::TaskStatus;

using enum model::ContainerStatus;

Container container(ContainerStatus known, ContainerType type = ContainerType::normal) {
    static int ids = 0;
    Container made;
    made.declared = true;
    made.type = type;
    made.known = known;
    made.name = type == ContainerType::normal ? "app" : "~internal~ecs~pause";
    if (known != none)
        made.docker_id = "id" + std::to_string(++ids);
    return made;
}

Container pause(ContainerStatus known) {
    return container(known, ContainerType::cni_pause);
}

/// Stopped, and removed from Docker.
Container removed() {
    auto made = container(stopped);
    made.docker_id.clear();
    return made;
}

/// Somebody else's, that joined the task's network namespace.
Container member(ContainerStatus known) {
    auto made = container(known);
    made.declared = false;
    made.essential = false;
    return made;
}

struct Situation {
    const char* what;
    std::vector<Container> containers;
    Step next;
    std::string link_local = {};
};

void expect_next(const std::vector<Situation>& situations, Goal goal, TaskStatus desired) {
    for (const auto& situation : situations) {
        Task task;
        task.desired = desired;
        task.containers = situation.containers;
        task.link_local_ipv4 = situation.link_local;
        EXPECT_EQ(next_step(task, goal), situation.next) << situation.what;
    }
}

TEST(Plan, StartsContainersInTheOrderOfTheDefinition) {
    const std::vector<Situation> table{
        {"nothing is there", {container(none), container(none)}, {Action::create, 0}},
        {"the first is created", {container(created), container(none)}, {Action::start, 0}},
        {"the first runs", {container(running), container(none)}, {Action::create, 1}},
        {"the second is created", {container(running), container(created)}, {Action::start, 1}},
        {"all run", {container(running), container(running)}, {Action::wait}},
        {"one that was optional has ended",
         {container(stopped), container(none)},
         {Action::create, 1}},
        {"one that was optional was removed", {removed(), container(running)}, {Action::wait}},
        {"Docker has not said yet how it is",
         {[] {
             auto made = container(none);
             made.docker_id = "adopted";
             return made;
         }()},
         {Action::wait}},
    };
    expect_next(table, Goal::run, TaskStatus::running);
}

TEST(Plan, CompletesThePauseContainerBeforeAnyOther) {
    const std::vector<Situation> table{
        {"nothing is there", {container(none), pause(none)}, {Action::create, 1}},
        {"pause is created", {container(none), pause(created)}, {Action::start, 1}},
        {"pause runs without address", {container(none), pause(running)}, {Action::attach, 1}},
        {"pause is complete", {container(none), pause(resources_provisioned)}, {Action::create, 0}},
        {"an app was created by an earlier run",
         {container(created), pause(running)},
         {Action::attach, 1}},
        {"pause has ended", {container(none), pause(stopped)}, {Action::wait}},
        {"all is there", {container(running), pause(resources_provisioned)}, {Action::wait}},
    };
    expect_next(table, Goal::run, TaskStatus::running);
}

TEST(Plan, StopsThePauseContainerLastAndRemovesInReverse) {
    const std::vector<Situation> table{
        {"all run",
         {container(running), container(running), pause(resources_provisioned)},
         {Action::stop}},
        {"one still runs",
         {container(stopped), container(running), pause(resources_provisioned)},
         {Action::stop}},
        {"only pause runs",
         {container(stopped), container(stopped), pause(running)},
         {Action::stop_pause}},
        {"all stopped",
         {container(stopped), container(stopped), pause(stopped)},
         {Action::remove, 2}},
        {"pause is gone", {container(stopped), container(stopped), removed()}, {Action::remove, 1}},
        {"the first is left", {container(stopped), removed(), removed()}, {Action::remove, 0}},
        {"one was never created",
         {container(stopped), container(none), removed()},
         {Action::give_up, 1}},
        {"one was created and never ran",
         {container(created), removed(), removed()},
         {Action::remove, 0}},
        {"the address is left", {removed(), removed()}, {Action::detach}, "169.254.172.2"},
        {"nothing is left", {removed(), removed()}, {Action::forget}},
    };
    expect_next(table, Goal::remove, TaskStatus::running);
    expect_next(table, Goal::remove, TaskStatus::stopped);
}

TEST(Plan, KeepsWhatRanOfAStoppedTaskUntilItsFileGoes) {
    const std::vector<Situation> table{
        {"an essential one has ended", {container(stopped), container(running)}, {Action::stop}},
        {"all have ended", {container(stopped), container(stopped)}, {Action::wait}},
        {"one was never created", {container(stopped), container(none)}, {Action::give_up, 1}},
        {"one never ran", {container(stopped), container(created)}, {Action::remove, 1}},
        {"pause still runs",
         {container(stopped), pause(resources_provisioned)},
         {Action::stop_pause}},
        {"the address is left",
         {container(stopped), pause(stopped)},
         {Action::detach},
         "169.254.172.2"},
    };
    expect_next(table, Goal::run, TaskStatus::stopped);
}

TEST(Plan, NeverTouchesAContainerThatMerelyJoined) {
    const std::vector<Situation> up{
        {"it runs",
         {member(running), container(running), pause(resources_provisioned)},
         {Action::wait}},
        {"it is created",
         {member(created), container(running), pause(resources_provisioned)},
         {Action::wait}},
    };
    expect_next(up, Goal::run, TaskStatus::running);
    const std::vector<Situation> down{
        {"it runs on",
         {member(running), container(stopped), pause(resources_provisioned)},
         {Action::stop_pause}},
        {"it is what is left", {member(running), removed(), removed()}, {Action::forget}},
        {"it has ended", {member(stopped), removed(), removed()}, {Action::forget}},
    };
    expect_next(down, Goal::remove, TaskStatus::running);
}

/// A task and the engine that it lives in: steps take effect, fail, and are overtaken by events.
class Simulation {
public:
    explicit Simulation(unsigned seed) : random_(seed) {
        const auto normal = 1 + pick(4);
        for (std::size_t i = 0; i < normal; ++i) {
            auto made = container(none);
            made.essential = i == 0 || pick(2) == 0;
            task_.containers.push_back(made);
        }
        awsvpc_ = pick(2) == 0;
        if (awsvpc_ && pick(3) == 0)
            task_.containers.push_back(member(running));
        if (awsvpc_)
            task_.containers.push_back(pause(none));
        task_.declared = true;
    }

    /// Steps until the plan waits; false when it never does.
    bool run_until_it_waits(bool trouble) {
        for (int steps = 0; steps < 200; ++steps) {
            if (trouble && pick(6) == 0)
                something_dies();
            const auto step = next_step(task_, goal_);
            if (step.action == Action::wait || forgotten_)
                return true;
            if (trouble && pick(4) == 0)
                fail(step);
            else
                apply(step);
        }
        return false;
    }

    void remove() { goal_ = Goal::remove; }
    bool forgotten() const { return forgotten_; }
    bool leased() const { return leased_; }
    int releases() const { return releases_; }
    int leases() const { return leases_; }

    bool something_of_ours_is_left() const {
        for (const auto& each : task_.containers)
            if (each.declared && !each.docker_id.empty())
                return true;
        return false;
    }

    std::size_t pick(std::size_t choices) { return random_() % choices; }

private:
    void something_dies() {
        auto& victim = task_.containers[pick(task_.containers.size())];
        if (victim.docker_id.empty())
            return;
        victim.known = stopped;
        if (pick(2) == 0 && victim.declared)
            victim.docker_id.clear();
        observer::settle(task_);
    }

    void fail(const Step& step) {
        const bool for_good = pick(3) == 0;
        const bool start_up = step.action == Action::create || step.action == Action::start ||
                              step.action == Action::attach;
        // The address was leased, and we never learnt of it.
        if (step.action == Action::attach && !leased_ && pick(2) == 0)
            lease();
        if (start_up && for_good)
            task_.desired = TaskStatus::stopped;
        observer::settle(task_);
    }

    void lease() {
        leased_ = true;
        ++leases_;
    }

    void release() {
        if (leased_)
            ++releases_;
        leased_ = false;
        task_.link_local_ipv4.clear();
    }

    void stop(ContainerType type) {
        task_.desired = TaskStatus::stopped;
        for (auto& each : task_.containers)
            if (each.declared && each.type == type && each.known != none)
                each.known = stopped;
    }

    void apply(const Step& step) {
        auto& target = task_.containers[step.container];
        const bool normal = target.type == ContainerType::normal;
        const bool names_one = step.action == Action::create || step.action == Action::start ||
                               step.action == Action::attach || step.action == Action::remove ||
                               step.action == Action::give_up;
        if (names_one) {
            EXPECT_TRUE(target.declared) << to_string(step.action) << " touches a mere member";
        }
        switch (step.action) {
        case Action::create:
            EXPECT_EQ(target.docker_id, "");
            EXPECT_TRUE(!normal || !awsvpc_ || complete()) << "created before attach";
            target.docker_id = container(created).docker_id;
            target.known = created;
            break;
        case Action::start:
            EXPECT_EQ(target.known, created);
            EXPECT_TRUE(!normal || !awsvpc_ || complete()) << "started before attach";
            target.known = running;
            break;
        case Action::attach:
            EXPECT_FALSE(normal);
            if (!leased_)
                lease();
            task_.link_local_ipv4 = "169.254.172.2";
            target.known = resources_provisioned;
            break;
        case Action::stop: stop(ContainerType::normal); break;
        case Action::stop_pause: stop(ContainerType::cni_pause); break;
        case Action::give_up: target.known = stopped; break;
        case Action::remove:
            EXPECT_TRUE(target.known == stopped || target.known == created);
            target.docker_id.clear();
            target.known = stopped;
            break;
        case Action::detach: release(); break;
        case Action::forget:
            release();
            forgotten_ = true;
            break;
        case Action::wait: break;
        }
        observer::settle(task_);
    }

    bool complete() const { return task_.pause()->known == resources_provisioned; }

    std::minstd_rand random_;
    Task task_;
    Goal goal_ = Goal::run;
    bool awsvpc_ = false;
    bool leased_ = false;
    bool forgotten_ = false;
    int leases_ = 0;
    int releases_ = 0;
};

TEST(Plan, ComesToAnEndWhateverHappensAndLeavesNothing) {
    int leases = 0;
    for (unsigned seed = 1; seed <= 3000 && !testing::Test::HasFailure(); ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        Simulation simulation(seed);
        if (simulation.pick(4) != 0) {
            EXPECT_TRUE(simulation.run_until_it_waits(simulation.pick(2) == 0))
                << "it steps on for ever";
        }
        simulation.remove();
        EXPECT_TRUE(simulation.run_until_it_waits(simulation.pick(2) == 0));
        EXPECT_TRUE(simulation.run_until_it_waits(false));
        EXPECT_TRUE(simulation.forgotten()) << "it waits, and nothing will happen";
        EXPECT_FALSE(simulation.something_of_ours_is_left());
        EXPECT_FALSE(simulation.leased());
        EXPECT_EQ(simulation.releases(), simulation.leases());
        leases += simulation.leases();
    }
    EXPECT_GT(leases, 100) << "the sequences did not come as far as a lease";
}

} // namespace
} // namespace agent::engine
