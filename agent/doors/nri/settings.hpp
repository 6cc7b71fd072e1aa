#pragma once
// Where the engine's NRI socket is, and how long what may take. A value, made from the configuration; the
// times are for tests to shorten.

#include <chrono>
#include <cstddef>
#include <string>

namespace agent::doors::nri {

struct Settings {
    std::string socket_path = "/run/docker/nri.sock"; ///< nri-opts.socket-path of daemon.json

    /// The engine waits 2 s for an answer, and then never asks again.
    std::chrono::milliseconds completion_time = std::chrono::seconds(1);
    std::size_t completions = 64; ///< at once; what is beyond is given nothing
    /// From connecting until the engine asks: 5 s are its own limit for registering, and before it goes on
    /// the creates that are under way have to end.
    std::chrono::milliseconds registration_time = std::chrono::seconds(20);
    std::chrono::milliseconds first_pause =
        std::chrono::milliseconds(200); ///< before a new attempt
    std::chrono::milliseconds longest_pause = std::chrono::seconds(10);
    /// Where there is no socket, unless there was one within restart_time: the engine may be starting again
    /// then, and is looked for after each first_pause.
    std::chrono::milliseconds absent_pause = std::chrono::minutes(1);
    std::chrono::milliseconds restart_time = std::chrono::seconds(30);
    /// How often the socket is looked at: another one means that the engine has forgotten the agent.
    std::chrono::milliseconds look_pause = std::chrono::seconds(5);
};

} // namespace agent::doors::nri
