#pragma once
// Turns the lines of a pull, many a second, into a few for the log. A plain value.

#include "agent/docker/types.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <string>

namespace agent::image {

class PullProgress {
public:
    using Clock = std::chrono::steady_clock;

    explicit PullProgress(Clock::time_point now) : start_(now), last_said_(now) {}

    /// Takes a line; true when it is time to say how far the pull is: every 10 s at most.
    bool add(const docker::ProgressLine& line, Clock::time_point now);

    std::size_t layers() const { return layers_.size(); }
    std::size_t layers_done() const;
    /// Downloaded so far, "12.3"; what was here already is not in it.
    std::string megabytes() const;
    /// Since the start, "4.2".
    std::string seconds(Clock::time_point now) const;

private:
    struct Layer {
        std::int64_t downloaded = 0; ///< bytes
        std::int64_t size = 0;       ///< bytes; 0 until a download begins
        bool done = false;
    };

    Clock::time_point start_;
    Clock::time_point last_said_;
    std::map<std::string, Layer> layers_;
};

} // namespace agent::image
