#include "base/process.hpp"

#include "base/fd_linux.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

namespace base {

namespace {

using Clock = std::chrono::steady_clock;

bool is_program(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
           ::access(path.c_str(), X_OK) == 0;
}

constexpr std::string_view usual_folders =
    "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// The input as a file in memory: unlike a pipe it can neither fill up nor break.
Result<Fd> input_file(std::string_view input) {
    Fd file(::memfd_create("program-input", MFD_CLOEXEC));
    if (!file)
        return from_errno("make a file in memory");
    if (::write(file.get(), input.data(), input.size()) != std::ssize(input) ||
        ::lseek(file.get(), 0, SEEK_SET) != 0)
        return from_errno("write a file in memory");
    return file;
}

struct Pipe {
    Fd out;
    Fd in;
};

/// Reading it never blocks.
Result<Pipe> make_pipe() {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return from_errno("make a pipe");
    Pipe made{Fd(ends[0]), Fd(ends[1])};
    if (::fcntl(made.out.get(), F_SETFL, O_NONBLOCK) != 0)
        return from_errno("make a pipe");
    return made;
}

/// As posix_spawn wants it: pointers, and a null at the end.
std::vector<char*> pointers(std::vector<std::string>& words) {
    std::vector<char*> all;
    for (auto& word : words)
        all.push_back(word.data());
    all.push_back(nullptr);
    return all;
}

/// What a start is told: the first of its settings that cannot be made is its failure.
class StartSettings {
public:
    StartSettings() {
        note(::posix_spawn_file_actions_init(&files_));
        note(::posix_spawnattr_init(&attributes_));
    }
    ~StartSettings() {
        ::posix_spawn_file_actions_destroy(&files_);
        ::posix_spawnattr_destroy(&attributes_);
    }
    StartSettings(const StartSettings&) = delete;
    StartSettings& operator=(const StartSettings&) = delete;

    void connect(int from, int to) { note(::posix_spawn_file_actions_adddup2(&files_, from, to)); }
    /// Nothing else of ours is open in it. A flag at each descriptor would come too late for one that another
    /// thread has just been given: a connection that a program keeps never ends for who is at its other end.
    void close_all_from(int first) {
        note(::posix_spawn_file_actions_addclosefrom_np(&files_, first));
    }
    /// The leader of a process group of its own, with no signal blocked or ignored.
    void lead_own_group() {
        sigset_t signals;
        sigemptyset(&signals);
        note(::posix_spawnattr_setsigmask(&attributes_, &signals));
        sigaddset(&signals, SIGPIPE);
        note(::posix_spawnattr_setsigdefault(&attributes_, &signals));
        note(::posix_spawnattr_setpgroup(&attributes_, 0));
        note(::posix_spawnattr_setflags(
            &attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
    }

    /// An errno value, 0 for none.
    int failure() const { return failure_; }
    const posix_spawn_file_actions_t* files() const { return &files_; }
    const posix_spawnattr_t* attributes() const { return &attributes_; }

private:
    void note(int failed) {
        if (failure_ == 0)
            failure_ = failed;
    }

    posix_spawn_file_actions_t files_{};
    posix_spawnattr_t attributes_{};
    int failure_ = 0;
};

Result<pid_t> spawn(const Program& program, int input, int out, int err) {
    StartSettings settings;
    settings.connect(input, STDIN_FILENO);
    settings.connect(out, STDOUT_FILENO);
    settings.connect(err, STDERR_FILENO);
    settings.close_all_from(STDERR_FILENO + 1);
    settings.lead_own_group();
    // A program that had not all of them would write where it must not, or outlive its time.
    if (settings.failure() != 0)
        return from_errno("prepare the start of " + program.path, settings.failure());

    auto words = program.arguments;
    words.insert(words.begin(), program.path);
    auto variables = program.environment;
    pid_t child = -1;
    const auto failed =
        ::posix_spawn(&child, program.path.c_str(), settings.files(), settings.attributes(),
                      pointers(words).data(), pointers(variables).data());
    if (failed != 0)
        return from_errno("start " + program.path, failed);
    return child;
}

/// One of the two outputs while it is read.
struct Output {
    Fd pipe;
    std::string& text;
    bool& complete;
    std::size_t limit;

    /// Takes what is there now; false when there will be no more. What is over the limit is read
    /// as well, so that the program does not wait for us, and thrown away.
    bool read_available() {
        std::array<char, 4096> buffer;
        for (;;) {
            const auto count = ::read(pipe.get(), buffer.data(), buffer.size());
            if (count < 0)
                return errno == EAGAIN || errno == EINTR;
            if (count == 0)
                return false;
            const auto kept = std::min(static_cast<std::size_t>(count), limit - text.size());
            text.append(buffer.data(), kept);
            complete = complete && kept == static_cast<std::size_t>(count);
            if (kept == 0)
                return true; // who writes for ever is ended by the time limit
        }
    }
};

/// Reads both outputs until the program has ended; false when the time is up.
bool wait_for_end(const Fd& process, std::array<Output, 2>& outputs, Clock::time_point deadline) {
    std::array<pollfd, 3> watched{pollfd{process.get(), POLLIN, 0},
                                  {outputs[0].pipe.get(), POLLIN, 0},
                                  {outputs[1].pipe.get(), POLLIN, 0}};
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0)
            return false;
        if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0) {
            if (errno != EINTR)
                return false;
            continue;
        }
        for (std::size_t i = 0; i < outputs.size(); ++i)
            if (watched[i + 1].revents != 0 && !outputs[i].read_available())
                watched[i + 1].fd = -1;
        if (watched[0].revents == 0)
            continue;
        // What was written before the end; not what a grandchild may still write.
        for (auto& output : outputs)
            output.read_available();
        return true;
    }
}

} // namespace

Result<std::string> find_program(const std::string& name, const std::string& search_path) {
    if (name.starts_with('/'))
        return name;
    std::string_view rest = search_path.empty() ? usual_folders : std::string_view(search_path);
    while (!rest.empty() && name.find('/') == std::string::npos) {
        const auto folder = rest.substr(0, rest.find(':'));
        rest.remove_prefix(std::min(folder.size() + 1, rest.size()));
        auto path = std::string(folder) + "/" + name;
        if (folder.starts_with('/') && is_program(path))
            return path;
    }
    return Error(Errc::not_found, name + " is not in PATH");
}

Result<Ending> run_program(const Program& program) {
    TRY(const auto file, input_file(program.input));
    TRY(auto out, make_pipe());
    TRY(auto err, make_pipe());
    const auto deadline = Clock::now() + program.limit;
    TRY(const auto child, spawn(program, file.get(), out.in.get(), err.in.get()));
    out.in.reset();
    err.in.reset();

    const Fd process(static_cast<int>(::syscall(SYS_pidfd_open, child, 0)));
    const int watch_error = errno;
    Ending ending;
    std::array<Output, 2> outputs{
        {{std::move(out.out), ending.out, ending.complete, program.max_output},
         {std::move(err.out), ending.err, ending.complete, program.max_output}}};
    const bool in_time = process && wait_for_end(process, outputs, deadline);
    if (!in_time)
        ::kill(-child, SIGKILL);
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!process)
        return from_errno("watch " + program.path, watch_error);
    if (!in_time)
        return Error(Errc::timeout, program.path + " did not end within " +
                                        std::to_string(program.limit.count()) +
                                        " ms and was killed");
    ending.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return ending;
}

} // namespace base
