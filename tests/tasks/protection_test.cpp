// Tasks that are protected: what their files ask for is held back until the protection ends.

#include "tasks/tasks_fixture.hpp"

#include <future>

namespace agent::tasks {
namespace {

using namespace std::chrono_literals;
using base::Errc;
using Level = base::log::Level;
using Clock = std::chrono::steady_clock;
using Story = std::vector<std::string>;

constexpr auto held_back = "a change of a file is held back, since its task is protected";
constexpr auto let_in = "a change of a file is held back no more";

class ProtectionTest : public SupervisorFixture {
protected:
    base::Result<> protect(const std::string& arn, std::optional<base::Time> until) {
        return loop.run(agent->supervisor.protections().protect(arn, until));
    }
    /// Runs web.json with this definition, protected.
    std::string run_protected(const std::string& text,
                              std::optional<base::Time> until = base::now() + 1h) {
        begin();
        declare("web.json", text);
        EXPECT_TRUE(runs()) << log.all();
        const auto arn = task()->arn;
        EXPECT_TRUE(protect(arn, until));
        EXPECT_EQ(task()->protected_until, until);
        docker.forget_calls();
        return arn;
    }
    std::size_t said(const std::string& text) { return log.count(Level::info, text); }
    /// Waits until a change of the file is held back; it is not for long.
    bool holds(std::size_t times = 1) {
        loop.run_until([&] { return said(held_back) == times; });
        settle_down();
        return said(held_back) == times && story().empty();
    }
    bool is_rows(std::size_t count) {
        const auto rows = [&] {
            auto read = [&store = agent->store] { return store.protections(); };
            return loop.run(agent->disk.read(std::move(read))).value().size();
        };
        loop.run_until([&] { return rows() == count; });
        return rows() == count;
    }
    std::size_t started_definitions() {
        auto read = [&store = agent->store] { return store.started_definitions(); };
        return loop.run(agent->disk.read(std::move(read))).value().size();
    }
    static std::string once(const std::string& family) {
        auto text = definition(family, {"app"});
        text.insert(1, R"("x-ecs-node-agent":{"run":"once"},)");
        return text;
    }
};

TEST_F(ProtectionTest, HoldsBackTheRemovalOfTheFileUntilItIsTakenBack) {
    const auto until = base::now() + 1h;
    const auto arn = run_protected(definition("web", {"app", "side"}), until);
    undeclare("web.json");
    ASSERT_TRUE(holds()) << log.all();
    agent->supervisor.reload();
    settle_down();
    EXPECT_EQ(said(held_back), 1U) << "once";
    EXPECT_EQ(said("file=web.json task=" + arn +
                   " change=\"it is gone\" until=" + base::to_rfc3339(until)),
              1U)
        << log.all();
    EXPECT_EQ(task()->desired, model::TaskStatus::running);
    const auto begun = Clock::now();
    ASSERT_TRUE(protect(arn, std::nullopt));
    ASSERT_TRUE(is_gone());
    EXPECT_LT(Clock::now() - begun, 10s) << "not only at its end";
    EXPECT_EQ(said(let_in), 1U);
    EXPECT_EQ(said("its task is not protected any more"), 1U) << log.all();
    EXPECT_TRUE(is_rows(0));
    EXPECT_EQ(started_definitions(), 0U) << "the file is forgotten";
}

TEST_F(ProtectionTest, LetsInTheLastOfSeveralChangesOnly) {
    const auto arn = run_protected(definition("web", {"app"}));
    declare("web.json", definition("web", {"second"}));
    ASSERT_TRUE(holds()) << log.all();
    declare("web.json", "no definition");
    settle_down();
    undeclare("web.json");
    settle_down();
    declare("web.json", definition("web", {"third"}));
    settle_down();
    EXPECT_EQ(story(), Story());
    ASSERT_TRUE(protect(arn, std::nullopt));
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_EQ(running_task()->containers.at(0).name, "third");
    EXPECT_EQ(running_task()->revision, "2") << "the others were nobody's";
    EXPECT_EQ(running_task()->protected_until, std::nullopt) << "it went with its task";
    EXPECT_EQ(said("task accepted"), 2U);
    EXPECT_EQ(said(held_back), 1U) << log.all();
}

TEST_F(ProtectionTest, LetsAChangeInWhenItExpires) {
    const auto arn = run_protected(definition("web", {"app"}));
    declare("web.json", definition("web", {"other"}));
    ASSERT_TRUE(holds()) << log.all();
    const auto until = base::now() + 300ms;
    ASSERT_TRUE(protect(arn, until));
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_GE(base::now(), until);
    EXPECT_LT(base::now(), until + 10s) << "not when protections are looked at in any case";
    EXPECT_EQ(said("its task is not protected any more"), 1U);
}

TEST_F(ProtectionTest, IsProlongedAndShortened) {
    const auto arn = run_protected(definition("web", {"app"}));
    undeclare("web.json");
    ASSERT_TRUE(holds()) << log.all();
    const auto soon = base::now() + 2s;
    ASSERT_TRUE(protect(arn, soon));
    ASSERT_TRUE(protect(arn, base::now() + 1h));
    ASSERT_LT(base::now(), soon) << "or nothing is seen";
    loop.run_until([&] { return base::now() > soon; });
    settle_down();
    EXPECT_EQ(story(), Story());
    ASSERT_TRUE(protect(arn, base::now() + 100ms));
    const auto begun = Clock::now();
    EXPECT_TRUE(is_gone());
    EXPECT_LT(Clock::now() - begun, 10s);
}

TEST_F(ProtectionTest, FileThatSaysAgainWhatRunsChangesNothing) {
    const auto arn = run_protected(definition("web", {"app"}));
    declare("web.json", definition("web", {"other"}));
    ASSERT_TRUE(holds()) << log.all();
    declare("web.json", definition("web", {"app"}) + "\n");
    loop.run_until([&] { return said(let_in) == 1; });
    EXPECT_EQ(said("it says again what runs"), 1U) << log.all();
    undeclare("web.json");
    ASSERT_TRUE(holds(2));
    declare("web.json", definition("web", {"app"}));
    loop.run_until([&] { return said(let_in) == 2; });
    ASSERT_TRUE(protect(arn, std::nullopt));
    settle_down();
    EXPECT_EQ(story(), Story());
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(ProtectionTest, DoesNotKeepATaskThatEndsByItself) {
    settings.first_restart_delay = 1min;
    const auto arn = run_protected(definition("web", {"app"}));
    declare("web.json", definition("web", {"other"}));
    ASSERT_TRUE(holds()) << log.all();
    docker.die(docker_name("app"), 1);
    const auto begun = Clock::now();
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_LT(Clock::now() - begun, 10s) << "what was held back does not wait";
    EXPECT_EQ(running_task()->containers.at(0).name, "other");
    EXPECT_EQ(said("its task has ended"), 1U) << log.all();
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, FileThatIsGoneIsNotRunAgainWhenItsTaskEndsByItself) {
    run_protected(definition("web", {"app"}));
    undeclare("web.json");
    ASSERT_TRUE(holds()) << log.all();
    docker.die(docker_name("app"), 1);
    EXPECT_TRUE(is_gone()) << log.all();
    settle_down();
    EXPECT_EQ(said("task accepted"), 1U);
}

TEST_F(ProtectionTest, DoesNotChangeHowAnEndedTaskIsRunAgain) {
    const auto arn = run_protected(definition("web", {"app"}));
    docker.die(docker_name("app"), 1);
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_EQ(running_task()->protected_until, std::nullopt);
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, JobWhoseFileGoesAndComesBackMeanwhileIsNotNew) {
    run_protected(once("job"));
    undeclare("web.json");
    ASSERT_TRUE(holds()) << log.all();
    declare("web.json", once("job"));
    loop.run_until([&] { return said(let_in) == 1; });
    docker.die(docker_name("app"), 0);
    ASSERT_TRUE(is_gone());
    settle_down();
    EXPECT_EQ(said("task accepted"), 1U) << log.all();
}

TEST_F(ProtectionTest, JobWhoseFileComesBackAfterItsEndIsNew) {
    const auto arn = run_protected(once("job"));
    docker.delay("stop", 800ms);
    undeclare("web.json");
    ASSERT_TRUE(holds()) << log.all();
    ASSERT_TRUE(protect(arn, std::nullopt));
    loop.run_until([&] { return docker.count("stop ") == 1; });
    declare("web.json", once("job"));
    EXPECT_TRUE(another_runs(arn)) << log.all();
}

// Over a restart of the agent.

TEST_F(ProtectionTest, OutlivesTheAgentAlsoWhenTheFileIsRemovedMeanwhile) {
    const auto until = base::now() + 1h;
    const auto arn = run_protected(definition("web", {"app"}), until);
    end();
    undeclare("web.json");
    begin();
    ASSERT_TRUE(holds()) << log.all();
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->arn, arn);
    EXPECT_EQ(task()->protected_until, until);
    end();
    begin();
    ASSERT_TRUE(holds(2)) << "each life of the agent says it";
    ASSERT_TRUE(protect(arn, std::nullopt));
    EXPECT_TRUE(is_gone());
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, OutlivesTheAgentAlsoWhenTheFileWasChangedBefore) {
    const auto arn = run_protected(definition("web", {"app"}));
    declare("web.json", definition("web", {"second"}));
    ASSERT_TRUE(holds()) << log.all();
    end();
    declare("web.json", definition("web", {"third"}));
    begin();
    ASSERT_TRUE(holds(2)) << log.all();
    ASSERT_TRUE(protect(arn, std::nullopt));
    ASSERT_TRUE(another_runs(arn));
    EXPECT_EQ(running_task()->containers.at(0).name, "third");
}

TEST_F(ProtectionTest, ThatExpiredWhileTheAgentWasAwayHoldsNothingBack) {
    run_protected(definition("web", {"app"}), base::now() + 1ms);
    end();
    undeclare("web.json");
    begin();
    EXPECT_TRUE(is_gone()) << log.all();
    EXPECT_EQ(said(held_back), 0U);
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, ThatWasTakenBackDoesNotComeAgain) {
    const auto arn = run_protected(definition("web", {"app"}));
    ASSERT_TRUE(protect(arn, std::nullopt));
    end();
    begin();
    settle_down();
    EXPECT_EQ(task()->protected_until, std::nullopt);
}

// What cannot be protected.

TEST_F(ProtectionTest, IsRefusedForATaskThatStopsOrIsNotThere) {
    const auto arn = run_protected(definition("web", {"app"}), base::now() + 1ms);
    docker.delay("stop", 500ms);
    undeclare("web.json");
    loop.run_until([&] { return docker.count("stop ") == 1; });
    for (const auto& each : {arn, std::string("arn:none")}) {
        const auto refused = protect(each, base::now() + 1h);
        ASSERT_FALSE(refused) << each;
        EXPECT_EQ(refused.error().code(), Errc::not_found) << each;
    }
    EXPECT_TRUE(is_gone());
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, ThatComesTooLateIsNotGrantedAndLeavesNothing) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    std::promise<void> disk_is_free;
    auto slow_disk = [until = disk_is_free.get_future().share()]() -> base::Result<bool> {
        until.wait();
        return true;
    };
    const auto blocked = loop.start(agent->disk.run(std::move(slow_disk)));
    const auto granted =
        loop.start(agent->supervisor.protections().protect(task()->arn, base::now() + 1h));
    loop.run_for(20ms);
    undeclare("web.json");
    loop.run_until([&] { return task()->desired == model::TaskStatus::stopped; });
    disk_is_free.set_value();
    loop.run_until([&] { return granted->has_value(); });
    ASSERT_FALSE(granted->value());
    EXPECT_EQ(granted->value().error().code(), Errc::not_found);
    EXPECT_TRUE(is_gone());
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, ThatCannotBeStoredIsNotGranted) {
    begin();
    declare("web.json", definition("web", {"app"}));
    ASSERT_TRUE(runs()) << log.all();
    auto database = base::Database::open(folder.path("agent.db")).value();
    ASSERT_TRUE(database.execute("ALTER TABLE protections RENAME TO elsewhere;"));
    const auto refused = protect(task()->arn, base::now() + 1h);
    ASSERT_FALSE(refused);
    EXPECT_NE(refused.error().code(), Errc::not_found);
    EXPECT_EQ(task()->protected_until, std::nullopt);
    EXPECT_EQ(log.count(Level::error, "cannot store a task's protection"), 1U) << log.all();
    ASSERT_TRUE(database.execute("ALTER TABLE elsewhere RENAME TO protections;"));
}

// Containers that nobody declared.

TEST_F(ProtectionTest, OfAnObservedTaskIsRememberedAsLongAsItsContainerIsThere) {
    const auto until = base::now() + 1h;
    const auto find = [&]() -> model::TaskPtr {
        const auto& tasks = agent->world.tasks();
        return tasks.empty() ? nullptr : tasks.begin()->second;
    };
    const auto stranger = docker.make_container("stranger");
    begin();
    ASSERT_TRUE(find());
    const auto arn = find()->arn;
    ASSERT_TRUE(protect(arn, until));
    EXPECT_EQ(find()->protected_until, until);
    end();
    begin();
    settle_down();
    ASSERT_TRUE(find());
    EXPECT_EQ(find()->protected_until, until);
    EXPECT_TRUE(is_rows(1));
    docker.destroy(stranger);
    EXPECT_TRUE(is_rows(0));
}

TEST_F(ProtectionTest, OfAContainerThatWentWhileTheAgentWasAwayIsForgotten) {
    const auto stranger = docker.make_container("stranger");
    begin();
    ASSERT_TRUE(protect(agent->world.tasks().begin()->first, base::now() + 1h));
    end();
    docker.destroy(stranger);
    begin();
    EXPECT_TRUE(is_rows(0));
}

} // namespace
} // namespace agent::tasks
