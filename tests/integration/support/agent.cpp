#include "tests/integration/support/agent.hpp"

#include "base/fd_linux.hpp"
#include "tests/integration/support/wait.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace integration {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto ready_limit = seconds(20);
constexpr auto end_limit = seconds(20);

std::string read_all(const std::string& path) {
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

bool has_all(const std::string& line, const std::vector<std::string>& words) {
    return std::all_of(words.begin(), words.end(), [&](const std::string& word) {
        return line.find(word) != std::string::npos;
    });
}

std::string environment_or(const char* name, const char* otherwise) {
    const char* value = std::getenv(name);
    return value == nullptr ? otherwise : value;
}

} // namespace

Agent::Agent() : program_(environment_or("ECS_TEST_AGENT", ECS_AGENT_PROGRAM)) {
    auto name = environment_or("TMPDIR", "/var/tmp") + "/ecs-int.XXXXXX";
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make " + name);
    directory_ = name;
    log_file_ = "/dev/shm/" + name.substr(name.rfind('/') + 1) + ".log";
    // The engine of the test reads and binds below it.
    ::chmod(name.c_str(), 0755);
    fs::create_directories(tasks_dir());
    // What stands in /etc/ecs on this machine is not the test's.
    for (const auto* file : {"/ecs.config", "/agent.yaml", "/credentials.yaml", "/host.yaml"})
        std::ofstream(directory_ + file).flush();
    environment_ = {{"PATH", environment_or("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")},
                    {"ECS_LOOP_WATCHDOG", "20ms"},
                    {"ECS_CREDENTIALS_FILE", credentials_file()},
                    {"ECS_HOST_FILE", host_file()},
                    {"ECS_DOCKER_PROXY", "true"},
                    {"ECS_DOCKER_PROXY_SOCKET", docker_socket()},
                    {"ECS_AUDIT_LOGFILE", audit_log()},
                    {"ECS_CONTAINER_STOP_TIMEOUT", "3s"},
                    {"ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1s"},
                    {"ASAN_OPTIONS", "detect_stack_use_after_return=0"}};
    const auto pinned = environment_or("ECS_TEST_DOCKER_API_VERSION", "");
    if (!pinned.empty())
        environment_["DOCKER_API_VERSION"] = pinned;
    const auto engine = environment_or("DOCKER_HOST", "");
    if (!engine.empty())
        environment_["DOCKER_HOST"] = engine;
}

Agent::~Agent() {
    if (running())
        kill9();
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
    fs::remove(log_file_, ignored);
}

Words Agent::words_for(const std::string& command) const {
    return {program_,       command,
            "--tasks-dir",  tasks_dir(),
            "--data-dir",   data_dir(),
            "--config",     directory_ + "/agent.yaml",
            "--ecs-config", directory_ + "/ecs.config"};
}

void Agent::launch() {
    if (running())
        throw std::logic_error("the agent runs already");
    // It must not outlive a test program that crashes. Not all that hands over sockets hands on variables.
    auto words = followed({"setpriv", "--pdeathsig", "KILL"}, entry_);
    words = followed(followed(followed(words, {"env"}), variables()), words_for("daemon"));
    std::vector<char*> arguments;
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    auto path = "PATH=" + environment_.at("PATH");
    const std::array<char*, 2> environment{path.data(), nullptr};

    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDERR_FILENO, log_file_.c_str(),
                                     O_WRONLY | O_CREAT | O_APPEND, 0644);
    posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
    const int failed =
        ::posix_spawnp(&pid_, arguments[0], &files, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        throw std::runtime_error("cannot start " + program_);
}

void Agent::start() {
    const auto before = log_lines({"Z info ready"}).size();
    launch();
    std::optional<int> ended;
    const bool is_ready = eventually(ready_limit, [&] {
        ended = wait_for_end(milliseconds(0));
        return ended || log_lines({"Z info ready"}).size() != before;
    });
    if (ended)
        throw std::runtime_error("the agent ended with " + std::to_string(*ended) + ":\n" + log());
    if (!is_ready)
        throw std::runtime_error("the agent is not ready in time:\n" + log());
}

std::optional<int> Agent::wait_for_end(milliseconds limit) {
    int status = 0;
    const auto ended = [&] { return ::waitpid(pid_, &status, WNOHANG) == pid_; };
    if (!(limit == milliseconds(0) ? ended() : eventually(limit, ended)))
        return std::nullopt;
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int Agent::stop() {
    signal(SIGTERM);
    const auto status = wait_for_end(end_limit);
    if (!status)
        throw std::runtime_error("the agent does not end after SIGTERM:\n" + log());
    return *status;
}

void Agent::kill9() {
    signal(SIGKILL);
    wait_for_end(end_limit);
}

void Agent::signal(int number) const {
    if (!running())
        throw std::logic_error("the agent does not run");
    ::kill(pid_, number);
}

Words Agent::variables() const {
    Words words;
    for (const auto& [name, value] : environment_)
        words.push_back(name + '=' + value);
    return words;
}

Outcome Agent::command(const std::string& name, const std::vector<std::string>& words) const {
    const auto all = followed(followed(entry_, {"env", "-i"}), variables());
    return run(followed(followed(all, words_for(name)), words), seconds(120));
}

void Agent::put_task(const std::string& file, const std::string& text) const {
    const auto aside = directory_ + "/aside";
    std::ofstream(aside) << text;
    fs::rename(aside, tasks_dir() + '/' + file);
}

void Agent::remove_task(const std::string& file) const {
    fs::remove(tasks_dir() + '/' + file);
}

void Agent::put_refused(int count) const {
    for (int number = 0; number < count; ++number)
        put_task("refused-" + std::to_string(number) + ".json", "{}");
}

std::string Agent::log() const {
    return read_all(log_file_);
}

std::vector<std::string> Agent::log_lines(const std::vector<std::string>& words) const {
    auto lines = lines_of(log());
    std::erase_if(lines, [&](const std::string& line) { return !has_all(line, words); });
    return lines;
}

bool Agent::logs(const std::vector<std::string>& words, milliseconds limit) const {
    return eventually(limit, [&] { return !log_lines(words).empty(); });
}

std::vector<std::string> Agent::complaints() const {
    std::vector<std::string> found;
    for (const auto& line : lines_of(log()))
        for (const auto* word : {"loop stalled", "AddressSanitizer", "LeakSanitizer",
                                 "runtime error:", "by a bug", "is a bug", "terminate called"})
            if (line.find(word) != std::string::npos)
                found.push_back(line);
    return found;
}

} // namespace integration
