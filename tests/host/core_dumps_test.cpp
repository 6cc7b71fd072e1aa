#include "agent/host/core_dumps.hpp"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace agent::host {
namespace {

/// What is asked in a process of its own, which ends with the answer. The test's own stays as it is: leak
/// detection looks into it from another one, which is no longer possible where no core may be made.
template <class Question>
int answer_apart(Question question) {
    const auto child = ::fork();
    if (child == 0)
        ::_exit(question());
    int status = 0;
    EXPECT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status)) << status;
    return WEXITSTATUS(status);
}

int dumpable() {
    return ::prctl(PR_GET_DUMPABLE);
}

TEST(CoreDumps, AreNotMadeOnceTheyAreForbidden) {
    const int before = dumpable();
    ASSERT_EQ(before, 1) << "no core would be made of this test either";
    EXPECT_EQ(answer_apart(dumpable), 1);
    EXPECT_EQ(answer_apart([] { return forbid_core_dumps() ? dumpable() : 99; }), 0);
    EXPECT_EQ(answer_apart([] {
                  const bool twice = forbid_core_dumps() && forbid_core_dumps();
                  return twice ? dumpable() : 99;
              }),
              0);
    EXPECT_EQ(dumpable(), before) << "of the process that asked only";
}

} // namespace
} // namespace agent::host
