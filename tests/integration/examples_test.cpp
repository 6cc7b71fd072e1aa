// The files of docs/examples, as they stand there: each reaches its state and does what it is for.

#include "tests/integration/support/fixture.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace integration {

using std::chrono::seconds;

namespace {

std::string read_example(const std::string& file) {
    std::ifstream stream(std::string(EXAMPLES_FOLDER) + '/' + file);
    std::ostringstream text;
    text << stream.rdbuf();
    if (!stream)
        throw std::runtime_error("cannot read the example " + file);
    return text.str();
}

std::string changed(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    if (at == std::string::npos)
        throw std::runtime_error("the example has no " + from);
    return text.replace(at, from.size(), to);
}

/// Not what the host says, nor what is beside a task and tried with it.
bool is_a_task(const std::filesystem::directory_entry& entry) {
    return entry.is_regular_file() && entry.path().stem().extension() != ".overrides";
}

/// "web-bridge.json" as the names of tests begin that try it: "WebBridge".
std::string as_test_name(const std::filesystem::path& file) {
    std::string name;
    bool begins = true;
    for (const char c : file.stem().string()) {
        if (c != '-')
            name += begins ? static_cast<char>(std::toupper(static_cast<unsigned char>(c))) : c;
        begins = c == '-';
    }
    return name;
}

std::vector<std::string> containers_of(const std::string& family) {
    std::vector<std::string> ids;
    for (const auto& each : list_containers(Which::all, {label_of_family + '=' + family}))
        ids.push_back(each.id);
    return ids;
}

std::string logs_of(const std::string& container) {
    return docker({"logs", container});
}

} // namespace

class Examples : public AgentTest {
protected:
    /// A container as v4 shows it.
    Json shown(const std::string& container) { return ask_about(container).json(); }
};

TEST_F(Examples, HaveATestEach) {
    std::vector<std::string> tests;
    const auto& suite = *testing::UnitTest::GetInstance()->current_test_suite();
    for (int i = 0; i < suite.total_test_count(); ++i)
        tests.emplace_back(suite.GetTestInfo(i)->name());
    for (const auto& entry : std::filesystem::directory_iterator(EXAMPLES_FOLDER)) {
        if (!is_a_task(entry))
            continue;
        const auto name = as_test_name(entry.path());
        EXPECT_TRUE(std::any_of(tests.begin(), tests.end(),
                                [&](const auto& test) { return test.starts_with(name); }))
            << "no test begins with " << name << ", as for " << entry.path();
    }
}

TEST_F(Examples, WebBridgeIsHealthyAndServesItsPageAndRestartsItsSidecar) {
    agent_->start();
    // A test does not wait a minute until a restart is due.
    const auto text = changed(read_example("web-bridge.json"), "\"restartAttemptPeriod\": 60",
                              "\"restartAttemptPeriod\": 1");
    agent_->put_task("web.overrides.yaml", read_example("web-bridge.overrides.yaml"));
    const auto task = run_task("web.json", text, "web");
    const auto app = container_of("web", "app");
    EXPECT_EQ(variable_of(app, "STAGE"), "dev") << "as the overrides say";
    EXPECT_EQ(variable_of(app, "GREETING"), "hello from the bridge");
    const auto sidecar = container_of("web", "sidecar");
    EXPECT_EQ(container_in(task, "app").at("Health").at("status"), "HEALTHY");
    // The sidecar waited for that, some five seconds.
    EXPECT_GT(container_in(task, "sidecar").at("CreatedAt"),
              container_in(task, "app").at("Health").at("statusSince"));
    const auto port = static_cast<std::uint16_t>(published_port(app, "80/tcp"));
    EXPECT_EQ(front_page("127.0.0.1", port), "hello from the ECS node agent\n");

    EXPECT_EQ(container_in(task, "sidecar").at("RestartCount"), 0);
    std::this_thread::sleep_for(seconds(1)); // it has to run for that long
    docker({"kill", sidecar});
    EXPECT_TRUE(eventually(seconds(10), [&] {
        const auto now = shown(sidecar);
        return now.at("KnownStatus") == "RUNNING" && now.value("RestartCount", 0) == 1;
    })) << shown(sidecar);
    EXPECT_EQ(container_of("web", "app"), app);
}

TEST_F(Examples, WebAwsvpcServesWhatInitHasWrittenWithinTheLimitsOfTheTask) {
    agent_->start();
    // An app that does not wait for it would be created before init ends.
    const auto text =
        changed(read_example("web-awsvpc.yaml"), "echo $GREETING >", "sleep 2; echo $GREETING >");
    const auto task = run_task("web.yaml", text, "web-awsvpc");
    const auto app = container_in(task, "app");
    const auto init = container_in(task, "init");
    EXPECT_EQ(init.at("KnownStatus"), "STOPPED");
    EXPECT_EQ(init.at("ExitCode"), 0);
    EXPECT_LE(init.at("FinishedAt"), app.at("CreatedAt"));

    const auto address = app.at("Networks").at(0).at("IPv4Addresses").at(0).get<std::string>();
    EXPECT_EQ(front_page(address, 80), "written by init\n");
    const auto id = container_of("web-awsvpc", "app");
    EXPECT_EQ(exec_in(id, "cat /site/index.html"), "written by init");
    EXPECT_NE(try_in(id, "echo x > /site/index.html").status, 0);

    EXPECT_EQ(task.at("Limits").at("CPU"), 0.25);
    EXPECT_EQ(task.at("Limits").at("Memory"), 128);
    const auto arn = task.at("TaskARN").get<std::string>();
    const auto task_id = arn.substr(arn.rfind('/') + 1);
    const auto parent = inspect(id)["HostConfig"]["CgroupParent"].get<std::string>();
    EXPECT_NE(parent.find(task_id), std::string::npos) << parent;
}

TEST_F(Examples, JobOnceRunsOnceAndNotAgainAfterARestartOfTheAgent) {
    agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1m"); // it is to be looked at
    agent_->start();
    agent_->put_task("job.json", read_example("job-once.json"));
    EXPECT_TRUE(agent_->logs({"task stopped"}, seconds(10)));
    const auto id = any_container_of("job", "app");
    ASSERT_FALSE(id.empty());
    EXPECT_EQ(logs_of(id), "the sum is 42");
    const auto job = container_in(ask_about(id, "/task").json(), "app");
    EXPECT_EQ(job.at("KnownStatus"), "STOPPED");
    EXPECT_EQ(job.at("ExitCode"), 0);
    // A task that is to be kept running would be started again after one second.
    const auto ran_once = [&] { return containers_of("job") == std::vector<std::string>{id}; };
    EXPECT_TRUE(all_the_time(seconds(2), ran_once));
    EXPECT_EQ(agent_->stop(), 0);
    agent_->start();
    EXPECT_TRUE(agent_->logs({"task found again", "file=job.json"}));
    EXPECT_TRUE(all_the_time(seconds(2), ran_once));
    EXPECT_EQ(agent_->log_lines({"task accepted"}).size(), 1U);
}

TEST_F(Examples, HostNetworkSeesTheNetworkOfTheHost) {
    agent_->start();
    run_task("monitor.json", read_example("host-network.json"), "host-monitor");
    const auto id = container_of("host-monitor", "app");
    EXPECT_EQ(inspect(id)["HostConfig"]["NetworkMode"], "host");
    EXPECT_NE(exec_in(id, "ip -o addr show ecs-bridge").find("169.254.172.1/22"),
              std::string::npos);
    EXPECT_EQ(exec_in(id, "hostname"), shell("hostname"));
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return logs_of(id).find("\"Cluster\":\"default\"") != std::string::npos;
    })) << logs_of(id);
}

namespace {

/// What the engine has been told, by JSON pointer into inspect.
void expect_in_inspect(const Json& inspected) {
    const std::vector<std::pair<std::string, Json>> expected{
        {"/Config/Entrypoint", {"sh", "-c"}},
        {"/Config/WorkingDir", "/www"},
        {"/Config/User", "1000:1000"},
        {"/Config/Hostname", "many-fields"},
        {"/Config/StopTimeout", nullptr}, // ours to wait for
        {"/Config/Labels/team", "demo"},
        {"/Config/Healthcheck/Interval", 5'000'000'000},
        {"/Config/Healthcheck/Timeout", 2'000'000'000},
        {"/Config/Healthcheck/Retries", 3},
        {"/Config/Healthcheck/StartPeriod", 1'000'000'000},
        {"/HostConfig/CpuShares", 64},
        {"/HostConfig/Memory", 64 << 20},
        {"/HostConfig/MemoryReservation", 16 << 20},
        {"/HostConfig/ShmSize", 16 << 20},
        {"/HostConfig/Ulimits",
         Json::array({{{"Name", "nofile"}, {"Hard", 4096}, {"Soft", 1024}}})},
        {"/HostConfig/Dns", Json::array({"192.0.2.53"})},
        {"/HostConfig/DnsSearch", Json::array({"example.com"})},
        {"/HostConfig/ExtraHosts", Json::array({"database:192.0.2.10"})},
        {"/HostConfig/ReadonlyRootfs", true},
        {"/HostConfig/SecurityOpt", Json::array({"no-new-privileges"})},
        {"/HostConfig/CapDrop", Json::array({"ALL"})},
        {"/HostConfig/CapAdd", Json::array({"NET_BIND_SERVICE"})},
        {"/HostConfig/Sysctls", {{"net.ipv4.ip_unprivileged_port_start", "1024"}}},
        {"/HostConfig/Tmpfs", {{"/tmp", "size=8m,noexec,mode=1777"}}},
        {"/HostConfig/LogConfig/Type", "json-file"},
        {"/HostConfig/LogConfig/Config", {{"max-file", "2"}, {"max-size", "1m"}}},
        {"/HostConfig/RestartPolicy/Name", ""}, // the agent restarts, not the engine
    };
    for (const auto& [pointer, value] : expected) {
        const Json::json_pointer place(pointer);
        const auto seen = inspected.contains(place) ? inspected.at(place) : Json();
        EXPECT_EQ(nlohmann::json(seen), nlohmann::json(value)) << pointer;
    }
}

/// The three ports of the range are on three in a row.
void expect_range(const std::string& container) {
    const auto first = published_port(container, "9000/udp");
    EXPECT_EQ(published_port(container, "9001/udp"), first + 1);
    EXPECT_EQ(published_port(container, "9002/udp"), first + 2);
}

} // namespace

TEST_F(Examples, ManyFieldsAreWhatTheEngineIsToldAndTheContainerSees) {
    agent_->start();
    const auto task = run_task("many.yaml", read_example("many-fields.yaml"), "many-fields");
    const auto app = container_of("many-fields", "app");
    const auto helper = container_of("many-fields", "helper");
    EXPECT_EQ(task.at("ServiceName"), "many-fields");
    expect_in_inspect(inspect(app));
    expect_range(app);
    const auto port = static_cast<std::uint16_t>(published_port(app, "8080/tcp"));
    EXPECT_EQ(front_page("127.0.0.1", port), "hello from the ECS node agent\n");
    EXPECT_EQ(exec_in(app, "id -u; hostname; pwd"), "1000\nmany-fields\n/www");
    // Of its first process: what is executed later may have its soft limit raised by runc's own runtime.
    EXPECT_EQ(exec_in(app, "awk '/Max open files/ {print $4, $5}' /proc/1/limits; "
                           "cat /proc/sys/net/ipv4/ip_unprivileged_port_start"),
              "1024 4096\n1024");
    EXPECT_NE(try_in(app, "echo x > /here").status, 0);
    EXPECT_NE(exec_in(app, "cat /etc/hosts").find("database"), std::string::npos);
    EXPECT_TRUE(eventually(seconds(10), [&] {
        return shown(app).value("/Health/status"_json_pointer, "") == "HEALTHY";
    })) << shown(app);

    // Of the helper: the other's volumes, read-only, its name, and no file of its own.
    EXPECT_EQ(exec_in(helper, "wget -qO- http://app:8080/"), "hello from the ECS node agent");
    EXPECT_NE(try_in(helper, "echo x > /scratch/here").status, 0);
    EXPECT_EQ(variable_of(helper, "ECS_CONTAINER_METADATA_FILE"), "");
}

} // namespace integration
