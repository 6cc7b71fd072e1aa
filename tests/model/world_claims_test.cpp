// D3: addresses are reused as fast as Docker reuses them, while looks come late and in any order. Nobody
// is answered as somebody else, and nobody is unknown who runs and was looked at.

#include "model/world.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace model {
namespace {

/// A container as Docker has it, and what of that is in the World.
struct RealContainer {
    std::size_t task = 0;
    std::string id;
    bool runs = false;
    std::string address;
    base::Time started;
    bool seen = false; ///< as it is now
};

/// A host with few addresses and many containers, and the World that looks make of it.
class ChurningHost {
public:
    explicit ChurningHost(std::uint32_t seed) : random_(seed) {
        for (std::size_t task = 0; task < tasks; ++task)
            for (std::size_t each = 0; each < containers_of_a_task; ++each) {
                auto& made = containers_.emplace_back();
                made.task = task;
                made.id = "id-" + std::to_string(task) + '-' + std::to_string(each);
            }
    }

    /// One thing happens: in Docker, or in the World.
    void step() {
        auto& any = containers_[pick(containers_.size())];
        switch (pick(6)) {
        case 0:
        case 1: start(any); break;
        case 2: stop(any); break;
        case 3: look(any); break;
        case 4: touch(any.task); break;
        case 5: forget(any.task); break;
        }
    }

    /// What is wrong with the World's answers; "" when nothing is.
    std::string trouble() const {
        for (const auto* address : addresses)
            if (const auto wrong = trouble_of(address); !wrong.empty())
                return wrong;
        for (const auto& each : containers_) {
            const auto caller = world_.find_by_address(each.address);
            if (each.runs && each.seen && !is(caller, each))
                return each.id + " runs at " + each.address + " and is answered as " + name(caller);
        }
        return {};
    }

private:
    static constexpr std::size_t tasks = 6;
    static constexpr std::size_t containers_of_a_task = 3;
    static constexpr std::array<const char*, 4> addresses{"172.17.0.2", "172.17.0.3", "172.17.0.4",
                                                          "172.17.0.5"};

    std::size_t pick(std::size_t count) { return random_() % count; }
    static std::string arn(std::size_t task) { return "task-" + std::to_string(task); }

    /// The lowest address that no container has any more, as Docker's bridge gives them.
    void start(RealContainer& container) {
        if (container.runs)
            return;
        for (const auto* address : addresses) {
            const bool taken =
                std::any_of(containers_.begin(), containers_.end(),
                            [&](const auto& each) { return each.runs && each.address == address; });
            if (taken)
                continue;
            container.runs = true;
            container.seen = false;
            container.address = address;
            container.started = base::Time(std::chrono::seconds(++clock_));
            return;
        }
    }

    static void stop(RealContainer& container) {
        container.seen = container.seen && !container.runs;
        container.runs = false;
    }

    /// As the observer does: the others of the task stay as the World has them.
    void look(RealContainer& container) {
        auto task = copy_of(container.task);
        auto known = std::find_if(task.containers.begin(), task.containers.end(),
                                  [&](const auto& each) { return each.docker_id == container.id; });
        if (known == task.containers.end())
            known = task.containers.emplace(known);
        known->docker_id = container.id;
        known->network_mode = "bridge";
        known->known = container.runs ? ContainerStatus::running : ContainerStatus::stopped;
        if (container.runs) {
            known->started_at = container.started;
            known->networks.assign(1, NetworkAttachment());
            known->networks[0].ipv4 = container.address;
        }
        container.seen = true;
        world_.put(std::move(task));
    }

    /// Something else of the task changes, so that all that is taken to be true of it is put again.
    void touch(std::size_t number) {
        auto task = copy_of(number);
        if (task.containers.empty())
            return;
        task.revision = std::to_string(++clock_);
        world_.put(std::move(task));
    }

    /// The task goes, when none of its containers runs.
    void forget(std::size_t number) {
        for (auto& each : containers_)
            if (each.task == number && each.runs)
                return;
        world_.remove(arn(number));
        for (auto& each : containers_)
            if (each.task == number)
                each.seen = false;
    }

    Task copy_of(std::size_t number) const {
        if (const auto known = world_.find_task(arn(number)))
            return *known;
        Task fresh;
        fresh.arn = arn(number);
        return fresh;
    }

    /// The simple model: of all that are taken to run with the address, the one that was started last.
    std::string trouble_of(const std::string& address) const {
        const Container* newest = nullptr;
        for (const auto& [task_arn, task] : world_.tasks())
            for (const auto& each : task->containers)
                if (each.known == ContainerStatus::running && each.networks[0].ipv4 == address &&
                    (newest == nullptr || *each.started_at > *newest->started_at))
                    newest = &each;
        const auto caller = world_.find_by_address(address);
        const bool right = newest == nullptr ? !caller
                                             : caller.container != nullptr &&
                                                   caller.container->docker_id == newest->docker_id;
        return right ? ""
                     : address + " is " + (newest == nullptr ? "nobody" : newest->docker_id) +
                           "'s and is answered as " + name(caller);
    }

    static bool is(const Caller& caller, const RealContainer& container) {
        return caller.container != nullptr && caller.container->docker_id == container.id;
    }
    static std::string name(const Caller& caller) {
        return caller.container == nullptr ? "nobody" : caller.container->docker_id;
    }

    std::mt19937 random_;
    std::int64_t clock_ = 1'700'000'000;
    std::vector<RealContainer> containers_;
    World world_{Instance()};
};

TEST(WorldClaims, HoldThroughAnyOrderOfStartsStopsLooksAndReuse) {
    for (std::uint32_t seed = 0; seed < 50; ++seed) {
        ChurningHost host(seed);
        for (int step = 0; step < 400; ++step) {
            host.step();
            const auto trouble = host.trouble();
            ASSERT_EQ(trouble, "") << "seed " << seed << ", step " << step;
        }
    }
}

TEST(WorldClaims, KeyFallsBackToWhoStillClaimsIt) {
    Claims claims;
    const Claim first{"key", "t1", "", std::nullopt};
    const Claim second{"key", "t2", "", std::nullopt};
    claims.replace({}, {first});
    claims.replace({}, {second});
    EXPECT_EQ(*claims.find("key"), second) << "who came last";
    claims.replace({first}, {first});
    EXPECT_EQ(*claims.find("key"), second) << "to claim it again is not to come again";
    claims.replace({second}, {});
    EXPECT_EQ(*claims.find("key"), first);
    claims.replace({first}, {});
    EXPECT_EQ(claims.find("key"), nullptr);
    EXPECT_TRUE(claims.keys("").empty());
}

TEST(WorldClaims, LaterStartCountsWheneverItIsHeardOf) {
    const auto started = [](int second) { return base::Time(std::chrono::seconds(second)); };
    const Claim early{"key", "t1", "a", started(1)};
    const Claim late{"key", "t2", "b", started(2)};
    Claims claims;
    claims.replace({}, {late});
    claims.replace({}, {early});
    EXPECT_EQ(*claims.find("key"), late);
    const Claim again{"key", "t1", "a", started(3)};
    claims.replace({early}, {again});
    EXPECT_EQ(*claims.find("key"), again) << "it was started anew";
    EXPECT_EQ(claims.find("ke"), nullptr);
    EXPECT_EQ(claims.keys("k"), std::vector<std::string_view>{"key"});
}

} // namespace
} // namespace model
