#pragma once
// A client that sends and receives bytes, blocking, each wait at most five seconds; for what no
// well-behaved client would do.

#include "base/fd_linux.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace handlers_test {

class RawClient {
public:
    /// Connects from `source` (any loopback address) to 127.0.0.1.
    explicit RawClient(std::uint16_t port, const char* source = "127.0.0.1");

    void send(std::string_view bytes);
    /// Ends our direction only.
    void finish_sending();
    /// Until the peer closes: all it sent; "<reset>" or "<timeout>" at the end when it did not end
    /// in order.
    std::string read_all();
    /// One answer by its Content-Length, head included; a HEAD answer has no body to wait for.
    std::string read_answer(bool head_only = false);
    bool is_closed();

private:
    /// Appends what comes; false at the end.
    bool receive();

    base::Fd socket_;
    std::string received_;
    std::string_view ending_;
};

} // namespace handlers_test
