#pragma once
// For tests of the network: each runs in a network namespace of its own, and makes others that
// stand for containers. Nothing of the host's network is touched. Needs root.

#include "base/fd_linux.hpp"

#include <boost/asio/ip/address.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace network_test {

using Address = boost::asio::ip::address_v4;

Address address(const char* text);

/// The test's thread is in a new network namespace, with loopback up, and goes back at the end.
class OwnNetwork : public testing::Test {
protected:
    void SetUp() override;
    void TearDown() override;

private:
    base::Fd original_;
};

/// A namespace with a file, as Docker's SandboxKey is one.
class Container {
public:
    Container();
    ~Container() { end(); }
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;

    const std::string& key() const { return path_; }
    /// Runs the work on a thread inside.
    void run(const std::function<void()>& work) const;
    /// A shell command inside; its exit code.
    int shell(const std::string& command) const;
    /// Unmounts the file, as Docker does; the file itself stays until the end of the test.
    void end();

private:
    std::string path_;
    bool mounted_ = false;
};

/// A shell command in the test's namespace; its exit code.
int shell(const std::string& command);
/// What it prints.
std::string output_of(const std::string& command);

/// A TCP socket that listens here.
base::Fd listen_at(const boost::asio::ip::address& address, std::uint16_t port);
/// Who connects within the time; the connection is closed.
std::optional<Address> accept_from(const base::Fd& listener, int milliseconds);
/// Connects, from the given source address if there is one; 0 or an errno (ETIMEDOUT after the
/// time).
int connect_to(const boost::asio::ip::address& address, std::uint16_t port, int milliseconds,
               std::optional<Address> source = std::nullopt);

/// Asks again until it is true or 3 s have passed.
bool eventually(const std::function<bool()>& condition);

} // namespace network_test
