#include "base/process.hpp"

#include "tests/fakes/temporary_folder.hpp"

#include <dlfcn.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>

/// What the C library's says for want of memory, when a test wants it: 0 leaves it as it is.
int refusal_to_connect = 0;

/// Takes the place of the C library's.
extern "C" int posix_spawn_file_actions_adddup2(posix_spawn_file_actions_t* actions, int from,
                                                int to) noexcept {
    if (refusal_to_connect != 0)
        return refusal_to_connect;
    static const auto real = reinterpret_cast<decltype(&posix_spawn_file_actions_adddup2)>(
        ::dlsym(RTLD_NEXT, "posix_spawn_file_actions_adddup2"));
    return real(actions, from, to);
}

namespace base {
namespace {

using namespace std::chrono_literals;

Result<Ending> run_script(const std::string& script, std::chrono::milliseconds limit = 10s) {
    Program program;
    program.path = "/bin/sh";
    program.arguments = {"-c", script};
    program.environment = {"PATH=/usr/bin:/bin", "GREETING=hello"};
    program.input = "one\ntwo\n";
    program.limit = limit;
    return run_program(program);
}

TEST(RunProgram, GivesInputAndEnvironmentAndTakesBothOutputs) {
    const auto ended = run_script("cat; echo $GREETING >&2; exit 3");
    ASSERT_TRUE(ended) << ended.error().what();
    EXPECT_EQ(ended->status, 3);
    EXPECT_EQ(ended->out, "one\ntwo\n");
    EXPECT_EQ(ended->err, "hello\n");
    EXPECT_TRUE(ended->complete);
    EXPECT_EQ(run_script("kill -TERM $$")->status, 128 + SIGTERM);
    EXPECT_EQ(run_script("env | grep -c HOME")->out, "0\n") << "nothing of ours is handed on";
}

TEST(RunProgram, HandsOnNoDescriptorWhateverItsFlags) {
    const Fd open(::open("/dev/null", O_RDONLY));
    ASSERT_GE(open.get(), 3);
    // The last of these is the listing's own.
    EXPECT_EQ(run_script("ls /proc/self/fd | tr '\\n' ' '")->out, "0 1 2 3 ");
}

TEST(RunProgram, TakesNoMoreThanItsLimitAndLetsTheProgramFinish) {
    const auto ended = run_script("head -c 300000 /dev/zero; echo end >&2");
    ASSERT_TRUE(ended) << ended.error().what();
    EXPECT_EQ(ended->out.size(), 4096U);
    EXPECT_EQ(ended->err, "end\n");
    EXPECT_FALSE(ended->complete);
}

TEST(RunProgram, KillsWhatTakesTooLongWithItsChildren) {
    const auto start = std::chrono::steady_clock::now();
    // Nobody else on this machine sleeps for exactly so long.
    const auto nap = "sleep 120.000" + std::to_string(::getpid());
    // Both say MARKER: nothing of it may be in the error.
    const auto ended = run_script("echo MARKER; " + nap + " & echo $!; wait", 300ms);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), Errc::timeout);
    EXPECT_EQ(ended.error().what(), "/bin/sh did not end within 300 ms and was killed");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    // What is killed takes a moment to be gone on a busy machine.
    std::string left;
    for (int i = 0; i < 100 && left != "0\n"; ++i)
        left = run_script("sleep 0.05; pgrep -fx '" + nap + "' | wc -l")->out;
    EXPECT_EQ(left, "0\n");
}

TEST(RunProgram, KillsWhatWritesForEver) {
    EXPECT_EQ(run_script("yes", 300ms).error().code(), Errc::timeout);
}

TEST(RunProgram, DoesNotWaitForWhatAProgramLeavesBehind) {
    const auto start = std::chrono::steady_clock::now();
    const auto ended = run_script("sleep 3 & echo started");
    ASSERT_TRUE(ended) << ended.error().what();
    EXPECT_EQ(ended->out, "started\n");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 2s);
}

TEST(RunProgram, SaysWhatCannotBeStarted) {
    Program program;
    program.path = "/nowhere/program";
    const auto none = run_program(program);
    EXPECT_EQ(none.error().code(), Errc::not_found);
    EXPECT_EQ(none.error().what(), "start /nowhere/program: No such file or directory");
    program.path = "/etc";
    EXPECT_EQ(run_program(program).error().code(), Errc::permission);
}

// Its output would go to our own otherwise, and what it says may be a secret.
TEST(RunProgram, IsNotStartedWhereItsOutputsCannotBeConnected) {
    refusal_to_connect = ENOMEM;
    const auto ended = run_script("echo started");
    refusal_to_connect = 0;
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), Errc::io);
    EXPECT_EQ(ended.error().what(), "prepare the start of /bin/sh: Cannot allocate memory");
}

class FindProgram : public testing::Test {
protected:
    /// A file that may be run, or not.
    void make(const std::string& name, mode_t mode = 0755) const {
        folder.write(name, "#!/bin/sh\n");
        ASSERT_EQ(::chmod(folder.path(name).c_str(), mode), 0);
    }
    /// "" for none.
    static std::string found(const std::string& name, const std::string& search_path) {
        const auto path = find_program(name, search_path);
        if (path)
            return *path;
        EXPECT_EQ(path.error().code(), Errc::not_found);
        EXPECT_EQ(path.error().what(), name + " is not in PATH");
        return {};
    }

    fakes::TemporaryFolder folder;
    const std::string one = folder.path("one");
    const std::string two = folder.path("two");
};

TEST_F(FindProgram, IsTheFirstThatMayBeRun) {
    make("one/other");
    make("one/late", 0644);
    make("two/late");
    make("two/other");
    EXPECT_EQ(found("other", one + ':' + two), one + "/other");
    EXPECT_EQ(found("other", two + ':' + one), two + "/other");
    EXPECT_EQ(found("late", one + ':' + two), two + "/late");
    EXPECT_EQ(found("late", one), "");
    EXPECT_EQ(found("nobody", one + ':' + two + ":/nowhere"), "");
}

TEST_F(FindProgram, TakesAnAbsolutePathAsItIs) {
    EXPECT_EQ(found("/nowhere/program", one), "/nowhere/program");
}

TEST_F(FindProgram, SearchesInAbsoluteFoldersOnly) {
    make("one/program");
    const auto before = std::filesystem::current_path();
    std::filesystem::current_path(folder.path());
    for (const auto* path : {"one", "./one", ".", ":", "::", "one:", ":one:"})
        EXPECT_EQ(found("program", path), "") << path;
    EXPECT_EQ(found("program", "one::./one:" + one + ':'), one + "/program");
    std::filesystem::current_path(one);
    EXPECT_EQ(found("program", ":"), "") << "an empty one is not the folder that we are in";
    std::filesystem::current_path(before);
}

TEST_F(FindProgram, LooksInTheUsualFoldersWhereNoneAreSaid) {
    const auto shell = found("sh", "");
    EXPECT_TRUE(shell == "/bin/sh" || shell == "/usr/bin/sh") << shell;
}

TEST_F(FindProgram, NameIsNoPathFromOneOfTheFolders) {
    make("one/deep/program");
    EXPECT_EQ(found("deep/program", one), "");
    EXPECT_EQ(found("../one/deep/program", one), "");
}

TEST_F(FindProgram, PassesOverAFolderOfThatName) {
    std::filesystem::create_directories(folder.path("one/program"));
    make("two/program");
    EXPECT_EQ(found("program", one + ':' + two), two + "/program");
    EXPECT_EQ(found("program", one), "");
    EXPECT_EQ(found("", one), "") << "a folder itself";
}

} // namespace
} // namespace base
