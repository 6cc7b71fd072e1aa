// A definition as it is deployed, on a host that has no account: what the host file and a file of overrides
// put in the place of what it names.

#include "tests/integration/support/host_rules.hpp"
#include "tests/integration/support/tasks.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>

namespace integration {

using std::chrono::seconds;
namespace fs = std::filesystem;

namespace {

/// As a pipeline has it: a private registry, secrets, a network file system and CloudWatch.
constexpr auto deployed = R"({
  "family": "shop", "executionRoleArn": "arn:aws:iam::111122223333:role/ecsTaskExecutionRole",
  "volumes": [{"name": "files", "efsVolumeConfiguration":
    {"fileSystemId": "fs-0123456789", "rootDirectory": "/shop", "transitEncryption": "ENABLED"}}],
  "containerDefinitions": [
    {"name": "app", "image": "111122223333.dkr.ecr.eu-west-1.amazonaws.com/shop:a1b2c3",
     "repositoryCredentials": {"credentialsParameter": "registry"},
     "command": ["sh", "-c", "trap 'exit 0' TERM; echo hello; while :; do sleep 0.1; done"],
     "environment": [{"name": "STAGE", "value": "production"}],
     "secrets": [
       {"name": "WHOLE", "valueFrom": "/shop/token"},
       {"name": "PASSWORD", "valueFrom":
         "arn:aws:secretsmanager:eu-west-1:111122223333:secret:shop/db-AbC123:password::"},
       {"name": "PRINTED", "valueFrom": "arn:aws:ssm:eu-west-1:111122223333:parameter/shop/key"},
       {"name": "ABSENT", "valueFrom": "/other/thing"}],
     "mountPoints": [{"sourceVolume": "files", "containerPath": "/files"}],
     "portMappings": [{"containerPort": 80}],
     "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "/ecs/shop",
       "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"}}}]})";

} // namespace

class HostFile : public TaskTest {
protected:
    void start() {
        agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1s");
        fs::create_directories(path("efs/shop"));
        std::ofstream(path("efs/shop/page")) << "of this host\n";
        put_secret("token", "a-secret-token\n");
        put_secret("db.json", R"({"username": "shop", "password": "a-secret-password"})");
        std::ofstream(path("print-secret"))
            << "#!/bin/sh\necho \"a-secret-of:$ECS_SECRET\"\necho 'noise' >&2\n";
        fs::permissions(path("print-secret"), fs::perms::owner_all);
        put_rules(*agent_, rules(demo_image));
        agent_->start();
    }
    std::string rules(const std::string& image) const {
        return "images: {\"*.dkr.ecr.*.amazonaws.com/shop:*\": \"" + image +
               "\"}\n"
               "volumes: {fs-0123456789: " +
               path("efs") +
               "}\n"
               "secrets:\n"
               "  /shop/token: {file: " +
               path("token") +
               "}\n"
               "  \"*:secret:shop/db-*\": {file: " +
               path("db.json") +
               "}\n"
               "  /shop/*: {program: [" +
               path("print-secret") +
               "]}\n"
               "  /other/*: {missing: omit}\n";
    }
    std::string path(const std::string& name) const { return agent_->directory() + '/' + name; }
    void put_secret(const std::string& name, const std::string& text) const {
        std::ofstream(path(name)) << text;
        fs::permissions(path(name), fs::perms::owner_read | fs::perms::owner_write);
    }
};

TEST_F(HostFile, LetsADeployedDefinitionRunWithoutAnAccount) {
    start();
    agent_->put_task("shop.json", deployed);
    const auto app = running("shop");
    EXPECT_EQ(inspect(app)["Config"]["Image"], demo_image);
    EXPECT_EQ(exec_in(app, "cat /files/page"), "of this host");
    EXPECT_EQ(exec_in(app, "echo $WHOLE $PASSWORD $PRINTED ${ABSENT-nothing}"),
              "a-secret-token a-secret-password "
              "a-secret-of:arn:aws:ssm:eu-west-1:111122223333:parameter/shop/key nothing");
    // The driver that is in force, and what it was told.
    const auto driver = inspect(app)["HostConfig"]["LogConfig"]["Type"].get<std::string>();
    EXPECT_NE(driver, "awslogs");
    const auto about = ask_about(app).json();
    EXPECT_EQ(about.at("LogDriver"), driver);
    EXPECT_FALSE(about.contains("LogOptions")) << about;
    EXPECT_EQ(agent_->log_lines({"the engine has no AWS keys for awslogs"}).size(), 1U);
    EXPECT_EQ(agent_->log_lines({"a secret is left out", "ABSENT"}).size(), 1U);
    // Nobody is told but the container.
    for (const std::string version : {"v3", "v4"})
        for (const std::string rest : {"", "/task", "/taskWithTags"})
            EXPECT_EQ(ask_about(app, rest, version).body.find("a-secret"), std::string::npos);
    EXPECT_EQ(http_get("127.0.0.1", introspection_port, "/v1/tasks").body.find("a-secret"),
              std::string::npos);
    EXPECT_EQ(agent_->log().find("a-secret"), std::string::npos);
    for (const auto& file : fs::recursive_directory_iterator(agent_->data_dir())) {
        if (!file.is_regular_file())
            continue;
        std::ifstream stream(file.path(), std::ios::binary);
        const std::string text((std::istreambuf_iterator<char>(stream)), {});
        EXPECT_EQ(text.find("a-secret"), std::string::npos) << file.path();
    }
    for (const std::string command : {"check-config", "print-config"}) {
        const auto ending = agent_->command(command);
        const auto said = ending.out + ending.err;
        EXPECT_EQ(ending.status, 0) << said;
        EXPECT_EQ(said.find("a-secret"), std::string::npos) << said;
        EXPECT_NE(said.find(demo_image), std::string::npos) << said;
    }
}

TEST_F(HostFile, IsReadAgainAtAReloadAndRefusedWhereItIsWrong) {
    start();
    agent_->put_task("shop.json", deployed);
    const auto first = running("shop");
    put_rules(*agent_, "images: [wrong]\n");
    agent_->signal(SIGHUP);
    ASSERT_TRUE(agent_->logs({"the host file is not reloaded", "images: expected an object"}));
    EXPECT_TRUE(runs(first));
    run({"docker", "tag", demo_image, "ecs-int-shop:dev"});
    put_rules(*agent_, rules("ecs-int-shop:dev"));
    put_secret("token", "another-secret\n");
    agent_->signal(SIGHUP);
    const auto second = running("shop", "app", first);
    EXPECT_EQ(inspect(second)["Config"]["Image"], "ecs-int-shop:dev");
    EXPECT_EQ(variable_of(second, "WHOLE"), "another-secret");
    agent_->remove_task("shop.json");
    expect_nothing_left();
    run({"docker", "image", "rm", "ecs-int-shop:dev"});
}

TEST_F(HostFile, SaysWhichSecretIsMissing) {
    start();
    agent_->put_task("shop.json", task("shop", {container("app", runs_until_told(), R"("secrets": [
        {"name": "KEY", "valueFrom": "nobody/knows"}])")}));
    ASSERT_TRUE(
        agent_->logs({"ResourceInitializationError: unable to pull secrets or registry auth: "
                      "KEY (nobody/knows): nothing in secrets of ",
                      agent_->host_file()}));
    const auto checked = agent_->command("check-config");
    EXPECT_NE(checked.status, 0);
    EXPECT_NE(checked.err.find("shop.json:2: containerDefinitions[0].secrets[0].valueFrom: nothing "
                               "in secrets of " +
                               agent_->host_file()),
              std::string::npos)
        << checked.err;
}

TEST_F(HostFile, HasAProgramThatHangsHoldUpItsOwnTaskAlone) {
    start();
    std::ofstream(path("hang")) << "#!/bin/sh\nexec sleep 60\n";
    fs::permissions(path("hang"), fs::perms::owner_all);
    put_rules(*agent_, "secrets: {hung: {program: [" + path("hang") + "], timeout: 20s}}\n");
    agent_->signal(SIGHUP);
    ASSERT_TRUE(agent_->logs({"configuration reloaded"}));
    agent_->put_task("hung.json", task("hung", {container("app", runs_until_told(), R"("secrets": [
        {"name": "KEY", "valueFrom": "hung"}])")}));
    agent_->put_task("quick.json", task("quick", {container("app", runs_until_told())}));
    EXPECT_TRUE(runs(running("quick")));
    EXPECT_TRUE(containers_of("hung").empty());
}

// As in somebody's pipeline: nothing of the host is theirs to read.
TEST_F(HostFile, IsNotNeededByWhoChecksFilesWithoutRights) {
    fs::create_directories(path("repository"));
    const auto simple = [](const std::string& family) {
        return R"({"family": ")" + family +
               R"(", "containerDefinitions": [{"name": "app", "image": "shop:1"}]})";
    };
    std::ofstream(path("repository/web.json")) << simple("web");
    std::ofstream(path("repository/input.json")) << simple("input");
    // Where the tests are built others may see nothing.
    fs::copy_file(agent_->program(), path("ecs-node-agent"));
    fs::permissions(path("ecs-node-agent"), fs::perms(0755));
    std::ofstream(agent_->config_file()) << "host_file: " << agent_->host_file() << '\n';
    put_rules(*agent_, rules(demo_image));
    fs::permissions(agent_->host_file(), fs::perms::owner_read | fs::perms::owner_write);
    const auto check = [&](const std::string& words) {
        return run({"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "-i",
                    "PATH=/usr/bin:/bin", "DOCKER_HOST=unix:///nonexistent/docker.sock",
                    "ASAN_OPTIONS=detect_stack_use_after_return=0", "sh", "-c",
                    "cd '" + path("repository") + "' && exec ../ecs-node-agent check-config " +
                        "--config ../agent.yaml --ecs-config ../ecs.config " + words +
                        " < input.json"});
    };
    const auto text = check("web.json -");
    EXPECT_EQ(text.status, 0) << text.out << text.err;
    EXPECT_EQ(lines_of(text.out),
              (Words{"web.json: runs here as the family web", "-: runs here as the family input"}))
        << text.err;
    EXPECT_NE(text.err.find(agent_->host_file() + ": Permission denied; going on without it"),
              std::string::npos)
        << text.err;
    const auto json = Json::parse(check("--json -").out);
    EXPECT_EQ(json.at("engineAnswered"), false);
    EXPECT_EQ(json.at("files").at(0).at("family"), "input");
    const auto folder = check(".");
    EXPECT_EQ(folder.status, 0) << folder.out << folder.err;
    EXPECT_NE(folder.out.find("./web.json: runs here"), std::string::npos) << folder.out;
}

// The file stays the repository's: what one host changes stands beside it.
TEST_F(HostFile, HasOverridesBesideALinkToARepositorysFile) {
    start();
    fs::create_directories(path("repository"));
    const auto repository_file = path("repository/task-definition.json");
    std::ofstream(repository_file) << deployed;
    std::ofstream(agent_->tasks_dir() + "/shop.overrides.yaml") << R"(
containerOverrides:
  - name: app
    environment: [{name: STAGE, value: laptop}]
    portMappings: [{containerPort: 80, hostPort: 28310}]
    logConfiguration: {logDriver: json-file, options: {max-size: 1m}}
)";
    fs::create_symlink(repository_file, agent_->tasks_dir() + "/shop.json");
    const auto first = running("shop");
    EXPECT_EQ(variable_of(first, "STAGE"), "laptop");
    EXPECT_EQ(ask_about(first).json().at("LogOptions"), Json({{"max-size", "1m"}}));
    EXPECT_EQ(ask_about(first).json().at("Ports").at(0).at("HostPort"), 28310);
    // As git writes it.
    auto text = std::string(deployed);
    text.replace(text.find("echo hello"), 10, "echo again");
    fs::remove(repository_file);
    std::ofstream(repository_file) << text;
    const auto second = running("shop", "app", first);
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return run({"docker", "logs", second}).out.find("again") != std::string::npos;
    }));
    EXPECT_EQ(variable_of(second, "STAGE"), "laptop");
    fs::remove(agent_->tasks_dir() + "/shop.overrides.yaml");
    const auto third = running("shop", "app", second);
    EXPECT_EQ(variable_of(third, "STAGE"), "production");
}

} // namespace integration
