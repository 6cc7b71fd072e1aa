#pragma once
// What the proxy bounds. Streams of users have no deadline. A value, fixed when the proxy is made.

#include <chrono>
#include <cstddef>

namespace agent::doors::proxy {

struct Limits {
    std::size_t head_bytes =
        64 * 1024; ///< a larger head is passed on, and all that follows it, unread
    std::size_t body_bytes =
        4 * 1024 * 1024; ///< of a create, with its chunks' frames; a larger one is not completed
    std::size_t connections = 4096; ///< and a fourth of the files that may be open, each having two
    std::size_t unanswered = 64;    ///< requests of a client that sends several before it reads
    std::size_t completions = 64;   ///< under way at once, those that nobody waits for included
    std::chrono::milliseconds completion_time{1000};
    std::chrono::milliseconds connect_time{
        2000}; ///< for an engine whose queue of connections is full
    /// What a client has sent that is gone is offered to the engine for so long after it last took some.
    std::chrono::milliseconds linger_time{5000};
    std::chrono::milliseconds refusal_time{
        1000}; ///< to send a refusal, and for the client to take it
};

/// Read from a socket in one turn, at most, by all connections into the same memory.
inline constexpr std::size_t turn_bytes = 128 * 1024;

} // namespace agent::doors::proxy
