#include "tests/integration/support/private_engine.hpp"

#include "tests/integration/support/wait.hpp"

#include <sys/wait.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>

namespace integration {

using std::chrono::seconds;

namespace {

constexpr auto bridge = "ecs-test-engine";

std::string settings() {
    const char* sandbox = std::getenv("ECS_SANDBOX");
    if (sandbox == nullptr)
        throw std::runtime_error("not in a sandbox");
    return std::string(sandbox) + "/daemon.json";
}

} // namespace

PrivateEngine::PrivateEngine(std::string directory, bool live_restore, Words entry)
    : directory_(std::move(directory)), live_restore_(live_restore), entry_(std::move(entry)) {
    shell("mkdir -p " + directory_);
    // With --bridge=none it would delete docker0, which is the machine's engine's.
    shell_there(std::string("ip link show ") + bridge + " >/dev/null 2>&1 || { ip link add " +
                bridge + " type bridge && ip addr add 192.168.233.1/24 dev " + bridge +
                " && ip link set " + bridge + " up; }");
    start();
}

PrivateEngine::~PrivateEngine() {
    try {
        docker("ps --all --quiet | xargs -r docker --host " + host() + " rm --force");
        stop();
        shell_there(std::string("ip link del ") + bridge);
        // What a killed engine has left mounted would keep the folder.
        shell_there("for m in $(grep -o '" + directory_ +
                    "[^ ]*' /proc/self/mounts | sort -r); do umount $m || true; done; rm -rf " +
                    directory_);
    } catch (const std::exception&) {
        if (pid_ > 0)
            ::kill(pid_, SIGKILL);
    }
}

void PrivateEngine::start() {
    auto words = followed({"setpriv", "--pdeathsig", "TERM"}, entry_);
    words = followed(words, {"dockerd", "--host", host(), "--data-root", directory_ + '/' + data_,
                             "--exec-root", directory_ + "/exec", "--pidfile", directory_ + "/pid",
                             // As the sandbox's engine has them: where images are kept, who filters
                             // packets.
                             "--config-file", settings(), std::string("--bridge=") + bridge,
                             "--iptables=false", "--ip6tables=false"});
    if (live_restore_)
        words.emplace_back("--live-restore");
    words = followed(words, options_);
    pid_ = start_program(words, directory_ + "/log");
    const bool answers = eventually(seconds(30), [&] {
        return run({"docker", "--host", host(), "version"}).status == 0;
    });
    if (!answers)
        throw std::runtime_error("an engine of our own does not start: " + last_words());
    if (run({"docker", "--host", host(), "image", "inspect", "ecs-node-agent-demo:latest"})
            .status != 0)
        shell("docker save ecs-node-agent-demo:latest | docker --host " + host() + " load");
}

void PrivateEngine::stop() {
    ::kill(pid_, SIGTERM);
    int status = 0;
    if (!eventually(seconds(30), [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; }))
        throw std::runtime_error("the engine of our own does not end");
    pid_ = -1;
}

void PrivateEngine::shell_there(const std::string& script) const {
    must(followed(entry_, {"sh", "-ec", script}));
}

std::string PrivateEngine::last_words() const {
    return run({"tail", "-n", "20", directory_ + "/log"}).out;
}

std::string PrivateEngine::docker(const std::string& command) const {
    return shell("docker --host " + host() + ' ' + command);
}

} // namespace integration
