#include "agent/network/nft_program.hpp"

#include "base/fd.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string>
#include <utility>

namespace agent::network {

namespace {

using Clock = std::chrono::steady_clock;

constexpr auto run_limit = std::chrono::seconds(5);
constexpr std::size_t max_words = 4096; ///< of what nft says on standard error

/// The input as a file in memory: unlike a pipe it can neither fill up nor break.
base::Result<base::Fd> input_file(std::string_view input) {
    base::Fd file(::memfd_create("nft-input", MFD_CLOEXEC));
    if (!file)
        return base::from_errno("make a file in memory");
    if (::write(file.get(), input.data(), input.size()) != std::ssize(input) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0)
        return base::from_errno("write a file in memory");
    return file;
}

base::Result<pid_t> spawn(const std::string& program, int input, int errors) {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);

    std::array<std::string, 3> words{"nft", "-f", "-"};
    std::array<char*, 4> arguments{words[0].data(), words[1].data(), words[2].data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    pid_t child = -1;
    const auto failed = ::posix_spawn(&child, program.c_str(), &files, &attributes,
                                      arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    if (failed != 0)
        return base::from_errno("start " + program, failed);
    return child;
}

/// Reads what nft says until it has ended; false when the time is up.
bool wait_for_end(const base::Fd& process, const base::Fd& errors, std::string& words) {
    const auto deadline = Clock::now() + run_limit;
    std::array<pollfd, 2> watched{pollfd{process.get(), POLLIN, 0}, {errors.get(), POLLIN, 0}};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0)
            return false;
        if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0 &&
            errno != EINTR)
            return false;
        if (watched[1].revents != 0) {
            std::array<char, 1024> buffer;
            const auto count = ::read(errors.get(), buffer.data(), buffer.size());
            if (count > 0)
                words.append(buffer.data(), static_cast<std::size_t>(count));
            if (count > 0 && words.size() < max_words)
                continue;
            watched[1].fd = -1;
            watched[1].revents = 0;
        }
        if (watched[0].revents != 0)
            return true;
    }
}

/// One line of it for the log.
std::string one_line(std::string words) {
    words.resize(std::min(words.size(), max_words));
    while (!words.empty() && words.back() == '\n')
        words.pop_back();
    for (auto& c : words)
        if (c == '\n')
            c = ' ';
    return words;
}

} // namespace

base::Result<std::string> find_nft_program() {
    for (const auto* path : {"/usr/sbin/nft", "/usr/bin/nft", "/sbin/nft", "/usr/local/sbin/nft"})
        if (::access(path, X_OK) == 0)
            return std::string(path);
    return base::Error(base::Errc::not_found,
                       "the nft program is not installed (package nftables)");
}

base::Result<> run_nft(std::string_view input) {
    TRY(const auto program, find_nft_program());
    TRY(auto file, input_file(input));
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return base::from_errno("make a pipe");
    const base::Fd errors(ends[0]);
    base::Fd errors_in(ends[1]);
    TRY(const auto child, spawn(program, file.get(), errors_in.get()));
    errors_in.reset();

    const base::Fd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    std::string words;
    const auto in_time = process && wait_for_end(process, errors, words);
    if (!in_time)
        ::kill(child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!in_time)
        return base::Error(base::Errc::timeout, "nft did not end within 5 s and was killed");
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        return base::Error(base::Errc::io, "nft: " + one_line(std::move(words)));
    return {};
}

} // namespace agent::network
