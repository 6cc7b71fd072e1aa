#include "packaging/pause/pause_program.hpp"

#include "base/fd_linux.hpp"
#include "base/files.hpp"

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace packaging {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

/// The program in memory, ready to be executed.
base::Fd program_file() {
    base::Fd file(::memfd_create("pause", MFD_CLOEXEC));
    const auto program = pause_program();
    EXPECT_EQ(::write(file.get(), program.data(), program.size()),
              static_cast<ssize_t>(program.size()));
    return file;
}

[[noreturn]] void become_pause(const base::Fd& file) {
    std::array<char, 6> name{"pause"};
    std::array<char*, 2> arguments{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    ::fexecve(file.get(), arguments.data(), environment.data());
    ::_exit(127);
}

/// Asks the kernel until the condition holds; false after thirty seconds.
template <class Condition>
bool eventually(Condition holds) {
    for (const auto end = Clock::now() + 30s; Clock::now() < end; std::this_thread::sleep_for(2ms))
        if (holds())
            return true;
    return false;
}

bool is_pause(pid_t process) {
    std::string name;
    std::ifstream("/proc/" + std::to_string(process) + "/cmdline") >> name;
    return name.starts_with("pause");
}

/// Pids of the living and dead children that the process has not waited for.
std::string children_of(pid_t process) {
    const auto id = std::to_string(process);
    std::string text;
    std::getline(std::ifstream("/proc/" + id + "/task/" + id + "/children"), text);
    return text;
}

std::optional<int> wait_status(pid_t process) {
    int status = 0;
    if (!eventually([&] { return ::waitpid(process, &status, WNOHANG) == process; })) {
        ::kill(process, SIGKILL);
        ::waitpid(process, &status, 0);
        return std::nullopt;
    }
    return status;
}

class PauseEndsOn : public testing::TestWithParam<int> {};

TEST_P(PauseEndsOn, AtOnceWithZero) {
    const auto file = program_file();
    const pid_t process = ::fork();
    if (process == 0)
        become_pause(file);
    ASSERT_TRUE(eventually([&] { return is_pause(process); }));
    std::this_thread::sleep_for(20ms);
    EXPECT_EQ(::waitpid(process, nullptr, WNOHANG), 0) << "it must wait until it is asked to end";
    const auto asked = Clock::now();
    ::kill(process, GetParam());
    const auto status = wait_status(process);
    ASSERT_TRUE(status);
    EXPECT_TRUE(WIFEXITED(*status));
    EXPECT_EQ(WEXITSTATUS(*status), 0);
    EXPECT_LT(Clock::now() - asked, 2s);
}

INSTANTIATE_TEST_SUITE_P(Signal, PauseEndsOn, testing::Values(SIGTERM, SIGINT));

TEST(PauseProgram, ReapsItsChildrenAndTheOrphansThatItIsGiven) {
    const auto file = program_file();
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
    const base::Fd reading(ends[0]);
    base::Fd writing(ends[1]);
    const pid_t process = ::fork();
    if (process == 0) {
        // As PID 1 of a container would: what is orphaned below becomes this process's child.
        ::prctl(PR_SET_CHILD_SUBREAPER, 1);
        if (::fork() == 0) {
            if (::fork() == 0) {
                writing.reset();
                char nothing = 0;
                ::_exit(::read(reading.get(), &nothing, 1) == 0 ? 0 : 1);
            }
            ::_exit(3);
        }
        become_pause(file);
    }
    ASSERT_TRUE(eventually([&] { return is_pause(process); }));
    EXPECT_FALSE(children_of(process).empty()) << "the orphan waits for the pipe to be closed";
    writing.reset();
    EXPECT_TRUE(eventually([&] { return children_of(process).empty(); })) << children_of(process);
    EXPECT_EQ(::waitpid(process, nullptr, WNOHANG), 0) << "dead children must not end it";
    ::kill(process, SIGTERM);
    EXPECT_EQ(wait_status(process), 0);
}

TEST(PauseProgram, IsSmallStaticAndHasNoWritableCode) {
    const auto program = pause_program();
    ASSERT_GT(program.size(), sizeof(Elf64_Ehdr));
    EXPECT_LT(program.size(), 16U * 1024);
    Elf64_Ehdr header{};
    std::memcpy(&header, program.data(), sizeof(header));
    ASSERT_EQ(std::memcmp(&header.e_ident[0], ELFMAG, SELFMAG), 0);
    int loaded = 0;
    for (unsigned i = 0; i < header.e_phnum; ++i) {
        Elf64_Phdr segment{};
        const auto offset = header.e_phoff + i * sizeof(segment);
        ASSERT_LE(offset + sizeof(segment), program.size());
        std::memcpy(&segment, program.data() + offset, sizeof(segment));
        EXPECT_NE(segment.p_type, static_cast<unsigned>(PT_DYNAMIC));
        EXPECT_NE(segment.p_type, static_cast<unsigned>(PT_INTERP));
        EXPECT_FALSE((segment.p_flags & PF_W) != 0 && (segment.p_flags & PF_X) != 0);
        loaded += segment.p_type == PT_LOAD ? 1 : 0;
    }
    EXPECT_GE(loaded, 1);
}

TEST(PauseProgram, DigestIsSixteenHexDigits) {
    EXPECT_EQ(pause_digest().size(), 16U);
    EXPECT_EQ(pause_digest().find_first_not_of("0123456789abcdef"), std::string::npos);
    EXPECT_EQ(pause_digest(), pause_digest());
}

std::string output_of(const std::string& command) {
    std::string output;
    FILE* pipe = ::popen(command.c_str(), "r");
    if (pipe == nullptr)
        return "popen failed";
    std::array<char, 4096> buffer{};
    for (std::size_t n = 0; (n = std::fread(buffer.data(), 1, buffer.size(), pipe)) > 0;)
        output.append(buffer.data(), n);
    ::pclose(pipe);
    return output;
}

TEST(PauseProgram, TarIsReadByTar) {
    const auto archive = pause_tar();
    EXPECT_EQ(archive.size() % 512, 0U);
    const auto path = testing::TempDir() + "pause_program_test_" + std::to_string(::getpid());
    ASSERT_TRUE(base::write_file_atomically(path, archive, 0600));
    const auto listing = output_of("TZ=UTC tar --numeric-owner -tvf " + path + " 2>&1");
    EXPECT_TRUE(listing.starts_with("-rwxr-xr-x 0/0 ")) << listing;
    EXPECT_TRUE(listing.ends_with(" 1970-01-01 00:00 pause\n")) << listing;
    const auto program = pause_program();
    EXPECT_TRUE(output_of("tar -xOf " + path + " pause") ==
                std::string(reinterpret_cast<const char*>(program.data()), program.size()));
    std::remove(path.c_str());
}

} // namespace
} // namespace packaging
