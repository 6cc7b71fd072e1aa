#include "tests/integration/support/command.hpp"

#include "base/fd_linux.hpp"
#include "tests/pace.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <sstream>
#include <stdexcept>

extern char** environ;

namespace integration {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    base::Fd out;
    base::Fd in;
};

Pipe make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        throw std::runtime_error("no pipe");
    return {base::Fd(ends[0]), base::Fd(ends[1])};
}

std::string joined(const Words& words) {
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

pid_t spawn(const Words& words, int out, int err) {
    std::vector<char*> arguments;
    for (const auto& word : words)
        arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
    pid_t child = -1;
    const int failed =
        ::posix_spawnp(&child, arguments[0], &files, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&files);
    if (failed != 0)
        throw std::runtime_error("cannot start " + words[0]);
    return child;
}

/// Both pipes until their ends; false when the time is up.
bool collect(const Pipe& out, const Pipe& err, Outcome& outcome, Clock::time_point end) {
    std::array<pollfd, 2> watched{pollfd{out.out.get(), POLLIN, 0}, {err.out.get(), POLLIN, 0}};
    const std::array<std::string*, 2> texts{&outcome.out, &outcome.err};
    while (watched[0].fd >= 0 || watched[1].fd >= 0) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(end - Clock::now());
        if (left.count() <= 0)
            return false;
        ::poll(watched.data(), watched.size(), static_cast<int>(left.count()));
        for (std::size_t i = 0; i < watched.size(); ++i) {
            if (watched[i].fd < 0 || watched[i].revents == 0)
                continue;
            std::array<char, 65536> buffer;
            const auto count = ::read(watched[i].fd, buffer.data(), buffer.size());
            if (count > 0)
                texts[i]->append(buffer.data(), static_cast<std::size_t>(count));
            else
                watched[i].fd = -1;
        }
    }
    return true;
}

void trim_end(std::string& text) {
    while (!text.empty() && text.back() == '\n')
        text.pop_back();
}

} // namespace

Words followed(Words words, const Words& by) {
    words.insert(words.end(), by.begin(), by.end());
    return words;
}

Outcome run(const Words& words, std::chrono::seconds limit) {
    Outcome outcome;
    auto out = make_pipe();
    auto err = make_pipe();
    const auto child = spawn(words, out.in.get(), err.in.get());
    out.in.reset();
    err.in.reset();
    const auto begun = Clock::now();
    const bool in_time = collect(out, err, outcome, begun + limit) ||
                         collect(out, err, outcome, begun + tests::at_this_pace(limit));
    if (!in_time)
        ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    if (!in_time)
        throw std::runtime_error("took too long: " + joined(words) + ": " + outcome.err);
    outcome.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    trim_end(outcome.out);
    trim_end(outcome.err);
    return outcome;
}

pid_t start_program(const Words& words, const std::string& log) {
    const base::Fd file(::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    if (!file)
        throw std::runtime_error("cannot write " + log);
    return spawn(words, file.get(), file.get());
}

std::string must(const Words& words, std::chrono::seconds limit) {
    auto outcome = run(words, limit);
    if (outcome.status != 0)
        throw std::runtime_error(joined(words) + " ended with " + std::to_string(outcome.status) +
                                 ": " + outcome.err + outcome.out);
    return std::move(outcome.out);
}

std::string shell(const std::string& script) {
    return must({"sh", "-ec", script});
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        if (!line.empty())
            lines.push_back(line);
    return lines;
}

} // namespace integration
