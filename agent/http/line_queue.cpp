#include "agent/http/line_queue.hpp"

#include <utility>

namespace agent::http {

using base::Errc;
using base::Error;

base::Result<> LineQueue::push(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto end = bytes.find('\n');
        const auto piece = bytes.substr(0, end);
        if (partial_.size() + piece.size() > limits_.line_bytes)
            return Error(Errc::too_large, "a line of the stream is longer than " +
                                              std::to_string(limits_.line_bytes) + " bytes");
        partial_.append(piece);
        if (end == std::string_view::npos)
            break;
        bytes.remove_prefix(end + 1);
        add_line();
        if (lines_.size() > limits_.lines || waiting_bytes_ > limits_.bytes)
            return Error(Errc::exhausted, "the stream is faster than its reader");
    }
    return {};
}

void LineQueue::finish() {
    add_line();
}

std::optional<std::string> LineQueue::pop() {
    if (lines_.empty())
        return std::nullopt;
    auto line = std::move(lines_.front());
    lines_.pop_front();
    waiting_bytes_ -= line.size();
    return line;
}

void LineQueue::add_line() {
    if (partial_.ends_with('\r'))
        partial_.pop_back();
    if (!partial_.empty()) {
        waiting_bytes_ += partial_.size();
        lines_.push_back(std::move(partial_));
    }
    partial_.clear();
}

} // namespace agent::http
