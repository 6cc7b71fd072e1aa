#pragma once
// Takes the log while it lives, so that a test can say what must be in it. One at a time.

#include "base/log.hpp"

#include <algorithm>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace fakes {

class CapturedLog {
public:
    CapturedLog() {
        base::log::set_sink([this](base::log::Level level, std::string_view line) {
            const std::lock_guard lock(mutex_);
            lines_.push_back({level, std::string(line)});
        });
    }
    ~CapturedLog() { base::log::set_sink(nullptr); }
    CapturedLog(const CapturedLog&) = delete;
    CapturedLog& operator=(const CapturedLog&) = delete;

    /// How many lines of this level hold the text.
    std::size_t count(base::log::Level level, std::string_view text) const {
        const std::lock_guard lock(mutex_);
        return static_cast<std::size_t>(
            std::count_if(lines_.begin(), lines_.end(), [&](const Line& line) {
                return line.level == level && line.text.find(text) != std::string::npos;
            }));
    }

    /// Everything, to be shown when a test fails.
    std::string all() const {
        const std::lock_guard lock(mutex_);
        std::string text;
        for (const auto& line : lines_)
            text += line.text + '\n';
        return text;
    }

private:
    struct Line {
        base::log::Level level;
        std::string text;
    };
    mutable std::mutex mutex_;
    std::vector<Line> lines_;
};

} // namespace fakes
