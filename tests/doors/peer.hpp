#pragma once
// One end of a Unix socket's connection, for a test that plays client or engine: blocking, each wait at
// most five seconds.

#include "base/fd_linux.hpp"

#include <string>
#include <string_view>

namespace doors_test {

class Peer {
public:
    explicit Peer(base::Fd socket) : socket_(std::move(socket)) {}
    /// Connected to who listens there; throws when nobody does.
    static Peer connect(const std::string& path);

    void send(std::string_view bytes);
    /// Sends until nobody takes more for 300 ms; how many bytes that were.
    std::size_t send_until_full();
    /// Until what was sent is out of the kernel's hands.
    void wait_until_taken();
    /// So many bytes; fewer when the peer ends before, or takes too long.
    std::string receive(std::size_t size);
    /// Until the peer ends sending; "<timeout>" at the end when it does not, "<failed>" on an error.
    std::string receive_all();
    /// Nothing comes for 50 ms, and the peer does not end.
    bool hears_nothing();

    void end_sending();
    void close() { socket_.reset(); }
    /// The peer closes, not only ends sending; false when it has not after five seconds.
    bool is_left_alone();
    /// The peer has ended sending, or closed.
    bool hears_the_end() { return receive_all().empty(); }

private:
    base::Fd socket_;
};

/// Who listens at a path, as an engine does.
class Listening {
public:
    explicit Listening(const std::string& path);
    /// The next who connects; throws when nobody does.
    Peer accept();
    /// Nobody connects for 50 ms.
    bool is_not_called();
    int descriptor() const { return socket_.get(); }

private:
    base::Fd socket_;
};

} // namespace doors_test
