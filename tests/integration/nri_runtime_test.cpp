// The agent as a plugin of the library that Docker has NRI from: what containers are given through it, and
// that none fails because of the agent, whatever becomes of either side.

#include "tests/integration/support/host_rules.hpp"
#include "tests/integration/support/nri_runtime.hpp"
#include "tests/integration/support/tasks.hpp"

#include <csignal>
#include <filesystem>
#include <future>
#include <iomanip>
#include <set>
#include <sstream>

namespace integration {

using std::chrono::seconds;

namespace {

const std::string v4 = "ECS_CONTAINER_METADATA_URI_V4";
const std::string file_variable = "ECS_CONTAINER_METADATA_FILE";
const std::string keys_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
const std::string image_label = "com.docker.compose.image";

std::string next_id() {
    static int count = 0;
    std::ostringstream id;
    id << std::hex << std::setfill('0') << std::setw(64) << ++count;
    return id.str();
}

/// A container that is about to be made, as the engine tells of it.
Json container_named(const std::string& name, const Json& labels = Json::object(),
                     const Json& environment = Json::array()) {
    return {{"id", next_id()}, {"name", "/" + name}, {"labels", labels}, {"env", environment}};
}

Json compose_labels(const std::string& service) {
    return {{"com.docker.compose.project", "shop"},
            {"com.docker.compose.service", service},
            {"com.docker.compose.container-number", "1"}};
}

bool is_given_nothing(const Json& given) {
    return given.at("error") == "" && given.at("env").empty() && given.at("mounts").empty();
}

std::string value_in(const Json& given, const std::string& variable) {
    return given.at("env").value(variable, "");
}

/// One of what /healthz counts of NRI; -1 while it does not say.
int counted(const std::string& what) {
    const auto answer = http_get("127.0.0.1", introspection_port, "/healthz");
    if (answer.status == 0)
        return -1;
    const auto counts = answer.json().value("counts", Json::object());
    return counts.value("nri", Json::object()).value(what, -1);
}

} // namespace

class AtNri : public TaskTest {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        runtime_.emplace(NRI_RUNTIME, agent_->directory() + "/nri");
        agent_->set("ECS_NRI_SOCKET", runtime_->socket());
    }
    void TearDown() override {
        made_.clear();
        TaskTest::TearDown();
        runtime_.reset();
    }

    /// Both, and the engine asks the agent.
    void begin_both() {
        runtime_->start();
        agent_->start();
        wait_until_asked(1);
    }
    /// The engine asks, since the agent's start for the so many-th time.
    static void wait_until_asked(int times) {
        // Its attempts come later each time, and another socket is looked for every 5 s.
        if (!eventually(seconds(15), [&] { return counted("registered") == times; }))
            throw std::runtime_error("the agent is not registered for the " +
                                     std::to_string(times) + ". time");
    }
    Json created(const std::string& name, const Json& labels = Json::object()) const {
        return runtime_->create(container_named(name, labels));
    }

    /// The container as the engine would make it of what it is given; its id.
    std::string make(const std::string& name, const Json& given) {
        Words words{"--name", name};
        for (const auto& [variable, value] : given.at("env").items())
            words.insert(words.end(), {"--env", variable + '=' + value.get<std::string>()});
        for (const auto& mount : given.at("mounts")) {
            EXPECT_EQ(mount.at("type"), "bind");
            EXPECT_EQ(mount.at("options"), Json::array({"ro"})) << "the engine takes no other";
            words.insert(
                words.end(),
                {"--mount", "type=bind,readonly,source=" + mount.at("source").get<std::string>() +
                                ",target=" + mount.at("destination").get<std::string>()});
        }
        words.insert(words.end(), {demo_image, "sleep", "300"});
        made_.emplace_back(std::move(words));
        return made_.back().id();
    }
    static bool has_keys(const std::string& container, const std::string& path) {
        const auto answer = try_in(container, "wget -qO- http://169.254.170.2" + path);
        return answer.status == 0 && answer.out.find("AKIANRI") != std::string::npos;
    }

    std::optional<NriRuntime> runtime_;
    std::vector<Container> made_;
};

TEST_F(AtNri, AContainerIsGivenTheContract) {
    begin_both();
    EXPECT_TRUE(agent_->logs({"takes the agent as a plugin (NRI)", "engine=docker"}));
    const auto given = created("ecs-int-nri");
    ASSERT_EQ(given.at("error"), "");
    ASSERT_EQ(given.at("mounts").size(), 1U) << given;
    EXPECT_TRUE(std::filesystem::exists(given.at("mounts")[0].at("source").get<std::string>() +
                                        "/metadata.json"))
        << "the engine looks for it before it goes on";
    const auto app = make("ecs-int-nri", given);
    EXPECT_EQ(get_in(app, '$' + v4).at("DockerId"), app);
    const auto task = get_in(app, '$' + v4 + "/task");
    EXPECT_EQ(task.at("Family"), "ecs-int-nri");
    EXPECT_EQ(value_in(given, "AWS_EXECUTION_ENV"), "AWS_ECS_EC2");
    EXPECT_EQ(value_in(given, "AWS_REGION"), task.at("TaskARN").get<std::string>().substr(12, 9));
    ASSERT_TRUE(eventually(seconds(5), [&] { return is_ready(app); }));
    const auto file = Json::parse(exec_in(app, "cat $" + file_variable));
    EXPECT_EQ(file.at("ContainerID"), app);
    EXPECT_EQ(file.at("TaskARN"), task.at("TaskARN"));
    EXPECT_EQ(counted("completed"), 1);
}

// An engine that starts many at once tells of each only when it runs, and asks already.
TEST_F(AtNri, WhoAsksByItsIdBeforeItIsSeenIsWaitedFor) {
    begin_both();
    const auto given = created("ecs-int-early");
    const auto uri = value_in(given, v4);
    const auto path = uri.substr(uri.find("/v4"));
    auto early =
        std::async(std::launch::async, [&] { return http_get("127.0.0.1", endpoint_port, path); });
    EXPECT_EQ(early.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
    const auto app = make("ecs-int-early", given);
    const auto answer = early.get();
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.json().at("DockerId"), app);
}

TEST_F(AtNri, WhoAsksByTheIdOfOneThatNeverComesIsToldSoInTime) {
    begin_both();
    const auto never = value_in(created("ecs-int-never"), v4);
    const auto begun = std::chrono::steady_clock::now();
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, never.substr(never.find("/v4"))).status, 404);
    const auto took = std::chrono::steady_clock::now() - begun;
    EXPECT_GE(took, seconds(2));
    EXPECT_LT(took, at_this_pace(seconds(6)));
}

TEST_F(AtNri, ServicesOfAProjectAreOneTask) {
    begin_both();
    const auto web = make("shop-web-1", created("shop-web-1", compose_labels("web")));
    const auto db = make("shop-db-1", created("shop-db-1", compose_labels("db")));
    const auto task = get_in(web, '$' + v4 + "/task");
    EXPECT_EQ(task.at("Family"), "shop");
    EXPECT_EQ(container_in(task, "web").at("DockerId"), web);
    EXPECT_EQ(container_in(task, "db").at("DockerId"), db);
}

TEST_F(AtNri, WhoWantsNothingIsGivenNothing) {
    begin_both();
    EXPECT_TRUE(is_given_nothing(created("out", {{"ecs-node-agent.opt-out", "true"}})));
    agent_->put_task("own.json", idle_task("own", "bridge"));
    const auto own = running("own");
    const auto inspected = inspect(own);
    const auto given = runtime_->create({{"id", own},
                                         {"name", inspected["Name"]},
                                         {"labels", inspected["Config"]["Labels"]},
                                         {"env", inspected["Config"]["Env"]}});
    EXPECT_TRUE(is_given_nothing(given)) << "the agent's own task has everything: " << given;
    EXPECT_EQ(counted("not_wanted"), 2);
    EXPECT_EQ(counted("completed"), 0);
}

// An image that was made by `docker commit` has them.
TEST_F(AtNri, VariablesOfAnotherContainerAreReplacedAndAUsersOwnStay) {
    begin_both();
    const auto first = created("first");
    make("first", first);
    Json environment{"AWS_REGION=eu-north-1"};
    for (const auto& name : {v4, file_variable})
        environment.push_back(name + '=' + value_in(first, name));
    const auto second = runtime_->create(container_named("second", Json::object(), environment));
    EXPECT_NE(value_in(second, v4), "");
    EXPECT_NE(value_in(second, v4), value_in(first, v4));
    EXPECT_NE(value_in(second, file_variable), "");
    EXPECT_NE(value_in(second, file_variable), value_in(first, file_variable));
    EXPECT_FALSE(second.at("env").contains("AWS_REGION")) << second;
}

TEST_F(AtNri, ARuleGivesAServiceItsRoleAndAnImageOnceItIsKnown) {
    put_static_keys(*agent_, "AKIANRI", "nri-secret");
    put_rules(*agent_, "containers:\n"
                       "  - match: {compose_service: tools}\n"
                       "    task_role: tools\n"
                       "  - match: {image: \"ecs-node-agent-demo:*\"}\n"
                       "    task_role: demo\n");
    begin_both();
    const auto tools = created("tools", compose_labels("tools"));
    const auto path = value_in(tools, keys_variable);
    ASSERT_NE(path, "");
    const auto app = make("tools", tools);
    EXPECT_TRUE(eventually(seconds(5), [&] { return has_keys(app, path); }));
    const auto other = created("other");
    EXPECT_EQ(value_in(other, keys_variable), "") << "the engine does not say of which image";
    EXPECT_TRUE(agent_->logs({"a rule asks for what the engine does not tell", "containers[1]"}));
    EXPECT_FALSE(has_keys(make("other", other), path)) << "not by the id of another";
    auto labels = compose_labels("web");
    labels[image_label] = docker({"image", "inspect", "--format", "{{.Id}}", demo_image});
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return !value_in(created("web", labels), keys_variable).empty();
    })) << "once the image was asked for";
    EXPECT_EQ(agent_->log().find(path.substr(path.rfind('/') + 1)), std::string::npos);
}

TEST_F(AtNri, ManyAtOnceAreEachGivenTheirOwn) {
    begin_both();
    auto containers = Json::array();
    for (int i = 0; i < 100; ++i)
        containers.push_back(container_named("many-" + std::to_string(i)));
    std::set<std::string> ids;
    for (const auto& given : runtime_->create_at_once(containers)) {
        EXPECT_EQ(given.at("error"), "");
        ids.insert(value_in(given, v4));
    }
    EXPECT_EQ(ids.size(), 100U);
    EXPECT_FALSE(ids.contains(""));
}

// Larger than the pieces and, all together, than the frames that the engine sends.
TEST_F(AtNri, LargeContainersAndLongListsAreTaken) {
    runtime_->start();
    const std::string large(300 * 1024, 'x');
    for (int i = 0; i < 30; ++i)
        runtime_->have(Json::array(
            {container_named("had-" + std::to_string(i), {{"note", large}}, {"NOTE=" + large})}));
    agent_->start();
    wait_until_asked(1);
    const auto given = runtime_->create(
        container_named("large", {{"note", large}}, {"NOTE=" + large, "PATH=/bin"}));
    EXPECT_EQ(given.at("error"), "");
    EXPECT_NE(value_in(given, v4), "");
    EXPECT_EQ(counted("lost"), 0);
}

TEST_F(AtNri, ARuntimeThatComesBackAsksAgain) {
    begin_both();
    EXPECT_FALSE(is_given_nothing(created("before")));
    runtime_->kill9();
    runtime_->start();
    wait_until_asked(2);
    EXPECT_FALSE(is_given_nothing(created("after")));
    EXPECT_EQ(counted("lost"), 1);
}

TEST_F(AtNri, AForgottenRegistrationIsMadeAnewAndWhatCameMeanwhileIsNamed) {
    begin_both();
    EXPECT_FALSE(is_given_nothing(created("before")));
    runtime_->forget();
    EXPECT_TRUE(is_given_nothing(created("between")));
    wait_until_asked(2);
    EXPECT_TRUE(agent_->logs({"has made another socket"}));
    EXPECT_FALSE(is_given_nothing(created("after")));
    EXPECT_EQ(counted("missed"), 1);
    EXPECT_TRUE(
        agent_->logs({"while the engine did not ask the agent", "count=1", "containers=between"}))
        << agent_->log();
}

TEST_F(AtNri, NoCreateFailsWhileTheAgentComesAndGoes) {
    begin_both();
    auto containers = Json::array();
    for (int i = 0; i < 20; ++i)
        containers.push_back(container_named("during-" + std::to_string(i)));
    for (int round = 0; round < 3; ++round) {
        auto answers =
            std::async(std::launch::async, [&] { return runtime_->create_at_once(containers); });
        round == 1 ? agent_->kill9() : void(agent_->stop());
        for (const auto& given : answers.get())
            EXPECT_EQ(given.at("error"), "");
        EXPECT_TRUE(is_given_nothing(created("away"))) << "nobody is asked";
        agent_->start();
        wait_until_asked(1);
        EXPECT_FALSE(is_given_nothing(created("back")));
    }
}

// Docker waits for two seconds, and then for nobody who has kept it waiting.
TEST_F(AtNri, AnAgentThatStoodStillRegistersAnew) {
    agent_->set("ECS_LOOP_WATCHDOG", "0s"); // it does stand still
    begin_both();
    agent_->signal(SIGSTOP);
    const auto given = created("slow");
    EXPECT_TRUE(is_given_nothing(given)) << given;
    EXPECT_GT(given.at("us"), 1'000'000);
    agent_->signal(SIGCONT);
    wait_until_asked(2);
    EXPECT_FALSE(is_given_nothing(created("after")));
}

TEST_F(AtNri, AnotherEnginesContainersAreGivenNothing) {
    runtime_->start("containerd");
    agent_->start();
    wait_until_asked(1);
    EXPECT_TRUE(is_given_nothing(created("pod")));
    EXPECT_TRUE(agent_->logs({"that engine is not Docker's"}));
    EXPECT_EQ(counted("not_docker"), 1);
}

} // namespace integration
