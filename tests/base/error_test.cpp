#include "base/error.hpp"

#include "base/fd_linux.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <memory>
#include <stdexcept>

namespace base {
namespace {

TEST(Error, GrowsItsContextInFront) {
    const auto error = Error(Errc::timeout, "no answer") + "inspect abc" + "look at container";
    EXPECT_EQ(error.code(), Errc::timeout);
    EXPECT_EQ(error.what(), "look at container: inspect abc: no answer");
}

TEST(Error, ErrnoBecomesACodeThatCallersActOn) {
    EXPECT_EQ(from_errno("open x", ENOENT).code(), Errc::not_found);
    EXPECT_EQ(from_errno("open x", EEXIST).code(), Errc::conflict);
    EXPECT_EQ(from_errno("open x", EPERM).code(), Errc::permission);
    EXPECT_EQ(from_errno("open x", EACCES).code(), Errc::permission);
    EXPECT_EQ(from_errno("open x", ENOSPC).code(), Errc::io);
    EXPECT_EQ(from_errno("open x", ENOENT).what(), "open x: No such file or directory");
}

TEST(Error, EveryCodeHasItsName) {
    EXPECT_EQ(to_string(Errc::invalid_argument), "invalid_argument");
    EXPECT_EQ(to_string(Errc::too_large), "too_large");
    EXPECT_EQ(to_string(Errc::internal), "internal");
}

Result<std::unique_ptr<int>> make(bool well) {
    if (!well)
        return Error(Errc::exhausted, "none left");
    return std::make_unique<int>(42);
}

Result<int> use(bool well) {
    TRY(make(true));
    TRY(const auto first, make(true));
    TRY(const auto second, make(well));
    return *first + *second;
}

TEST(Try, BindsTheValueOrReturnsTheError) {
    EXPECT_EQ(use(true).value(), 84);
    ASSERT_FALSE(use(false));
    EXPECT_EQ(use(false).error().code(), Errc::exhausted);
}

TEST(Result, UncheckedFailureThrowsWithItsText) {
    try {
        static_cast<void>(use(false).value());
        FAIL() << "value() of a failure must throw";
    } catch (const std::logic_error& bug) {
        EXPECT_NE(std::string(bug.what()).find("none left"), std::string::npos);
    }
}

bool is_open(int number) {
    return ::fcntl(number, F_GETFD) != -1;
}

TEST(Fd, ClosesOnceAndMovesItsNumber) {
    Fd first(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    ASSERT_TRUE(first);
    const int number = first.get();
    Fd second(std::move(first));
    EXPECT_TRUE(is_open(number));
    Fd third;
    third = std::move(second);
    EXPECT_EQ(third.get(), number);
    third.reset();
    EXPECT_FALSE(is_open(number));
    EXPECT_FALSE(third);
}

TEST(Fd, ReleaseLeavesClosingToTheCaller) {
    Fd file(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    const int number = file.release();
    file.reset();
    EXPECT_TRUE(is_open(number));
    ::close(number);
}

} // namespace
} // namespace base
