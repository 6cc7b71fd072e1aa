#include "agent/image/pull_progress.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace agent::image {

namespace {

constexpr auto interval = std::chrono::seconds(10);
constexpr std::size_t max_layers = 1000; ///< Docker itself has 127

std::string one_decimal(double number) {
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%.1f", number);
    return text.data();
}

} // namespace

bool PullProgress::add(const docker::ProgressLine& line, Clock::time_point now) {
    // The line "Pulling from <name>" has the tag for its id.
    const bool of_layer = !line.id.empty() && !line.status.starts_with("Pulling from");
    if (of_layer && (layers_.contains(line.id) || layers_.size() < max_layers)) {
        auto& layer = layers_[line.id];
        if (line.status == "Downloading") {
            layer.downloaded = std::max<std::int64_t>(line.current, 0);
            layer.size = std::max(layer.size, line.total);
        } else if (line.status == "Download complete") {
            layer.downloaded = std::max(layer.downloaded, layer.size);
        } else if (line.status == "Pull complete" || line.status == "Already exists") {
            layer.done = true;
        }
    }
    if (now - last_said_ < interval)
        return false;
    last_said_ = now;
    return true;
}

std::size_t PullProgress::layers_done() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(layers_, [](const auto& entry) { return entry.second.done; }));
}

std::string PullProgress::megabytes() const {
    double bytes = 0;
    for (const auto& [id, layer] : layers_)
        bytes += static_cast<double>(layer.downloaded);
    return one_decimal(bytes / 1e6);
}

std::string PullProgress::seconds(Clock::time_point now) const {
    return one_decimal(std::chrono::duration<double>(now - start_).count());
}

} // namespace agent::image
