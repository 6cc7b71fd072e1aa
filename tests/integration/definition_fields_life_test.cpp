// What the agent itself acts on in a container's life; the visible effect of each field, once. Other
// programs try the life of tasks as a whole.

#include "tests/integration/definition_fields.hpp"

namespace integration {

using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

const FieldTrial essential(in_container({"essential"}), [](FieldBench& bench) {
    const auto task = bench.task_answer("app");
    EXPECT_EQ(container_in(task, "seed").at("ExitCode"), 4);
    EXPECT_EQ(container_in(task, "app").at("KnownStatus"), "RUNNING");
    EXPECT_EQ(task.at("DesiredStatus"), "RUNNING");
});

const FieldTrial depends_on_others(in_container({"dependsOn", "dependsOn[].containerName",
                                                 "dependsOn[].condition"}),
                                   [](FieldBench& bench) {
                                       EXPECT_LT(moment(bench.made("seed"), "FinishedAt"),
                                                 moment(bench.up("app"), "StartedAt"));
                                       EXPECT_EQ(bench.looked_at("seed")["State"]["ExitCode"], 4);
                                   });

const FieldTrial start_timeout(in_container({"startTimeout"}), [](FieldBench& bench) {
    const auto slow = bench.made("slow");
    ASSERT_TRUE(eventually(seconds(15), [&] { return state_of(slow) == "exited"; }));
    EXPECT_TRUE(bench.agent().logs({"slow", "startTimeout"}));
    EXPECT_TRUE(list_containers(Which::all, {label_of_name + "=waiting"}).empty());
});

const FieldTrial stop_timeout(in_container({"stopTimeout"}), [](FieldBench& bench) {
    const auto stubborn = bench.up("stubborn");
    const auto before = std::chrono::steady_clock::now();
    bench.agent().remove_task("stubborn.json");
    ASSERT_TRUE(eventually(seconds(20), [&] { return state_of(stubborn) == "exited"; }));
    const auto taken = std::chrono::steady_clock::now() - before;
    EXPECT_GE(taken, milliseconds(2000));
    EXPECT_LE(taken, at_this_pace(seconds(10)));
    EXPECT_EQ(bench.looked_at("stubborn")["State"]["ExitCode"], 137);
});

const FieldTrial health_check(in_container({"healthCheck", "healthCheck.command",
                                            "healthCheck.interval", "healthCheck.timeout",
                                            "healthCheck.retries", "healthCheck.startPeriod"}),
                              [](FieldBench& bench) {
                                  const auto nanoseconds = [](int count) {
                                      return std::chrono::nanoseconds(seconds(count)).count();
                                  };
                                  const Json check{{"Interval", nanoseconds(5)},
                                                   {"Retries", 2},
                                                   {"StartPeriod", nanoseconds(1)},
                                                   {"Test", {"CMD-SHELL", "echo $GREETING"}},
                                                   {"Timeout", nanoseconds(4)}};
                                  EXPECT_EQ(nlohmann::json(bench.config("app")["Healthcheck"]),
                                            nlohmann::json(check));
                                  Json health;
                                  EXPECT_TRUE(eventually(seconds(15), [&] {
                                      health = bench.answer("app").value("Health", Json());
                                      return health.value("status", "") == "HEALTHY";
                                  }));
                                  EXPECT_EQ(health.value("output", ""), "hello\n");
                              });

const FieldTrial restart_policy(
    in_container({"restartPolicy", "restartPolicy.enabled", "restartPolicy.ignoredExitCodes",
                  "restartPolicy.restartAttemptPeriod"}),
    [](FieldBench& bench) {
        Json task;
        const auto restarts = [&](const std::string& name) {
            return container_in(task, name).value("RestartCount", -1);
        };
        EXPECT_TRUE(eventually(seconds(15), [&] {
            task = bench.task_answer("fickle");
            return restarts("fickle") == 1;
        })) << task.dump();
        for (const auto* name : {"content", "short", "settled"})
            EXPECT_TRUE(
                eventually(seconds(5), [&] { return state_of(bench.made(name)) == "exited"; }));
        // Ended with a status to be ignored; ended before its time.
        task = bench.task_answer("fickle");
        EXPECT_EQ(restarts("content"), 0) << task.dump();
        EXPECT_EQ(restarts("short"), 0) << task.dump();
        EXPECT_FALSE(container_in(task, "settled").contains("RestartCount"));
        // Docker's own policy is not used, whose name engines of different age leave out or print.
        const auto docker_policy = bench.host_config("fickle")["RestartPolicy"]["Name"];
        EXPECT_TRUE(docker_policy == "" || docker_policy == "no") << docker_policy;
    });

} // namespace

} // namespace integration
