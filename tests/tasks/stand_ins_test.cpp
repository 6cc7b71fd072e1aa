// What this host says of definitions, from the tasks folder to the containers: images, secrets, log drivers,
// and the file of overrides beside a task's.

#include "tasks/tasks_fixture.hpp"

#include "agent/docker/inspect_to_model.hpp"

#include <nlohmann/json.hpp>

#include <filesystem>

namespace agent::tasks {
namespace {

using Json = nlohmann::json;
using base::Errc;
using base::Error;
using base::log::Level;
using stand_ins::SecretSource;

const Error no_keys(Errc::io,
                    "500: failed to initialize logging driver: failed to create Cloudwatch log "
                    "stream: NoCredentialProviders: no valid providers in chain");

/// The engine repeats an option that its log driver could not work with.
Error no_log_driver(const std::string& option) {
    return Error(Errc::internal,
                 "500: failed to initialize logging driver: dial tcp: lookup " + option);
}

class StandInsTest : public SupervisorFixture {
protected:
    StandInsTest() { here.file = "/h.yaml"; }

    /// One container that is as said beside name and image.
    static std::string with(const std::string& fields, const std::string& image = "busybox") {
        return R"({"family":"web","containerDefinitions":[{"name":"app","image":")" + image +
               R"(","metadataEnable":false)" + (fields.empty() ? "" : ",") + fields + "}]}";
    }
    void say() {
        agent->supervisor.set_stand_ins(std::make_shared<const stand_ins::StandIns>(here));
        agent->supervisor.reload();
    }
    Json created() const { return Json::parse(docker.create_body(docker_name("app"))); }
    std::string variable(const std::string& name) const {
        const auto body = created();
        for (const auto& entry : body.at("Env"))
            if (const auto text = entry.get<std::string>(); text.starts_with(name + '='))
                return text.substr(name.size() + 1);
        return "nothing";
    }
    std::string secret_file(const std::string& name, const std::string& text) {
        folder.write(name, text);
        std::filesystem::permissions(folder.path(name), std::filesystem::perms::owner_read |
                                                            std::filesystem::perms::owner_write);
        return folder.path(name);
    }
    /// But for the one that the secret is read from.
    void expect_in_no_file(const std::string& value) {
        for (const auto& entry : std::filesystem::recursive_directory_iterator(folder.path()))
            if (entry.is_regular_file() && entry.path() != folder.path("db")) {
                EXPECT_EQ(
                    folder.read(entry.path().string().substr(folder.path().size() + 1)).find(value),
                    std::string::npos)
                    << entry.path();
            }
    }
    /// The value of a secret called db.
    void add_secret(const std::string& file) {
        SecretSource source;
        source.file = file;
        here.secrets = {{"db", source, 1}};
    }

    stand_ins::StandIns here;
};

const std::string with_secret = R"("secrets":[{"name":"PASSWORD","valueFrom":"db"}])";

TEST_F(StandInsTest, AnImageIsReplacedAndAReloadReplacesTheTask) {
    docker.add_image("shop:dev");
    docker.add_image("shop:two");
    begin();
    here.images = {{"*.amazonaws.com/shop", "shop:dev", 2}};
    say();
    declare("web.json", with("", "1.dkr.ecr.x.amazonaws.com/shop:7"));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(created().at("Image"), "shop:dev");
    EXPECT_EQ(container(task(), "app").image, "shop:dev") << "what runs is what is shown";
    EXPECT_EQ(log.count(Level::info, "a task definition is run as this host says"), 1U)
        << log.all();
    const auto arn = task()->arn;
    say();
    settle_down();
    EXPECT_EQ(task()->arn, arn) << "it says the same";
    here.images[0].value = "shop:two";
    say();
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_EQ(container(running_task(), "app").image, "shop:two");
}

TEST_F(StandInsTest, AReplacedImageHoldsOverARestartOfTheAgent) {
    docker.add_image("shop:dev");
    begin();
    here.images = {{"*", "shop:dev", 2}};
    say();
    declare("web.json", with("", "nowhere"));
    ASSERT_TRUE(runs()) << log.all();
    const auto arn = task()->arn;
    end();
    make_agent();
    agent->supervisor.set_stand_ins(std::make_shared<const stand_ins::StandIns>(here));
    ASSERT_TRUE(loop.run(agent->supervisor.restore()));
    agent->tasks.spawn("observer", agent->observer.run());
    loop.run_until([&] { return agent->observer.connected(); });
    agent->tasks.spawn("engine", agent->supervisor.run());
    settle_down();
    ASSERT_TRUE(runs());
    EXPECT_EQ(task()->arn, arn);
}

TEST_F(StandInsTest, ASecretIsInTheContainersEnvironmentAndNowhereElse) {
    const std::string value = "hunter22-hunter22";
    begin();
    add_secret(secret_file("db", value + '\n'));
    say();
    declare("web.json", with(with_secret));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(variable("PASSWORD"), value);
    EXPECT_EQ(log.all().find(value), std::string::npos) << log.all();
    EXPECT_EQ(rows().at(0).definition.find(value), std::string::npos);
    expect_in_no_file(value);
}

TEST_F(StandInsTest, AChangedSecretReachesTheNextStart) {
    begin();
    add_secret(secret_file("db", "first"));
    say();
    declare("web.json", with(with_secret));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(variable("PASSWORD"), "first");
    const auto arn = task()->arn;
    secret_file("db", "second");
    settle_down();
    EXPECT_EQ(task()->arn, arn) << "what runs goes on";
    docker.die(docker_name("app"), 0);
    ASSERT_TRUE(another_runs(arn)) << log.all();
    EXPECT_EQ(Json::parse(docker.create_body(container(running_task(), "app").docker_name))
                  .at("Env")
                  .dump()
                  .find("first"),
              std::string::npos);
}

TEST_F(StandInsTest, AMissingSecretEndsTheTaskWithEcssReason) {
    keep_what_stopped();
    begin();
    add_secret(folder.path("nowhere"));
    say();
    // Also where the container is not essential, as in ECS.
    declare("web.json", R"({"family":"web","containerDefinitions":[
        {"name":"main","image":"busybox","metadataEnable":false},
        {"name":"app","image":"busybox","metadataEnable":false,"essential":false,)" +
                            with_secret + "}]}");
    loop.run_until([&] { return task() && task()->known == model::TaskStatus::stopped; });
    ASSERT_TRUE(task());
    EXPECT_EQ(
        task()->stop_reason,
        "ResourceInitializationError: unable to pull secrets or registry auth: PASSWORD (db): " +
            folder.path("nowhere") + ": No such file or directory");
    EXPECT_EQ(docker.count("create ecs-web-1-app"), 0U);
}

TEST_F(StandInsTest, ASecretInAnErrorOfTheEngineIsNotRepeated) {
    keep_what_stopped();
    begin();
    add_secret(secret_file("db", "hunter22"));
    say();
    docker.fail_next("create", Error(Errc::invalid_argument, "400: bad variable hunter22"));
    declare("web.json", with(with_secret));
    loop.run_until([&] { return task() && task()->known == model::TaskStatus::stopped; });
    EXPECT_NE(log.all().find("bad variable ***"), std::string::npos) << log.all();
    EXPECT_EQ(log.all().find("hunter22"), std::string::npos) << log.all();
}

TEST_F(StandInsTest, ALoginThatTheHostDoesNotHaveIsToldOrRefused) {
    begin();
    declare("web.json", with(R"("repositoryCredentials":{"credentialsParameter":"hub"})"));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_EQ(log.count(Level::info, "so that the host's own logins serve"), 1U) << log.all();
    const auto arn = task()->arn;
    agent->supervisor.set_unsupported({{"repositoryCredentials", tables::Unsupported::refuse}});
    agent->supervisor.reload();
    const auto* refusal = "containerDefinitions[0].repositoryCredentials: not supported";
    loop.run_until([&] { return log.count(Level::error, refusal) == 1; });
    EXPECT_EQ(log.count(Level::error, refusal), 1U) << log.all();
    EXPECT_EQ(task()->arn, arn) << "what is wrong changes nothing";
}

const std::string with_secret_option = R"("logConfiguration":{"logDriver":"gelf","secretOptions":[)"
                                       R"({"name":"gelf-address","valueFrom":"db"}]})";

TEST_F(StandInsTest, ASecretOptionInTheAnswerToAStartIsNotRepeated) {
    const std::string value = "hunter22-hunter22";
    keep_what_stopped();
    begin();
    add_secret(secret_file("db", value));
    say();
    docker.refuse_next_start(no_log_driver(value));
    declare("web.json", with(with_secret_option));
    loop.run_until([&] {
        return task() && task()->known == model::TaskStatus::stopped &&
               log.count(Level::error, "a container cannot be brought up") == 1;
    });
    settle_down();
    ASSERT_TRUE(task());
    EXPECT_NE(container(task(), "app").stop_reason.find("lookup ***"), std::string::npos)
        << container(task(), "app").stop_reason;
    // Docker remembers it.
    end();
    begin();
    settle_down();
    EXPECT_EQ(log.all().find(value), std::string::npos) << log.all();
    expect_in_no_file(value);
}

TEST_F(StandInsTest, ASecretOptionInTheAnswerToARestartIsNotRepeated) {
    const std::string value = "hunter22-hunter22";
    keep_what_stopped();
    begin();
    add_secret(secret_file("db", value));
    say();
    declare("web.json", with(with_secret_option +
                             R"(,"restartPolicy":{"enabled":true,"restartAttemptPeriod":60})"));
    ASSERT_TRUE(runs()) << log.all();
    docker.refuse_next_start(no_log_driver(value));
    die_after(std::chrono::seconds(61), docker_name("app"), 1);
    loop.run_until(
        [&] { return log.count(Level::error, "a container cannot be brought up") == 1; });
    settle_down();
    EXPECT_NE(log.all().find(docker::untold_start_failure), std::string::npos) << log.all();
    EXPECT_EQ(log.all().find(value), std::string::npos) << log.all();
    expect_in_no_file(value);
}

TEST_F(StandInsTest, AFailureAfterTheStopIsNotWhatTheTaskStoppedFor) {
    folder.write("slow", "#!/bin/sh\nPATH=/usr/bin:/bin\necho run > " + folder.path("asked") +
                             "\nsleep 2\nexit 3\n");
    std::filesystem::permissions(folder.path("slow"), std::filesystem::perms::owner_all);
    SecretSource source;
    source.program = {folder.path("slow")};
    here.secrets = {{"db", source, 1}};
    keep_what_stopped();
    begin();
    say();
    declare("web.json", with(with_secret));
    loop.run_until([&] { return std::filesystem::exists(folder.path("asked")); });
    undeclare("web.json");
    loop.run_until(
        [&] { return log.count(Level::error, "a container cannot be brought up") == 1; });
    settle_down();
    ASSERT_TRUE(task());
    EXPECT_EQ(task()->stop_reason, "its file is gone or has changed") << log.all();
}

const std::string with_awslogs =
    R"("logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"g"}})";

TEST_F(StandInsTest, AwslogsWithoutKeysIsTheEnginesOwnDriverAfterOneTry) {
    begin();
    docker.refuse_next_start(no_keys);
    declare("web.json", with(with_awslogs));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_FALSE(created().at("HostConfig").contains("LogConfig"));
    EXPECT_EQ(story(), (std::vector<std::string>{"create app", "start app", "remove app",
                                                 "create app", "start app"}));
    EXPECT_EQ(log.count(Level::warn, "the engine has no AWS keys for awslogs"), 1U) << log.all();
    // From then on it is known.
    docker.forget_calls();
    declare("other.json", R"({"family":"other","containerDefinitions":[{"name":"side","image":)"
                          R"("busybox","metadataEnable":false,)" +
                              with_awslogs + "}]}");
    loop.run_until([&] {
        return tasks().size() == 2 && tasks()[0]->known == model::TaskStatus::running &&
               tasks()[1]->known == model::TaskStatus::running;
    });
    EXPECT_EQ(story(), (std::vector<std::string>{"create side", "start side"}));
    EXPECT_EQ(log.count(Level::warn, "the engine has no AWS keys for awslogs"), 1U) << log.all();
}

TEST_F(StandInsTest, AwslogsThatIsAskedForByTheHostIsTriedAlone) {
    keep_what_stopped();
    begin();
    here.log_drivers = {{"awslogs", {"awslogs", {}}, 1}};
    say();
    docker.refuse_next_start(no_keys);
    declare("web.json", with(with_awslogs));
    loop.run_until([&] { return task() && task()->known == model::TaskStatus::stopped; });
    EXPECT_NE(container(task(), "app").stop_reason.find("NoCredentialProviders"),
              std::string::npos);
}

TEST_F(StandInsTest, AnEngineWhoseOwnDriverHasNoKeysEitherIsNotAskedForEver) {
    keep_what_stopped();
    begin();
    docker.refuse_next_start(no_keys);
    docker.refuse_next_start(no_keys);
    declare("web.json", with(with_awslogs));
    loop.run_until([&] { return task() && task()->known == model::TaskStatus::stopped; });
    EXPECT_EQ(docker.count("start ecs-web-1-app"), 2U);
}

TEST_F(StandInsTest, AReloadWhileAContainerIsMadeAnewForgetsNothingOfIt) {
    begin();
    docker.delay("remove", std::chrono::milliseconds(300));
    docker.refuse_next_start(no_keys);
    declare("web.json", with(with_awslogs));
    loop.run_until(
        [&] { return log.count(Level::warn, "the engine has no AWS keys for awslogs") == 1; });
    say();
    docker.delay("remove", std::chrono::milliseconds(0));
    ASSERT_TRUE(runs()) << log.all();
    EXPECT_FALSE(created().at("HostConfig").contains("LogConfig"));
    EXPECT_EQ(story(), (std::vector<std::string>{"create app", "start app", "remove app",
                                                 "create app", "start app"}));
}

TEST_F(StandInsTest, TooManyFilesOfOverridesAreOneLine) {
    for (std::size_t i = 0; i <= definition::max_task_files; ++i)
        folder.write("tasks.d/x" + std::to_string(i) + ".overrides.yaml", "{}\n");
    begin();
    loop.run_until([&] { return log.count(Level::warn, "files of overrides, at most 500") > 0; });
    settle_down();
    EXPECT_EQ(log.count(Level::warn, "files of overrides, at most 500"), 1U) << log.all();
    EXPECT_EQ(log.count(Level::warn, "a file of overrides has no task beside it"), 0U);
}

TEST_F(StandInsTest, AChangeOfTheOverridesIsAChangeOfTheTask) {
    begin();
    declare("web.json", with(R"("command":["one"])"));
    ASSERT_TRUE(runs()) << log.all();
    auto arn = task()->arn;
    declare("web.overrides.yaml", "containerOverrides: [{name: app, command: [two]}]\n");
    ASSERT_TRUE(another_runs(arn)) << log.all();
    arn = running_task()->arn;
    EXPECT_EQ(
        Json::parse(docker.create_body(container(running_task(), "app").docker_name)).at("Cmd"),
        Json::array({"two"}));
    declare("web.overrides.yaml", "containerOverrides: [{name: nobody}]\n");
    settle_down();
    EXPECT_EQ(running_task()->arn, arn) << "what is wrong changes nothing";
    EXPECT_EQ(log.count(Level::error, "no container"), 1U) << log.all();
    undeclare("web.overrides.yaml");
    ASSERT_TRUE(another_runs(arn)) << log.all();
    declare("lonely.overrides.yaml", "{}\n");
    settle_down();
    EXPECT_EQ(log.count(Level::warn, "a file of overrides has no task beside it"), 1U) << log.all();
}

} // namespace
} // namespace agent::tasks
