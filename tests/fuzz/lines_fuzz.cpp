// Docker's endless answers, cut into lines (agent/docker/line_queue): the same lines however the
// bytes arrive, none empty, none over its limit.

#include "agent/http/line_queue.hpp"
#include "tests/fuzz/support.hpp"

#include <vector>

namespace {

using agent::http::LineQueue;
using fuzz::require;

constexpr agent::http::QueueLimits limits{100, 1000, 20'000};

void take_all(LineQueue& queue, std::vector<std::string>& lines) {
    while (auto line = queue.pop()) {
        require(!line->empty() && line->find('\n') == std::string::npos, "no line at all");
        require(line->size() <= limits.line_bytes, "a line is over its limit");
        lines.push_back(std::move(*line));
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    LineQueue whole(limits);
    const bool fits = whole.push(bytes).has_value();
    LineQueue cut(limits);
    std::vector<std::string> lines_of_cut;
    bool cut_fits = true;
    for (fuzz::Pieces pieces(bytes); cut_fits && !pieces.empty();) {
        cut_fits = cut.push(pieces.take(bytes.size())).has_value();
        take_all(cut, lines_of_cut);
    }
    // Whoever reads in between is never too slow.
    require(cut_fits || !fits, "only the pieces are too much");
    if (!fits)
        return 0;
    whole.finish();
    cut.finish();
    std::vector<std::string> lines;
    take_all(whole, lines);
    take_all(cut, lines_of_cut);
    require(lines == lines_of_cut, "other lines in pieces than in one");
    return 0;
}
