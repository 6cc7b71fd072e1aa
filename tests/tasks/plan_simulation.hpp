#pragma once
// A random task in a random world, and the plan at work in it.

#include "agent/docker/inspect_to_model.hpp"
#include "agent/tasks/dependencies.hpp"
#include "agent/tasks/plan.hpp"
#include "model/settle.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace agent::tasks {

using namespace std::chrono_literals;
using definition::Dependency;
using model::Container;
using model::ContainerType;
using model::TaskStatus;

using enum model::ContainerStatus;

inline constexpr auto cleanup_wait = 600s;

/// A task and the engine that it lives in: steps are under way for a while, take effect or fail,
/// and are overtaken by what happens to the containers.
class Simulation {
public:
    explicit Simulation(unsigned seed) : random_(seed) { make_task(); }

    /// Runs for so many turns, each with a chance of trouble.
    void live(int turns, bool trouble) {
        while (turns-- > 0 && !forgotten_) {
            begin_steps();
            if (trouble && one_in(4))
                cause_trouble();
            end_a_step(trouble);
            if (one_in(3))
                now_ += std::chrono::seconds(pick(20));
        }
    }

    /// Until nothing is under way and nothing will be; false when it goes on for ever.
    bool come_to_rest() {
        for (int turns = 0; turns < 1000 && !forgotten_; ++turns) {
            const auto look_again = begin_steps();
            if (!under_way_.empty())
                end_a_step(false);
            else if (look_again)
                now_ = *look_again;
            else
                return true;
        }
        return forgotten_;
    }

    void stop() { goal_ = Goal::stop; }
    bool forgotten() const { return forgotten_; }
    bool stopped_by_itself() const { return task_.desired == TaskStatus::stopped; }
    const std::map<Action, int>& counts() const { return counts_; }

    /// Nothing but what it depends on keeps a container from being brought up.
    void expect_as_far_as_possible() const {
        for (const auto& each : task_.containers) {
            if (!each.declared || each.known == stopped)
                continue;
            if (each.known == none || each.known == pulled) {
                ASSERT_EQ(each.type, ContainerType::normal);
                const auto ready = readiness(defined(each.name), task_, definition_, now_, 180s);
                EXPECT_EQ(ready.state, Readiness::State::waiting) << each.name;
            } else {
                EXPECT_GE(each.known, model::steady_status(each.type)) << each.name;
            }
        }
    }

    std::size_t pick(std::size_t choices) { return random_() % choices; }
    bool one_in(std::size_t choices) { return pick(choices) == 0; }

private:
    void make_task() {
        task_.declared = true;
        const auto count = 1 + pick(8);
        for (std::size_t i = 0; i < count; ++i) {
            definition::ContainerDefinition each;
            each.name = "c" + std::to_string(i);
            each.essential = i == 0 || one_in(2);
            if (one_in(3))
                each.start_timeout = std::chrono::seconds(2 + pick(60));
            each.restart_policy = {one_in(3), {0}, std::chrono::seconds(1 + pick(10))};
            for (std::size_t j = 0; j < i; ++j)
                if (one_in(4))
                    depend(each, "c" + std::to_string(j));
            definition_.containers.push_back(each);
        }
        // The definition's order says nothing of who depends on whom.
        std::shuffle(definition_.containers.begin(), definition_.containers.end(), random_);
        for (const auto& each : definition_.containers)
            add(each.name, ContainerType::normal, each.essential, each.restart_policy);
        if (one_in(5))
            add("joined", ContainerType::normal, false, {}).declared = false;
        if (one_in(3))
            add("ns", ContainerType::namespace_pause, true, {});
        if (one_in(2))
            add("cni", ContainerType::cni_pause, true, {});
        pull_upfront_ = one_in(2);
    }

    void depend(definition::ContainerDefinition& container, const std::string& other) {
        const auto kind = pick(6);
        if (kind == 4)
            container.links.push_back(other + ":alias");
        else if (kind == 5)
            container.volumes_from.push_back({other, false});
        else
            container.depends_on.push_back({other, static_cast<Dependency::Condition>(kind)});
    }

    Container& add(const std::string& name, ContainerType type, bool essential,
                   const definition::RestartPolicy& policy) {
        Container made;
        made.declared = true;
        made.name = name;
        made.type = type;
        made.essential = essential;
        made.restart_policy = {policy.enabled, policy.ignored_exit_codes, policy.attempt_period};
        task_.containers.push_back(made);
        return task_.containers.back();
    }

    const definition::ContainerDefinition& defined(const std::string& name) const {
        const auto& all = definition_.containers;
        return *std::find_if(all.begin(), all.end(),
                             [&](const auto& each) { return each.name == name; });
    }

    Container& container(const std::string& name) {
        return *std::find_if(task_.containers.begin(), task_.containers.end(),
                             [&](const auto& each) { return each.name == name; });
    }

    /// Asks for the plan and begins what it says; when to look again.
    std::optional<base::Time> begin_steps() {
        if (goal_ == Goal::stop && task_.desired == TaskStatus::running)
            stop_task();
        std::set<std::string> busy;
        for (const auto& [name, step] : under_way_)
            busy.insert(name);
        const Situation situation{task_, definition_, goal_,        provisioned_, released_,
                                  busy,  now_,        cleanup_wait, pull_upfront_};
        const auto plan = next_steps(situation);
        for (const auto& step : plan.steps) {
            check(step);
            const bool free = under_way_.emplace(step.container, step).second;
            EXPECT_TRUE(free) << "two steps for " << step.container;
            ++counts_[step.action];
        }
        return plan.look_again;
    }

    // The rules.

    void check(const Step& step) {
        SCOPED_TRACE(std::string(to_string(step.action)) + ' ' + step.container);
        const bool wanted = goal_ == Goal::run && task_.desired == TaskStatus::running;
        switch (step.action) {
        case Action::provision:
        case Action::pull:
        case Action::start:
        case Action::attach:
        case Action::restart:
        case Action::fail: EXPECT_TRUE(wanted); break;
        case Action::create:
            EXPECT_TRUE(wanted);
            check_create(container(step.container));
            break;
        case Action::stop: check_stop(container(step.container)); [[fallthrough]];
        case Action::give_up: EXPECT_FALSE(wanted); break;
        case Action::release: EXPECT_TRUE(all_stopped() && under_way_.empty()); break;
        case Action::remove:
            EXPECT_FALSE(wanted);
            if (container(step.container).known != created) {
                EXPECT_GE(now_, *task_.execution_stopped_at + cleanup_wait);
                EXPECT_TRUE(released_);
            }
            break;
        case Action::forget:
            EXPECT_TRUE(released_ && all_stopped());
            for (const auto& each : task_.containers)
                EXPECT_TRUE(!each.declared || each.docker_id.empty());
        }
        EXPECT_TRUE(step.container.empty() || container(step.container).declared);
    }

    void check_create(const Container& made) const {
        EXPECT_TRUE(provisioned_ && made.docker_id.empty());
        if (made.type != ContainerType::normal)
            return;
        for (const auto& other : task_.containers) {
            const bool pause = other.type != ContainerType::normal;
            EXPECT_TRUE(!pause || other.known == model::steady_status(other.type)) << other.name;
        }
        const auto ready = readiness(defined(made.name), task_, definition_, now_, 180s);
        EXPECT_EQ(ready.state, Readiness::State::ready);
    }

    void check_stop(const Container& ended) const {
        for (const auto& other : task_.containers) {
            if (!other.declared || !model::is_running(other) ||
                other.type != ContainerType::normal || other.name == ended.name)
                continue;
            EXPECT_EQ(ended.type, ContainerType::normal) << other.name << " runs in it";
            EXPECT_FALSE(depends_on(defined(other.name), ended.name)) << other.name;
        }
    }

    bool all_stopped() const {
        return std::all_of(task_.containers.begin(), task_.containers.end(), [](const auto& each) {
            return !each.declared || each.known == stopped;
        });
    }

    // The world.

    void end_a_step(bool trouble) {
        if (under_way_.empty())
            return;
        auto chosen = under_way_.begin();
        std::advance(chosen, static_cast<std::ptrdiff_t>(pick(under_way_.size())));
        const auto step = chosen->second;
        under_way_.erase(chosen);
        if (trouble && one_in(8))
            fail(step);
        else
            apply(step);
        model::settle(task_);
    }

    void apply(const Step& step) {
        if (step.action == Action::provision)
            provisioned_ = true;
        if (step.action == Action::release)
            released_ = true;
        if (step.action == Action::forget)
            forgotten_ = true;
        if (step.container.empty())
            return;
        auto& target = container(step.container);
        switch (step.action) {
        case Action::pull: target.known = pulled; break;
        case Action::create:
            target.known = created;
            target.docker_id = "id-" + target.name;
            break;
        case Action::start:
        case Action::restart: run(target); break;
        case Action::attach:
            if (target.known == running)
                target.known = resources_provisioned;
            break;
        case Action::fail: give_up(target); break;
        case Action::stop: exit(target, 143); break;
        case Action::give_up:
        case Action::remove: vanish(target); break;
        default: break;
        }
    }

    /// For good, or so that it is tried again.
    void fail(const Step& step) {
        const bool start_up = step.action <= Action::restart;
        if (!start_up || one_in(2))
            return;
        if (step.container.empty() || step.action == Action::attach)
            stop_task();
        else if (!model::is_running(container(step.container)))
            give_up(container(step.container));
    }

    void stop_task() {
        task_.desired = TaskStatus::stopped;
        if (!task_.execution_stopped_at)
            task_.execution_stopped_at = now_;
        model::settle(task_);
    }

    void run(Container& target) {
        if (target.docker_id.empty())
            return;
        target.known = running;
        target.started_at = now_;
        target.exit_code.reset();
        target.health = model::Health{one_in(2) ? "HEALTHY" : "", {}, 0, ""};
    }

    void exit(Container& target, std::int64_t code) {
        if (!model::is_running(target))
            return;
        target.known = stopped;
        target.exit_code = code;
        target.finished_at = now_;
    }

    static void vanish(Container& target) {
        target.known = stopped;
        target.docker_id.clear();
    }

    static void give_up(Container& target) {
        target.known = stopped;
        target.start_failed = true;
    }

    void cause_trouble() {
        auto& victim = task_.containers[pick(task_.containers.size())];
        switch (pick(6)) {
        case 0:
        case 1: exit(victim, one_in(2) ? 0 : 1); break;
        case 2: // removed by hand
            if (!victim.docker_id.empty())
                vanish(victim);
            break;
        case 3:
            victim.health = model::Health{one_in(3) ? "UNHEALTHY" : "HEALTHY", {}, 0, ""};
            break;
        case 4: restart_agent(); break;
        case 5:
            if (victim.known == stopped && one_in(4))
                run(victim); // started by hand
            break;
        }
        model::settle(task_);
    }

    /// What was under way may have taken effect; what was in memory only is lost.
    void restart_agent() {
        for (const auto& [name, step] : under_way_)
            if (one_in(2) && step.action != Action::forget)
                apply(step);
        under_way_.clear();
        provisioned_ = false;
        released_ = false;
        for (auto& each : task_.containers) {
            if (each.known == pulled)
                each.known = none;
            if (each.known == resources_provisioned)
                each.known = running;
        }
    }

    std::minstd_rand random_;
    model::Task task_;
    definition::TaskDefinition definition_;
    Goal goal_ = Goal::run;
    base::Time now_{std::chrono::seconds(1'700'000'000)};
    bool provisioned_ = false;
    bool released_ = false;
    bool forgotten_ = false;
    bool pull_upfront_ = false;
    std::map<std::string, Step> under_way_;
    std::map<Action, int> counts_;
};

} // namespace agent::tasks
