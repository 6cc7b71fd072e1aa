#pragma once
// Bytes in, lines out, within bounds: what an endless answer is cut into while its reader is busy.
// A plain value.

#include "base/error.hpp"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace agent::http {

struct QueueLimits {
    std::size_t line_bytes = std::size_t{1} << 20;
    std::size_t lines = 8192;
    std::size_t bytes = std::size_t{16} << 20; ///< of all waiting lines
};

class LineQueue {
public:
    explicit LineQueue(QueueLimits limits) : limits_(limits) {}

    /// Adds bytes as they arrive. too_large for a line over its bound, exhausted when the reader is
    /// too slow; the queue then takes no more.
    base::Result<> push(std::string_view bytes);
    /// The stream ended as it should: what is left is a line too.
    void finish();
    bool has_line() const { return !lines_.empty(); }
    /// The oldest line, without its end and never empty; nothing when none is complete.
    std::optional<std::string> pop();

private:
    void add_line();

    QueueLimits limits_;
    std::deque<std::string> lines_;
    std::string partial_;
    std::size_t waiting_bytes_ = 0;
};

} // namespace agent::http
