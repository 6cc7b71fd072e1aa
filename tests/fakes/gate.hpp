#pragma once
// Where programs of a test stand still until the test lets them go: they hang, for as long as it takes.

#include "base/fd_linux.hpp"

#include <gtest/gtest.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>
#include <utility>

namespace fakes {

class Gate {
public:
    /// `path`: where nothing is yet.
    explicit Gate(std::string path) : path_(std::move(path)) {
        EXPECT_EQ(::mkfifo(path_.c_str(), 0600), 0) << path_;
        // For both ways: neither waits this for a program, nor a program for this.
        pipe_ = base::Fd(::open(path_.c_str(), O_RDWR | O_CLOEXEC));
        EXPECT_TRUE(pipe_);
    }

    /// A command of sh that ends when the gate is open.
    std::string wait() const { return "read -r line <" + path_; }

    /// Lets those go who wait, and who will come: a line for each, and there are fewer.
    void open() const {
        const std::string lines(64, '\n');
        EXPECT_EQ(::write(pipe_.get(), lines.data(), lines.size()), 64);
    }

private:
    std::string path_;
    base::Fd pipe_;
};

} // namespace fakes
