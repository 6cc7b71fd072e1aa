#pragma once
// Those who ask badly, as many connections of one kind driven by a thread, and one who asks as
// anybody would and notes how long it takes. Both live in a container's network namespace, so that
// the daemon sees containers' addresses. Owned by a test.

#include "base/fd_linux.hpp"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace integration {

/// Moves this thread, for good, into the namespace that Docker names (SandboxKey).
void enter_network(const std::string& sandbox);

/// How a bad client behaves, the same for each of its connections.
struct Behaviour {
    std::string name;
    std::size_t connections = 32; ///< at a time; one that the server has ended is made anew
    std::size_t opened_a_tick = 5;
    bool once = false;       ///< none is made anew
    std::string first;       ///< sent when connected
    bool half_close = false; ///< and then nothing more comes
    /// Sent again and again, in between this pause; the number counts up over all connections.
    std::function<std::string(std::uint64_t)> then;
    std::chrono::milliseconds pause{0};
    bool reads = true; ///< takes the answers
};

/// Runs a behaviour from the moment it is made until it is destroyed.
class Crowd {
public:
    /// Connections come from these addresses in turn; "" leaves the choice to the kernel.
    Crowd(Behaviour behaviour, std::string sandbox, std::vector<std::string> sources);
    ~Crowd();
    Crowd(const Crowd&) = delete;
    Crowd& operator=(const Crowd&) = delete;

    std::uint64_t connected() const { return connected_; }
    std::uint64_t ended() const { return ended_; } ///< by the server
    std::uint64_t sent() const { return sent_; }   ///< bytes
    std::uint64_t received() const { return received_; }

private:
    struct Member;
    struct Members;
    void run();
    void tick(Members& members);
    void open_some(Members& members);
    void send(Member& member);
    /// False when the server has ended the connection.
    bool receive(Member& member);

    const Behaviour behaviour_;
    const std::string sandbox_;
    const std::vector<std::string> sources_;
    std::uint64_t opened_ = 0;
    std::atomic<std::uint64_t> connected_ = 0;
    std::atomic<std::uint64_t> ended_ = 0;
    std::atomic<std::uint64_t> sent_ = 0;
    std::atomic<std::uint64_t> received_ = 0;
    std::uint64_t counted_ = 0;
    std::atomic<bool> stop_ = false;
    std::thread thread_;
};

/// What somebody saw who asked for a while.
struct Service {
    std::size_t asked = 0;
    std::size_t failed = 0; ///< anything but 200
    double median_ms = 0;
    double p99_ms = 0;
    double most_ms = 0;
};

/// GET of these paths in turn from inside `sandbox`, each on a connection of its own, with `pause`
/// in between; from connecting to the end of the answer.
Service ask_for(const std::string& sandbox, const std::vector<std::string>& paths,
                std::chrono::milliseconds pause, std::chrono::milliseconds how_long);

} // namespace integration
