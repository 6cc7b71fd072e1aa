#include "base/process.hpp"

#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>

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

TEST(RunProgram, TakesNoMoreThanItsLimitAndLetsTheProgramFinish) {
    const auto ended = run_script("head -c 300000 /dev/zero; echo end >&2");
    ASSERT_TRUE(ended) << ended.error().what();
    EXPECT_EQ(ended->out.size(), 4096U);
    EXPECT_EQ(ended->err, "end\n");
    EXPECT_FALSE(ended->complete);
}

TEST(RunProgram, KillsWhatTakesTooLongWithItsChildren) {
    const auto start = std::chrono::steady_clock::now();
    // Both say MARKER: nothing of it may be in the error.
    const auto ended = run_script("echo MARKER; sleep 120 & echo $!; wait", 300ms);
    ASSERT_FALSE(ended);
    EXPECT_EQ(ended.error().code(), Errc::timeout);
    EXPECT_EQ(ended.error().what(), "/bin/sh did not end within 300 ms and was killed");
    EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
    EXPECT_EQ(run_script("pgrep -fx 'sleep 120' | wc -l")->out, "0\n");
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

} // namespace
} // namespace base
