// Standard streams as outlets: pipes, sockets and files, read when a test wants it.

#include "base/stream_outlet_linux.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>
#include <utility>
#include <vector>

namespace base {
namespace {

struct Ends {
    Fd reading;
    Fd writing;
};

Ends open_pipe() {
    std::array<int, 2> numbers{};
    EXPECT_EQ(::pipe2(numbers.data(), O_CLOEXEC), 0);
    return {Fd(numbers[0]), Fd(numbers[1])};
}

/// So many bytes, as they come.
std::string read_bytes(const Fd& from, std::size_t count) {
    std::string text(count, '\0');
    for (std::size_t at = 0; at < count;) {
        const auto size = ::read(from.get(), text.data() + at, count - at);
        EXPECT_GT(size, 0);
        if (size <= 0)
            return text.substr(0, at);
        at += static_cast<std::size_t>(size);
    }
    return text;
}

std::vector<Record> records_of(std::size_t count, std::size_t size) {
    std::vector<Record> records;
    for (std::size_t i = 0; i < count; ++i)
        records.push_back({std::string(size - 1, static_cast<char>('a' + i % 26)) + '\n', 1});
    return records;
}

/// Takes all, reading what is in the way; what was read.
std::string carry(StreamOutlet& outlet, const Fd& reading, std::span<const Record> records) {
    std::string text;
    std::array<char, 65536> buffer{};
    while (!records.empty()) {
        const auto taken = outlet.write(records);
        records = records.subspan(taken);
        if (records.empty())
            break;
        const auto size = ::read(reading.get(), buffer.data(), buffer.size());
        EXPECT_GT(size, 0);
        text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    return text;
}

std::string joined(const std::vector<Record>& records) {
    std::string text;
    for (const auto& record : records)
        text += record.bytes;
    return text;
}

// D10
TEST(StreamOutlet, WaitsForNoPipeThatIsFullAndChangesNoFlagOfIt) {
    const auto ends = open_pipe();
    StreamOutlet outlet(ends.writing.get());
    const auto records = records_of(200, 1000);
    const auto taken = outlet.write(records);
    EXPECT_GT(taken, 0U);
    EXPECT_LT(taken, 200U);
    EXPECT_EQ(outlet.write(std::span(records).subspan(taken)), 0U);
    EXPECT_EQ(::fcntl(ends.writing.get(), F_GETFL) & O_NONBLOCK, 0) << "others have it too";
}

TEST(StreamOutlet, LosesNoPartOfARecordThatIsLargerThanAPipe) {
    auto ends = open_pipe();
    StreamOutlet outlet(ends.writing.get());
    const auto records = records_of(5, 100'000);
    auto text = carry(outlet, ends.reading, records);
    text += read_bytes(ends.reading, 500'000 - text.size());
    EXPECT_EQ(text, joined(records));
}

TEST(StreamOutlet, WaitsForNoSocketEither) {
    std::array<int, 2> numbers{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, numbers.data()), 0);
    const Fd reading(numbers[0]);
    const Fd writing(numbers[1]);
    StreamOutlet outlet(writing.get());
    const auto records = records_of(100, 10'000);
    auto text = carry(outlet, reading, records);
    EXPECT_LT(text.size(), 1'000'000U);
    text += read_bytes(reading, 1'000'000 - text.size());
    EXPECT_EQ(text, joined(records));
}

TEST(StreamOutlet, DropsWhatNobodyWillEverRead) {
    auto ends = open_pipe();
    StreamOutlet outlet(ends.writing.get());
    ASSERT_EQ(outlet.write(records_of(1, 10)), 1U);
    const auto before = ::signal(SIGPIPE, SIG_IGN);
    ends.reading.reset();
    EXPECT_EQ(outlet.write(records_of(3, 10)), 3U);
    ends.writing.reset();
    EXPECT_EQ(outlet.write(records_of(3, 10)), 3U) << "there is nothing behind the number";
    ::signal(SIGPIPE, before);
}

TEST(StreamOutlet, FollowsTheNumberToWhatIsBehindItNow) {
    const auto first = open_pipe();
    const auto second = open_pipe();
    const Fd number(::fcntl(first.writing.get(), F_DUPFD_CLOEXEC, 0));
    StreamOutlet outlet(number.get());
    ASSERT_EQ(outlet.write(records_of(1, 5)), 1U);
    EXPECT_EQ(read_bytes(first.reading, 5), "aaaa\n");
    ASSERT_EQ(::dup2(second.writing.get(), number.get()), number.get());
    ASSERT_EQ(outlet.write(records_of(1, 5)), 1U);
    EXPECT_EQ(read_bytes(second.reading, 5), "aaaa\n");
}

} // namespace
} // namespace base
