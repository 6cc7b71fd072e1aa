#pragma once
// Command-line clients, each at the engine's own socket and at the agent's: what they see is the same, but for
// what a container is given.

#include "tests/integration/support/door.hpp"

#include <chrono>
#include <filesystem>
#include <regex>
#include <string>
#include <utility>

namespace integration {

/// Docker's client of the distribution, whatever else comes before it on the machine: 20.10 on Debian 12.
inline const std::string distributions_docker = "/usr/bin/docker";

/// What a shell does with a client. It has $DOCKER, $COMPOSE and $IMAGE, a folder of its own, and whatever it
/// makes is called `it`.
struct Scenario {
    const char* name;
    const char* script;
};

inline constexpr Scenario scenarios[]{
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

inline constexpr auto clean_up = "$DOCKER rm --force --volumes it >/dev/null 2>&1 || true";

/// Without what no two runs share. Where a program cannot be started, Docker's client 20.10 tells now and then that it no
/// longer waits for its end, and Podman of its own connection to it; and Podman's ends a terminal's output with one newline or
/// with two.
inline std::string normal(std::string text) {
    for (const auto& [pattern, word] :
         {std::pair{R"(sha256:[0-9a-f]{64})", "IMAGE"},
          {R"(\n?Error: (read|write) unixpacket [^\n]*(connection reset by peer|broken pipe))", ""},
          {R"(\n?time=\S+ level=error msg="error waiting for container: [^\n]*)", ""},
          {R"([0-9a-f]{64})", "ID"},
          {R"(\b[0-9a-f]{12}\b)", "ID"},
          {R"(\r|\^@|[\x00\x04\x08]|\x1B\[2K)", ""},
          {R"(\n{2,})", "\n"},
          {R"(unix://\S+)", "SOCKET"}})
        text = std::regex_replace(text, std::regex(pattern), word);
    return text;
}

inline std::string text_of(const Outcome& outcome) {
    return "status " + std::to_string(outcome.status) + "\n--- out\n" + normal(outcome.out) +
           "\n--- err\n" + normal(outcome.err);
}

class ClientTest : public DoorTest {
protected:
    void SetUp() override {
        DoorTest::SetUp();
        folder_ = agent_->directory() + "/work";
        std::filesystem::create_directory(folder_);
        start_and_see_all();
    }
    /// "NAME=value" for the scripts: $DOCKER is the client, which asks this socket.
    virtual Words variables(const std::string& socket) const = 0;

    Outcome at(const std::string& socket, const std::string& script) const {
        Words words{"env", "DOCKER_CLI_HINTS=false", "IMAGE=" + demo_image, "HOME=" + folder_,
                    "TERM=dumb"};
        const auto own = variables(socket);
        words.insert(words.end(), own.begin(), own.end());
        words.insert(words.end(), {"sh", "-euc", "cd " + folder_ + "; " + script});
        return run(words, std::chrono::seconds(300));
    }
    Outcome directly(const std::string& script) const { return at(engine_socket(), script); }
    Outcome at_agent(const std::string& script) const {
        return at(agent_->docker_socket(), script);
    }
    void expect_the_same(const Scenario& scenario) const {
        SCOPED_TRACE(scenario.name);
        const auto direct = directly(scenario.script);
        directly(clean_up);
        EXPECT_EQ(direct.status, 0) << direct.out << direct.err;
        const auto through = at_agent(scenario.script);
        directly(clean_up);
        EXPECT_EQ(text_of(through), text_of(direct)) << scenario.script;
    }

    std::string folder_;
};

} // namespace integration
