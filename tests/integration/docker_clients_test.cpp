// Docker's clients as people have them, each at the engine's own socket and at the agent's: what they see is
// the same, but for what a container is given.

#include "tests/integration/support/clients.hpp"

#include <filesystem>
#include <fstream>
#include <vector>

namespace integration {

namespace fs = std::filesystem;

namespace {

struct Client {
    std::string name;    ///< as part of a test's name
    std::string release; ///< of Debian, "" for what this machine has of it
};

const std::vector<Client> clients{
    {"OfThisMachine", ""}, {"Docker26", "trixie"}, {"Docker28", "forky"}};

} // namespace

class DockerClients : public ClientTest, public testing::WithParamInterface<Client> {
protected:
    static std::string root() {
        return std::string(DOCKER_CLIENTS_FOLDER) + '/' + GetParam().release;
    }
    static std::string plugins() { return root() + "/usr/libexec/docker/cli-plugins"; }
    static std::string docker_program() {
        return GetParam().release.empty() ? distributions_docker : root() + "/usr/bin/docker";
    }
    /// The folder with the configuration of a client that finds its own plugins.
    std::string configuration() const {
        const auto folder = agent_->directory() + "/docker";
        if (!fs::exists(folder)) {
            fs::create_directories(folder);
            fs::create_directory_symlink(plugins(), folder + "/cli-plugins");
        }
        return folder;
    }
    Words variables(const std::string& socket) const override {
        return {"DOCKER_HOST=unix://" + socket, "DOCKER_SOCKET=" + socket,
                "DOCKER=" + docker_program(), "COMPOSE=" + plugins() + "/docker-compose",
                "DOCKER_CONFIG=" + configuration()};
    }
};

TEST_P(DockerClients, SeeTheSameThroughTheDoor) {
    for (const auto& scenario : scenarios) {
        if (GetParam().release.empty() && std::string(scenario.name) == "Buildx")
            continue; // Debian 12 has no buildx; the others have.
        expect_the_same(scenario);
    }
}

/// What came from npm uses no command line.
class DockerLibraries : public DockerClients {
protected:
    Json seen(const std::string& socket, const std::string& program) const {
        const auto outcome =
            at(socket, "TESTCONTAINERS_RYUK_DISABLED=true NODE_PATH=" DOCKER_CLIENTS_FOLDER
                       "/node_modules node " DOCKER_CLIENTS_SOURCES "/programs/" +
                           program);
        EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
        return Json::parse(outcome.out.substr(outcome.out.rfind('{') == std::string::npos
                                                  ? 0
                                                  : outcome.out.find('{')),
                           nullptr, false);
    }
    void expect_the_same_by(const std::string& program) const {
        auto direct = seen(engine_socket(), program);
        auto through = seen(agent_->docker_socket(), program);
        ASSERT_TRUE(direct.is_object() && through.is_object());
        ASSERT_TRUE(direct.contains("told") && through.contains("told")) << direct << through;
        EXPECT_EQ(direct.at("told"), false);
        EXPECT_EQ(through.at("told"), true);
        direct.erase("told");
        through.erase("told");
        EXPECT_EQ(through, direct);
    }
};

TEST_P(DockerLibraries, DockerodeSeesTheSame) {
    expect_the_same_by("dockerode.js");
}

TEST_P(DockerLibraries, TestcontainersSeesTheSame) {
    expect_the_same_by("testcontainers.js");
}

TEST_P(DockerLibraries, DevContainersCliBringsItsContainerUp) {
    fs::create_directories(folder_ + "/project/.devcontainer");
    std::ofstream(folder_ + "/project/.devcontainer/devcontainer.json")
        << R"({"image": "ecs-int-dev:latest", "overrideCommand": true})";
    // It looks its user up.
    const auto made = directly("$DOCKER run --name it $IMAGE sh -c 'mkdir -p /etc /root; "
                               "echo root:x:0:0:root:/root:/bin/sh >/etc/passwd; "
                               "echo root:x:0: >/etc/group'; "
                               "$DOCKER commit it ecs-int-dev:latest; $DOCKER rm it");
    ASSERT_EQ(made.status, 0) << made.err;
    const auto up = at_agent("node " DOCKER_CLIENTS_FOLDER
                             "/node_modules/@devcontainers/cli/devcontainer.js up --docker-path "
                             "$DOCKER --workspace-folder " +
                             folder_ + "/project --mount-workspace-git-root false");
    ASSERT_EQ(up.status, 0) << up.out << up.err;
    const auto id = Json::parse(up.out.substr(up.out.rfind("{\"outcome\""))).at("containerId");
    {
        const Newcomer container{id.get<std::string>()};
        EXPECT_EQ(own_view(container.id()).at("DockerId"), container.id());
    }
    directly("$DOCKER rmi ecs-int-dev:latest");
}

class Compose : public DockerClients {
protected:
    void SetUp() override {
        DockerClients::SetUp();
        std::ofstream(folder_ + "/compose.yaml") << R"(
name: shop
services:
  db:
    image: )" << demo_image << R"(
    command: ["sh", "-c", "sleep 1; touch /tmp/ready; exec sleep 300"]
    init: true
    healthcheck: {test: ["CMD", "test", "-e", "/tmp/ready"], interval: 1s, retries: 20}
  web:
    image: )" << demo_image << R"(
    command: ["sh", "-c", "echo serving; exec httpd -f -p 80 -h /www"]
    init: true
    depends_on: {db: {condition: service_healthy}}
    environment: {COLOUR: blue}
)";
    }
    void TearDown() override {
        directly("$COMPOSE down --volumes --timeout 0 >/dev/null 2>&1 || true");
        DockerClients::TearDown();
    }
    std::string id_of_service(const std::string& service, int number = 1) const {
        return directly("$DOCKER ps --all --no-trunc --quiet --filter "
                        "label=com.docker.compose.project=shop "
                        "--filter label=com.docker.compose.service=" +
                        service + " --filter label=com.docker.compose.container-number=" +
                        std::to_string(number))
            .out;
    }
};

TEST_P(Compose, WorksTheSameThroughTheDoor) {
    const std::string script =
        R"($COMPOSE up --detach --wait --quiet-pull >/dev/null 2>&1 || echo "code $?"
        $COMPOSE ps --format '{{.Service}} {{.State}} {{.Health}}' | sort
        $COMPOSE exec -T web sh -c 'echo "it is $COLOUR"; exit 3' || echo "code $?"
        printf input | $COMPOSE run --rm -T --no-deps web cat 2>/dev/null
        $COMPOSE up --detach --scale web=3 >/dev/null 2>&1
        $COMPOSE ps --services | sort
        $COMPOSE ps --quiet web | wc -l
        $COMPOSE logs --no-log-prefix web | sort
        $COMPOSE down --timeout 0 >/dev/null 2>&1
        $COMPOSE ps --all --quiet | wc -l)";
    const auto direct = directly(script);
    EXPECT_EQ(direct.status, 0) << direct.out << direct.err;
    EXPECT_NE(direct.out.find("it is blue"), std::string::npos) << direct.out << direct.err;
    EXPECT_EQ(text_of(at_agent(script)), text_of(direct));
}

TEST_P(Compose, UpGivesEachServiceItsPlaceInTheProjectsTask) {
    const auto up = at_agent("$COMPOSE up --detach --wait --scale web=3");
    ASSERT_EQ(up.status, 0) << up.out << up.err;
    const auto task = own_view(id_of_service("db"), "/task");
    EXPECT_EQ(task.at("Family"), "shop");
    EXPECT_EQ(container_in(task, "db").at("DockerId"), id_of_service("db"));
    EXPECT_EQ(container_in(task, "web").at("DockerId"), id_of_service("web"));
    EXPECT_EQ(container_in(task, "db").at("Health").at("status"), "HEALTHY");
    for (const int number : {2, 3}) {
        const auto replica = id_of_service("web", number);
        EXPECT_EQ(own_view(replica).at("DockerId"), replica);
        EXPECT_NE(own_view(replica, "/task").at("TaskARN"), task.at("TaskARN"));
    }
    const auto asked = at_agent("$COMPOSE run --rm -T --no-deps web sh -c "
                                "'wget -qO- $ECS_CONTAINER_METADATA_URI_V4/task' 2>/dev/null");
    EXPECT_EQ(asked.status, 0) << asked.err;
    const auto one_off = Json::parse(asked.out, nullptr, false);
    ASSERT_TRUE(one_off.is_object()) << asked.out;
    EXPECT_NE(one_off.at("TaskARN"), task.at("TaskARN"));
    // It is made anew, and still of the project's task.
    const auto before = id_of_service("web");
    const auto anew = at_agent("$COMPOSE up --detach --force-recreate --no-deps --scale web=3 web");
    ASSERT_EQ(anew.status, 0) << anew.err;
    EXPECT_NE(id_of_service("web"), before);
    EXPECT_EQ(own_view(id_of_service("web"), "/task").at("TaskARN"), task.at("TaskARN"));
}

namespace {

std::string name_of(const testing::TestParamInfo<Client>& client) {
    return client.param.name;
}

} // namespace

INSTANTIATE_TEST_SUITE_P(By, DockerClients, testing::ValuesIn(clients), name_of);
INSTANTIATE_TEST_SUITE_P(By, Compose, testing::Values(clients[1], clients[2]), name_of);
INSTANTIATE_TEST_SUITE_P(By, DockerLibraries, testing::Values(clients[2]), name_of);

} // namespace integration
