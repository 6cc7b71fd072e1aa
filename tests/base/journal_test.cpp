#include "base/journal_linux.hpp"

#include "base/fd_linux.hpp"
#include "base/log.hpp"
#include "base/log_batch.hpp"
#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace base {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;
using Entry = std::multimap<std::string, std::string>;

/// Reads an entry as the journal does: `NAME=value`, or a name alone on its line, then the length of
/// the value (eight bytes, the least first), the value and a line's end. Nothing when it is not so.
std::optional<Entry> parse(std::string_view datagram) {
    Entry entry;
    while (!datagram.empty()) {
        const auto end = datagram.find('\n');
        if (end == datagram.npos)
            return std::nullopt;
        const auto line = datagram.substr(0, end);
        datagram.remove_prefix(end + 1);
        if (const auto equals = line.find('='); equals != line.npos) {
            entry.emplace(line.substr(0, equals), line.substr(equals + 1));
            continue;
        }
        std::uint64_t size = 0;
        if (datagram.size() < sizeof size)
            return std::nullopt;
        for (std::size_t i = 0; i < sizeof size; ++i)
            size |= std::uint64_t{static_cast<unsigned char>(datagram[i])} << (8 * i);
        datagram.remove_prefix(sizeof size);
        if (datagram.size() <= size || datagram[size] != '\n')
            return std::nullopt;
        entry.emplace(line, datagram.substr(0, size));
        datagram.remove_prefix(size + 1);
    }
    return entry;
}

/// The journal's end: a datagram socket, read when a test wants it.
class JournalEnd {
public:
    explicit JournalEnd(const std::string& path)
        : socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        EXPECT_EQ(
            ::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }

    std::vector<Entry> entries() {
        std::vector<Entry> entries;
        std::vector<char> buffer(1 << 16);
        for (ssize_t size = 0;
             (size = ::recv(socket_.get(), buffer.data(), buffer.size(), 0)) >= 0;) {
            auto entry = parse({buffer.data(), static_cast<std::size_t>(size)});
            EXPECT_TRUE(entry) << std::string_view(buffer.data(), static_cast<std::size_t>(size));
            if (entry)
                entries.push_back(std::move(*entry));
        }
        return entries;
    }

private:
    Fd socket_;
};

/// All values of a field, one behind the other.
std::string value(const Entry& entry, const std::string& name) {
    std::string values;
    for (auto [at, end] = entry.equal_range(name); at != end; ++at)
        values += at->second;
    return values;
}

/// Standard error is a file, and JOURNAL_STREAM says that it is the journal's stream.
class JournalTest : public testing::Test {
protected:
    JournalTest() {
        testing::internal::CaptureStderr();
        struct stat found {};
        EXPECT_EQ(::fstat(STDERR_FILENO, &found), 0);
        stream_ = std::to_string(found.st_dev) + ':' + std::to_string(found.st_ino);
        ::setenv("JOURNAL_STREAM", stream_.c_str(), 1);
    }
    ~JournalTest() override {
        ::unsetenv("JOURNAL_STREAM");
        log::set_sink(nullptr);
        log::set_level(log::Level::info);
        if (capturing_)
            testing::internal::GetCapturedStderr();
    }

    std::string written() {
        capturing_ = false;
        return testing::internal::GetCapturedStderr();
    }

    fakes::TemporaryFolder folder_;
    std::string path_ = folder_.path("socket");
    std::string stream_;

private:
    bool capturing_ = true;
};

TEST_F(JournalTest, TakesPriorityTextAndFieldsOfALine) {
    JournalEnd journal(path_);
    log::use_journal_at(path_);
    log::warn("cannot look",
              {{"container", "web"}, {"user_ms", 7}, {"session-token", "two words"}});
    const auto entries = journal.entries();
    ASSERT_EQ(entries.size(), 1U);
    const auto& entry = entries[0];
    EXPECT_EQ(value(entry, "PRIORITY"), "4");
    EXPECT_EQ(value(entry, "MESSAGE"),
              "cannot look container=web user_ms=7 session-token=\"two words\"");
    EXPECT_EQ(value(entry, "ECS_CONTAINER"), "web");
    EXPECT_EQ(value(entry, "ECS_USER_MS"), "7");
    EXPECT_EQ(value(entry, "ECS_SESSION_TOKEN"), "two words");
    EXPECT_EQ(value(entry, "SYSLOG_IDENTIFIER"), "base_test");
    EXPECT_EQ(value(entry, "SYSLOG_FACILITY"), "3");
    EXPECT_EQ(entry.size(), 7U);
    EXPECT_EQ(written(), "") << "it would be in the journal twice";
}

TEST_F(JournalTest, HasAPriorityForEachLevelAndNoLineBelowTheLevel) {
    JournalEnd journal(path_);
    log::use_journal_at(path_);
    log::debug("not wanted");
    log::set_level(log::Level::debug);
    log::debug("debug");
    log::info("info");
    log::warn("warn");
    log::error("error");
    std::string seen;
    for (const auto& entry : journal.entries())
        seen += value(entry, "MESSAGE") + value(entry, "PRIORITY") + ' ';
    EXPECT_EQ(seen, "debug7 info6 warn4 error3 ");
}

TEST_F(JournalTest, CannotBeMadeToTakeALineOrFieldThatAValueForges) {
    JournalEnd journal(path_);
    log::use_journal_at(path_);
    const std::string forged("x\nPRIORITY=0\nMESSAGE=all is lost\n\0\xC2\x9B\xFF", 37);
    log::info("told", {{"path", forged}, {"long", std::string(5000, 'x')}});
    const auto entries = journal.entries();
    ASSERT_EQ(entries.size(), 1U);
    EXPECT_EQ(value(entries[0], "PRIORITY"), "6");
    EXPECT_TRUE(
        value(entries[0], "MESSAGE")
            .starts_with(R"(told path="x\nPRIORITY=0\nMESSAGE=all is lost\n????" long=xxx)"))
        << value(entries[0], "MESSAGE");
    EXPECT_EQ(value(entries[0], "ECS_PATH"), forged);
    EXPECT_EQ(value(entries[0], "ECS_LONG").size(), 2048U);
}

TEST_F(JournalTest, TakesLinesThatWaitedForEachOtherOneByOne) {
    JournalEnd journal(path_);
    log::use_journal_at(path_);
    for (int number = 0; number < 5; ++number)
        log::info_soon("request", {{"number", number}});
    EXPECT_EQ(journal.entries().size(), 0U);
    log::flush();
    const auto entries = journal.entries();
    ASSERT_EQ(entries.size(), 5U);
    EXPECT_EQ(value(entries[4], "ECS_NUMBER"), "4");
}

// D10
TEST_F(JournalTest, ThatDoesNotReadIsNotWaitedForAndWhatIsLostIsCountedWhenItReadsAgain) {
    JournalEnd journal(path_);
    log::use_journal_at(path_);
    // More than any socket's queue and what waits in memory.
    constexpr std::size_t lines = 5000;
    const auto begun = steady_clock::now();
    for (std::size_t number = 0; number < lines; ++number)
        log::info("told");
    EXPECT_LT(steady_clock::now() - begun, 5s);

    std::size_t taken = 0;
    std::optional<Entry> notice;
    for (const auto end = steady_clock::now() + 30s; !notice && steady_clock::now() < end;) {
        for (auto& entry : journal.entries())
            if (value(entry, "PRIORITY") == "4")
                notice = std::move(entry);
            else
                ++taken;
        std::this_thread::sleep_for(1ms);
    }
    ASSERT_TRUE(notice) << "it reads again";
    EXPECT_LT(taken, lines);
    EXPECT_EQ(value(*notice, "ECS_LINES"), std::to_string(lines - taken));
    log::info("again");
    const auto entries = journal.entries();
    ASSERT_EQ(entries.size(), 1U) << "told once";
    EXPECT_EQ(value(entries[0], "MESSAGE"), "again");
}

TEST_F(JournalTest, ThatReadsSlowlyHasEveryLineAndMakesNobodyWait) {
    JournalEnd journal(path_);
    log::use_journal_at(path_);
    std::size_t room = 0;
    std::ifstream("/proc/sys/net/unix/max_dgram_qlen") >> room;
    const auto lines = std::min<std::size_t>(3 * (room + 1), 2000);
    const auto begun = steady_clock::now();
    for (std::size_t number = 0; number < lines; ++number)
        log::info("told");
    EXPECT_LT(steady_clock::now() - begun, 5s);
    std::size_t taken = 0;
    for (const auto end = steady_clock::now() + 30s; taken < lines && steady_clock::now() < end;) {
        taken += journal.entries().size();
        std::this_thread::sleep_for(1ms);
    }
    EXPECT_EQ(taken, lines);
}

TEST_F(JournalTest, IsGivenTimeToReadTheLastLinesOfAProcess) {
    JournalEnd journal(path_);
    const auto begun = steady_clock::now();
    {
        log::Journal last(path_);
        const std::array entries{Record{log::journal_entry(log::Level::error, "cannot start", {})}};
        EXPECT_EQ(last.write(entries), 1U);
    }
    EXPECT_GE(steady_clock::now() - begun, 150ms) << "nobody has read it";
    EXPECT_LT(steady_clock::now() - begun, 5s);
    EXPECT_EQ(journal.entries().size(), 1U);
}

TEST_F(JournalTest, ThatIsStartedAnewHasTheLinesOfMeanwhile) {
    std::optional<JournalEnd> journal;
    journal.emplace(path_);
    log::use_journal_at(path_);
    log::info("before");
    EXPECT_EQ(journal->entries().size(), 1U);
    journal.reset();
    log::info("meanwhile");
    ASSERT_EQ(::unlink(path_.c_str()), 0);
    journal.emplace(path_);
    log::info("after");
    const auto entries = journal->entries();
    ASSERT_EQ(entries.size(), 2U);
    EXPECT_EQ(value(entries[0], "MESSAGE"), "meanwhile");
    EXPECT_EQ(value(entries[1], "MESSAGE"), "after");
}

TEST_F(JournalTest, WithoutItsSocketReadsThePriorityBeforeALine) {
    log::use_journal_at(path_);
    log::error("cannot look", {{"why", "x\n<0>forged"}});
    log::info("told\n<0>forged");
    EXPECT_EQ(written(), "<3>cannot look why=\"x\\n<0>forged\"\n<6>told\\n<0>forged\n");
}

TEST_F(JournalTest, IsAskedForNothingWhereStandardErrorIsAnothersStream) {
    JournalEnd journal(path_);
    for (const std::string named : {"", "1:2", "x"}) {
        ::setenv("JOURNAL_STREAM", named.c_str(), 1);
        EXPECT_FALSE(log::goes_to_journal()) << named;
    }
    ::unsetenv("JOURNAL_STREAM");
    EXPECT_FALSE(log::goes_to_journal());
    log::use_journal_at(path_);
    log::warn("told", {{"a", 1}});
    EXPECT_EQ(journal.entries().size(), 0U);
    const auto line = written();
    EXPECT_TRUE(line.ends_with("Z warning told a=1\n")) << line;
    ::setenv("JOURNAL_STREAM", stream_.c_str(), 1);
    EXPECT_FALSE(log::goes_to_journal()) << "that was the stream before";
}

} // namespace
} // namespace base
