#pragma once
// What a client may ask of a server. A value, fixed when the server is made.

#include <chrono>
#include <cstddef>

namespace handlers::http {

struct Limits {
    std::size_t header_bytes = 16 * 1024;         ///< request line and headers; more is 431
    std::size_t body_bytes = 64 * 1024;           ///< more is 413
    std::chrono::milliseconds request_time{5000}; ///< from a request's first byte to its last
    std::chrono::milliseconds idle_time{5000};    ///< between requests
    std::chrono::milliseconds answer_time{5000};  ///< for the handler and the writing together
    std::size_t connections_per_address = 256;
    std::size_t connections = 1024;
};

} // namespace handlers::http
