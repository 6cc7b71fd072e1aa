// The audit log's file: what stands in it, who may read it, how it is rotated, and what happens where
// it cannot be written.

#include "agent/serving/audit_log_file.hpp"

#include "base/fd_linux.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <thread>

namespace agent::serving {
namespace {

using namespace std::chrono_literals;
using Level = base::log::Level;

constexpr std::string_view cannot_write = "cannot write the audit log; lines are lost";

unsigned mode_of(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(::stat(path.c_str(), &found), 0) << path;
    return found.st_mode & 07777U;
}

class AuditLogFileTest : public testing::Test {
protected:
    // What it says on standard output as well is no matter of the test program's own.
    AuditLogFileTest() { testing::internal::CaptureStdout(); }
    ~AuditLogFileTest() override {
        if (capturing_)
            testing::internal::GetCapturedStdout();
    }

    static model::Instance instance() {
        model::Instance host;
        host.scope = {"us-west-2", "1", "default"};
        host.container_instance_arn = "arn:instance";
        return host;
    }
    void open(const std::string& file) { open_path(folder.path(file)); }
    void open_path(const std::string& path) { audit.emplace(loop.executor(), path, world); }
    void write(std::string_view path, std::string_view user_agent = "curl") {
        handlers::AuditEntry entry;
        entry.status = 400;
        entry.peer = {"169.254.172.2", 40112};
        entry.path = path;
        entry.user_agent = user_agent;
        audit->write(entry);
    }
    /// Somebody of the task asks too often.
    void refuse(std::string_view task, std::string_view path) {
        handlers::AuditEntry entry;
        entry.status = 429;
        entry.peer = {"169.254.172.2", 40112};
        entry.path = path;
        entry.user_agent = "curl";
        entry.refused_task = task;
        audit->write(entry);
    }
    /// Ends it: what was written is in the file then. What was said on standard output.
    std::string end() {
        audit.reset();
        capturing_ = false;
        return testing::internal::GetCapturedStdout();
    }
    /// What write() makes of a path, after the time.
    static std::string line(const std::string& path, const std::string& user_agent = "curl") {
        return " 400 169.254.172.2:40112 \"" + path + "\" \"" + user_agent + "\" - \n";
    }
    /// What refuse() makes of it, with so many before it that had no line.
    static std::string refused(const std::string& path, const std::string& count = "") {
        return " 429 169.254.172.2:40112 \"" + path + "\" \"curl\" - " + count + "\n";
    }
    /// Without the times, which are as long in each line.
    static std::string without_times(std::string_view text) {
        constexpr std::size_t length = std::string_view("2024-01-02T03:04:05Z").size();
        std::string rest;
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size() - 1);
            EXPECT_GT(end, length) << text;
            EXPECT_TRUE(base::parse_rfc3339(text.substr(0, length)));
            rest += text.substr(length, end + 1 - length);
            text.remove_prefix(end + 1);
        }
        return rest;
    }
    std::string in_file(const std::string& file = "audit.log") const {
        return without_times(folder.read(file));
    }
    template <class Holds>
    static bool becomes(Holds holds) {
        for (int i = 0; i < 1000 && !holds(); ++i)
            std::this_thread::sleep_for(10ms);
        return holds();
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    model::World world{instance()};
    std::optional<AuditLogFile> audit;

private:
    bool capturing_ = true;
};

TEST_F(AuditLogFileTest, HasTheLinesInOrderAndStandardOutputHasThemToo) {
    open("audit.log");
    write("/v1/credentials");
    write("/v2/credentials", "a {} %v \"agent\"");
    const auto said = end();
    EXPECT_EQ(in_file(), line("/v1/credentials") + line("/v2/credentials", "a {} %v \"agent\""));
    EXPECT_EQ(said, folder.read("audit.log"));
    EXPECT_EQ(log.all(), "");
}

TEST_F(AuditLogFileTest, NamesThisHost) {
    open("audit.log");
    handlers::AuditEntry entry;
    entry.status = 200;
    entry.peer = {"10.0.0.1", 1};
    entry.path = "/v2/credentials";
    entry.given = handlers::AuditEntry::Given{"arn:task", handlers::CredentialsRole::execution};
    audit->write(entry);
    end();
    EXPECT_EQ(in_file(), " 200 10.0.0.1:1 \"/v2/credentials\" \"\" arn:task "
                         "GetCredentialsExecutionRole 2 default arn:instance\n");
}

TEST_F(AuditLogFileTest, IsNotMadeBeforeThereIsALine) {
    open("audit.log");
    end();
    EXPECT_FALSE(std::filesystem::exists(folder.path("audit.log")));
}

TEST_F(AuditLogFileTest, HasTheLinesWhileItIsOpen) {
    open("audit.log");
    write("/v2/credentials");
    EXPECT_TRUE(becomes([&] { return !folder.read("audit.log").empty(); }));
}

TEST_F(AuditLogFileTest, IsReadByItsOwnersGroupAndNobodyElse) {
    for (const mode_t mask : {0000U, 0022U, 0077U}) {
        const auto file = "audit-" + std::to_string(mask) + ".log";
        const auto before = ::umask(mask);
        open(file);
        write("/v2/credentials");
        audit.reset();
        ::umask(before);
        EXPECT_EQ(mode_of(folder.path(file)), 0640U) << mask;
    }
}

TEST_F(AuditLogFileTest, GoesOnInTheFileOfBeforeAndLeavesItsModeAlone) {
    folder.write("audit.log", "an older line\n");
    ASSERT_EQ(::chmod(folder.path("audit.log").c_str(), 0604), 0);
    open("audit.log");
    write("/v2/credentials");
    end();
    const auto text = folder.read("audit.log");
    ASSERT_TRUE(text.starts_with("an older line\n")) << text;
    EXPECT_EQ(without_times(text.substr(text.find('\n') + 1)), line("/v2/credentials"));
    EXPECT_EQ(mode_of(folder.path("audit.log")), 0604U) << "somebody has wanted it so";
}

TEST_F(AuditLogFileTest, FoldersThatAreMissingAreMade) {
    open("var/log/ecs/audit.log");
    write("/v2/credentials");
    end();
    EXPECT_EQ(in_file("var/log/ecs/audit.log"), line("/v2/credentials"));
    EXPECT_EQ(log.all(), "");
}

TEST_F(AuditLogFileTest, TurnsToANewFileBeforeFiveMegabytes) {
    open("audit.log");
    const std::string large(1'000'000, 'x');
    for (int i = 0; i < 5; ++i)
        write(std::to_string(i) + large);
    end();
    EXPECT_EQ(in_file(), line("4" + large));
    EXPECT_EQ(in_file("audit.1.log"),
              line("0" + large) + line("1" + large) + line("2" + large) + line("3" + large));
    EXPECT_EQ(mode_of(folder.path("audit.log")), 0640U);
    EXPECT_EQ(mode_of(folder.path("audit.1.log")), 0640U);
    EXPECT_FALSE(std::filesystem::exists(folder.path("audit.2.log")));
    EXPECT_EQ(log.all(), "");
}

TEST_F(AuditLogFileTest, KeepsTwentyFourFilesBesidesTheOneThatGrows) {
    for (int i = 1; i <= 24; ++i)
        folder.write("audit." + std::to_string(i) + ".log", "file " + std::to_string(i));
    folder.write("audit.log", std::string(4'999'990, 'x'));
    open("audit.log");
    write("/v2/credentials");
    end();
    EXPECT_EQ(in_file(), line("/v2/credentials"));
    EXPECT_EQ(folder.read("audit.1.log").size(), 4'999'990U);
    for (int i = 2; i <= 24; ++i)
        EXPECT_EQ(folder.read("audit." + std::to_string(i) + ".log"),
                  "file " + std::to_string(i - 1));
    EXPECT_FALSE(std::filesystem::exists(folder.path("audit.25.log")));
    EXPECT_EQ(log.all(), "");
}

TEST_F(AuditLogFileTest, FullDiskLosesLinesAndSaysSoOnce) {
    const auto before = mode_of("/dev/full");
    open_path("/dev/full");
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 3; ++i)
        write("/v2/credentials");
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 1s) << "nobody waits for the disk";
    const auto said = end();
    EXPECT_EQ(without_times(said),
              line("/v2/credentials") + line("/v2/credentials") + line("/v2/credentials"));
    EXPECT_EQ(log.count(Level::warn, cannot_write), 1U) << log.all();
    EXPECT_EQ(log.count(Level::info, "written again"), 0U) << log.all();
    EXPECT_EQ(mode_of("/dev/full"), before) << "it is everybody's";
    ::chmod("/dev/full", before); // whatever went wrong: it is this host's own
}

TEST_F(AuditLogFileTest, FileThatCannotBeOpenedIsTriedAgainWithEachLine) {
    folder.write("ecs", "a file where the folder should be");
    open("ecs/audit.log");
    write("/lost");
    ASSERT_TRUE(becomes([&] { return log.count(Level::warn, cannot_write) == 1; })) << log.all();
    folder.remove("ecs");
    write("/kept");
    ASSERT_TRUE(becomes([&] {
        return log.count(Level::info, "the audit log is written again") == 1;
    })) << log.all();
    write("/kept/too");
    end();
    EXPECT_EQ(in_file("ecs/audit.log"), line("/kept") + line("/kept/too"));
    EXPECT_EQ(log.count(Level::warn, cannot_write), 1U) << log.all();
    EXPECT_EQ(log.count(Level::info, "written again"), 1U) << log.all();
}

// D14: thousands of refusals a second rotated all other lines out of the files.
TEST_F(AuditLogFileTest, StormOfRefusalsIsOneLineASecondWithTheirCount) {
    open("audit.log");
    for (int i = 0; i < 5000; ++i)
        refuse("arn:a", '/' + std::to_string(i));
    refuse("arn:b", "/b");
    // Nobody asks any more: the second's end is enough.
    loop.run_until([&] { return std::ranges::count(folder.read("audit.log"), '\n') == 3; });
    EXPECT_EQ(in_file(), refused("/0") + refused("/b") + refused("/4999", "4999"));
    end();
    EXPECT_EQ(log.all(), "") << "nothing was lost";
}

TEST_F(AuditLogFileTest, EndWritesWhatWasCounted) {
    open("audit.log");
    for (const auto* path : {"/1", "/2", "/3"})
        refuse("arn:a", path);
    end();
    EXPECT_EQ(in_file(), refused("/1") + refused("/3", "2"));
}

/// Standard output is a pipe that is read when a test wants it.
class AuditLogOutputTest : public AuditLogFileTest {
protected:
    AuditLogOutputTest() : before_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 0)) {
        std::array<int, 2> ends{};
        EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
        reading = base::Fd(ends[0]);
        const base::Fd writing(ends[1]);
        EXPECT_EQ(::dup2(writing.get(), STDOUT_FILENO), STDOUT_FILENO);
    }
    ~AuditLogOutputTest() override {
        EXPECT_EQ(::dup2(before_.get(), STDOUT_FILENO), STDOUT_FILENO);
    }
    /// Some 700 kB: more than a pipe and what waits for it.
    void write_much() {
        open("audit.log");
        for (int i = 0; i < 700; ++i)
            write(std::to_string(i) + std::string(1000, 'x'));
    }

    base::Fd reading;

private:
    base::Fd before_;
};

// D10: its thread stood in write(), the file got nothing more, and the process did not end.
TEST_F(AuditLogOutputTest, ThatIsNotReadHoldsUpNeitherTheFileNorTheEnd) {
    write_much();
    EXPECT_TRUE(becomes([&] { return std::ranges::count(folder.read("audit.log"), '\n') == 700; }));
    const auto begun = std::chrono::steady_clock::now();
    audit.reset();
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s);
}

TEST_F(AuditLogOutputTest, LosesLinesThereAndSaysHowManyWhenItIsReadAgain) {
    constexpr std::string_view lost =
        "standard output was not read; lines of the audit log are lost";
    write_much();
    ASSERT_TRUE(becomes([&] { return std::ranges::count(folder.read("audit.log"), '\n') == 700; }));
    EXPECT_EQ(log.count(Level::warn, lost), 0U) << "it cannot be told how many it will be";
    ASSERT_EQ(::fcntl(reading.get(), F_SETFL, O_NONBLOCK), 0);
    std::string said;
    std::array<char, 65536> buffer{};
    const auto read_some = [&] {
        for (ssize_t size = 0; (size = ::read(reading.get(), buffer.data(), buffer.size())) > 0;)
            said.append(buffer.data(), static_cast<std::size_t>(size));
        return log.count(Level::warn, lost) == 1;
    };
    EXPECT_TRUE(becomes(read_some)) << log.all();
    read_some();
    const auto lines = std::ranges::count(said, '\n');
    EXPECT_LT(lines, 700);
    EXPECT_EQ(log.count(Level::warn, "lines=" + std::to_string(700 - lines)), 1U) << log.all();
}

/// A file that takes nothing until somebody reads it.
class AuditLogPipeTest : public AuditLogFileTest {
protected:
    AuditLogPipeTest() {
        EXPECT_EQ(::mkfifo(folder.path("audit.log").c_str(), 0600), 0);
        open("audit.log");
        const auto begun = std::chrono::steady_clock::now();
        for (int i = 0; i < 5000; ++i)
            write('/' + std::to_string(i));
        EXPECT_LT(std::chrono::steady_clock::now() - begun, 5s) << "nobody waits for the file";
    }
    ~AuditLogPipeTest() override { read_all(); }

    std::string read_all() {
        if (!audit)
            return {};
        std::string text;
        std::thread reader([&] { text = folder.read("audit.log"); });
        end();
        reader.join();
        return text;
    }
};

// Rather than that whoever asks for credentials waits for a slow disk.
TEST_F(AuditLogPipeTest, LosesTheOldestLinesWhereTheyComeFasterThanTheyAreWritten) {
    const auto text = without_times(read_all());
    EXPECT_TRUE(text.ends_with(line("/4998") + line("/4999"))) << text.substr(text.size() - 200);
    EXPECT_LE(std::ranges::count(text, '\n'), 1024 + 1);
    EXPECT_GE(std::ranges::count(text, '\n'), 1000);
    EXPECT_EQ(mode_of(folder.path("audit.log")), 0600U) << "no file of ours";
}

TEST_F(AuditLogPipeTest, SaysOnceThatLinesWereLost) {
    read_all();
    EXPECT_EQ(log.count(Level::warn, "lost"), 1U) << log.all();
}

// D14
TEST_F(AuditLogPipeTest, LosesNoOtherLineForRefusals) {
    for (int i = 0; i < 2000; ++i)
        refuse("arn:" + std::to_string(i), "/refused");
    const auto text = without_times(read_all());
    EXPECT_EQ(text.find("/refused"), text.npos) << "there was no room for them";
    EXPECT_TRUE(text.ends_with(line("/4998") + line("/4999"))) << text.substr(text.size() - 200);
    EXPECT_GE(std::ranges::count(text, '\n'), 1000);
}

TEST(NoAuditLog, WritesNothing) {
    testing::internal::CaptureStdout();
    NoAuditLog().write({});
    EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

} // namespace
} // namespace agent::serving
