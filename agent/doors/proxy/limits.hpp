#pragma once
// What the proxy bounds. Streams of users have no deadline. A value, fixed when the proxy is made.

#include <chrono>
#include <cstddef>

namespace agent::doors::proxy {

struct Limits {
    /// A larger head is passed on, and all that follows it, unread.
    std::size_t head_bytes = 64 * 1024;
    /// Of a create, with its chunks' frames; a larger one is not completed.
    std::size_t body_bytes = 4 * 1024 * 1024;
    /// Of all creates that are not whole yet; one that is more than that is not completed.
    std::size_t kept_bytes = 64 * 1024 * 1024;
    /// And a fourth of the files that may be open, each having two.
    std::size_t connections = 4096;
    /// Requests of a client that sends several before it reads.
    std::size_t unanswered = 64;
    /// Under way at once, those that nobody waits for any more included.
    std::size_t completions = 64;
    std::chrono::milliseconds completion_time{1000};
    /// For an engine whose queue of connections is full.
    std::chrono::milliseconds connect_time{2000};
    /// What a client has sent that is gone is offered to the engine for so long after it last took some.
    std::chrono::milliseconds linger_time{5000};
    /// To send a refusal, and for the client to take it.
    std::chrono::milliseconds refusal_time{1000};
};

/// Read from a socket in one turn, at most, by all connections into the same memory.
inline constexpr std::size_t turn_bytes = 128 * 1024;

} // namespace agent::doors::proxy
