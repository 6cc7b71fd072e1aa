// Docker's clients as people have them, each at the engine's own socket and at the agent's: what they see is
// the same, but for what a container is given.

#include "tests/integration/support/door.hpp"
#include "tests/integration/support/rounds.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <regex>
#include <vector>

namespace integration {

using std::chrono::seconds;
namespace fs = std::filesystem;

namespace {

/// What a shell does with a client. It has $DOCKER, $COMPOSE and $IMAGE, a folder of its own, and whatever it
/// makes is called `it`.
struct Scenario {
    const char* name;
    const char* script;
};

constexpr Scenario scenarios[]{
    {"Run", R"($DOCKER run --rm $IMAGE sh -c 'echo out; echo err >&2; exit 7' || echo "code $?")"},
    {"RunWithInput", R"(printf 'a\nb\n' | $DOCKER run --rm -i $IMAGE sh -c 'cat; echo end')"},
    {"RunOnATerminal",
     R"(script -qec "$DOCKER run --rm -it $IMAGE sh -c 'test -t 0 && test -t 1 && echo tty; exit 5'" \
            typescript </dev/null || echo "code $?")"},
    {"Exec", R"($DOCKER run -d --name it $IMAGE sleep 60 >/dev/null
        $DOCKER exec it sh -c 'echo err >&2; exit 3' || echo "code $?"
        printf input | $DOCKER exec -i it cat
        $DOCKER exec -d it touch /tmp/made
        for i in $(seq 50); do $DOCKER exec it ls /tmp/made && break; sleep 0.2; done
        script -qec "$DOCKER exec -it it sh -c 'test -t 1 && echo tty'" typescript </dev/null
        $DOCKER exec it no-such-program || echo "code $?")"},
    {"Attach",
     R"($DOCKER run -d -i --name it $IMAGE sh -c 'read line; echo "got $line"; sleep 3; exit 6' >/dev/null
        mkfifo typed; : >shown; $DOCKER attach it <typed >shown & exec 3>typed
        echo hello >&3; until grep -q got shown; do sleep 0.1; done; exec 3>&-
        wait $! || echo "code $?"; cat shown; rm typed shown)"},
    {"StartAttached", R"($DOCKER create -i --name it $IMAGE sh -c 'cat; exit 2' >/dev/null
        printf 'typed\n' | $DOCKER start --attach --interactive it || echo "code $?")"},
    {"FollowedLogs",
     R"($DOCKER run -d --name it $IMAGE sh -c 'for i in 1 2 3; do echo $i; sleep 0.2; done' >/dev/null
        $DOCKER logs --follow it)"},
    {"Wait",
     R"($DOCKER run -d --name it $IMAGE sh -c 'sleep 0.5; exit 9' >/dev/null; $DOCKER wait it)"},
    {"Events", R"(since=$(date +%s)
        $DOCKER run --name it $IMAGE true
        id=$($DOCKER inspect --format '{{.Id}}' it)
        sleep 1
        $DOCKER events --since $since --until $(date +%s) --filter "container=$id" --format '{{.Action}}')"},
    {"Top",
     R"($DOCKER run -d --name it $IMAGE sleep 61 >/dev/null; $DOCKER top it -eo pid,args | sed 's/^[0-9]* *//')"},
    {"Stats", R"($DOCKER run -d --name it $IMAGE sleep 60 >/dev/null
        $DOCKER stats --no-stream --format '{{.Name}} {{.PIDs}}' it)"},
    {"RenameAndUpdate", R"($DOCKER run -d --memory 64m --name was $IMAGE sleep 60 >/dev/null
        $DOCKER rename was it
        $DOCKER update --memory 32m --memory-swap 32m it
        $DOCKER inspect --format '{{.Name}} {{.HostConfig.Memory}}' it)"},
    {"Commit", R"($DOCKER run --name it $IMAGE sh -c 'echo kept >/note'
        $DOCKER commit --change 'CMD ["cat", "/note"]' it ecs-int-commit >/dev/null
        $DOCKER run --rm ecs-int-commit
        $DOCKER rmi ecs-int-commit >/dev/null)"},
    {"Copy", R"(head -c 20000000 /dev/urandom >file
        $DOCKER run -d --name it $IMAGE sleep 60 >/dev/null
        $DOCKER cp --quiet file it:/tmp/file 2>/dev/null || $DOCKER cp file it:/tmp/file
        $DOCKER exec it md5sum /tmp/file | cut -c1-32 | grep -qx $(md5sum <file | cut -c1-32) && echo equal
        $DOCKER cp it:/tmp/file back >/dev/null 2>&1
        cmp file back && echo back
        $DOCKER cp it:/tmp - | tar -t | sort)"},
    {"ClassicBuild",
     R"(printf 'FROM %s\nRUN echo built >/built\nCMD ["cat", "/built"]\n' $IMAGE >Dockerfile
        DOCKER_BUILDKIT=0 $DOCKER build --network none -t ecs-int-built . >/dev/null 2>&1
        $DOCKER run --rm ecs-int-built
        $DOCKER rmi ecs-int-built >/dev/null)"},
    {"Buildx",
     R"(printf 'FROM %s\nCOPY note /note\nRUN cat /note >/built\nCMD ["cat", "/built"]\n' $IMAGE >Dockerfile
        echo by buildx >note
        $DOCKER buildx build --network none --load -t ecs-int-built . >/dev/null 2>&1
        $DOCKER run --rm ecs-int-built
        $DOCKER rmi ecs-int-built >/dev/null)"},
    {"SaveAndLoad", R"($DOCKER tag $IMAGE ecs-int-saved:1
        $DOCKER save ecs-int-saved:1 >saved.tar
        $DOCKER rmi ecs-int-saved:1 >/dev/null
        $DOCKER load <saved.tar
        $DOCKER rmi ecs-int-saved:1 >/dev/null)"},
    {"Interrupt", R"(: >shown; env --default-signal=INT $DOCKER run --rm --name it $IMAGE \
            sh -c 'trap "echo caught; exit 5" INT; echo up; while :; do sleep 0.1; done' >shown &
        until grep -q up shown; do sleep 0.1; done; kill -INT $!
        wait $! || echo "code $?"; cat shown; rm shown)"},
    {"RefusedImage", R"($DOCKER run --pull never --rm no-such-image:1 || echo "code $?")"},
    {"TakenName", R"($DOCKER create --name it $IMAGE true >/dev/null
        $DOCKER create --name it $IMAGE true || echo "code $?")"},
    {"RefusedOption", R"($DOCKER run --rm --memory 1k $IMAGE true || echo "code $?")"},
    {"ProgramThatIsNotThere",
     R"($DOCKER run --rm --name it $IMAGE no-such-program || echo "code $?")"},
};

struct Client {
    std::string name;    ///< as part of a test's name
    std::string release; ///< of Debian, "" for this machine's own
};

const std::vector<Client> clients{
    {"OfThisMachine", ""}, {"Docker26", "trixie"}, {"Docker28", "forky"}};

constexpr auto clean_up = "$DOCKER rm --force --volumes it >/dev/null 2>&1 || true";

/// Without what no two runs share.
std::string normal(std::string text) {
    for (const auto& [pattern, word] : {std::pair{R"(sha256:[0-9a-f]{64})", "IMAGE"},
                                        {R"([0-9a-f]{64})", "ID"},
                                        {R"(\b[0-9a-f]{12}\b)", "ID"},
                                        {R"(\r|\^@|[\x00\x04\x08]|\x1B\[2K)", ""},
                                        {R"(unix://\S+)", "SOCKET"}})
        text = std::regex_replace(text, std::regex(pattern), word);
    return text;
}

std::string text_of(const Outcome& outcome) {
    return "status " + std::to_string(outcome.status) + "\n--- out\n" + normal(outcome.out) +
           "\n--- err\n" + normal(outcome.err);
}

} // namespace

class DockerClients : public DoorTest, public testing::WithParamInterface<Client> {
protected:
    void SetUp() override {
        DoorTest::SetUp();
        folder_ = agent_->directory() + "/work";
        fs::create_directory(folder_);
        agent_->start();
    }
    static std::string root() {
        return std::string(DOCKER_CLIENTS_FOLDER) + '/' + GetParam().release;
    }
    static std::string plugins() { return root() + "/usr/libexec/docker/cli-plugins"; }
    static std::string docker_program() {
        return GetParam().release.empty() ? "docker" : root() + "/usr/bin/docker";
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
    Outcome at(const std::string& socket, const std::string& script) const {
        return run({"env", "DOCKER_HOST=unix://" + socket, "DOCKER_SOCKET=" + socket,
                    "DOCKER=" + docker_program(), "COMPOSE=" + plugins() + "/docker-compose",
                    "DOCKER_CONFIG=" + configuration(), "DOCKER_CLI_HINTS=false",
                    "IMAGE=" + demo_image, "HOME=" + folder_, "TERM=dumb", "sh", "-euc",
                    "cd " + folder_ + "; " + script},
                   seconds(300));
    }
    Outcome directly(const std::string& script) const { return at(engine_socket(), script); }
    Outcome at_agent(const std::string& script) const {
        return at(agent_->docker_socket(), script);
    }
    void expect_the_same(const std::string& script) const {
        const auto direct = directly(script);
        directly(clean_up);
        const auto through = at_agent(script);
        directly(clean_up);
        EXPECT_EQ(text_of(through), text_of(direct)) << script;
    }

    std::string folder_;
};

TEST_P(DockerClients, SeeTheSameThroughTheDoor) {
    for (const auto& scenario : scenarios) {
        SCOPED_TRACE(scenario.name);
        if (GetParam().release.empty() && std::string(scenario.name) == "Buildx")
            continue; // Debian 12 has no buildx; the others have.
        const auto direct = directly(scenario.script);
        EXPECT_EQ(direct.status, 0) << scenario.name << ": " << direct.out << direct.err;
        directly(clean_up);
        expect_the_same(scenario.script);
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
