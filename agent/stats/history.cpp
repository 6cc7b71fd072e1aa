#include "agent/stats/history.hpp"

#include <utility>

namespace agent::stats {

namespace {

constexpr auto old_enough = std::chrono::milliseconds(100);
constexpr auto shortest_for_a_rate = std::chrono::milliseconds(10);

} // namespace

History::Counters History::remember(const model::Stats& stats, Clock::time_point at) {
    Counters counters;
    counters.at = at;
    counters.read = stats.read;
    counters.cpu = stats.cpu;
    counters.has_networks = !stats.networks.empty();
    for (const auto& [name, interface] : stats.networks) {
        counters.rx_bytes += interface.rx_bytes;
        counters.tx_bytes += interface.tx_bytes;
    }
    return counters;
}

std::optional<model::NetworkRate> History::rate(const Counters& before, const Counters& now) {
    const auto interval = now.at - before.at;
    if (!before.has_networks || !now.has_networks || interval < shortest_for_a_rate ||
        now.rx_bytes < before.rx_bytes || now.tx_bytes < before.tx_bytes)
        return std::nullopt;
    const double seconds = std::chrono::duration<double>(interval).count();
    return model::NetworkRate{static_cast<double>(now.rx_bytes - before.rx_bytes) / seconds,
                              static_cast<double>(now.tx_bytes - before.tx_bytes) / seconds};
}

model::StatsSample History::complete(model::Stats now, Clock::time_point at) {
    auto counters = remember(now, at);
    model::StatsSample sample;
    sample.now = std::move(now);
    const bool apart = !newest_ || at - newest_->at >= old_enough;
    const auto& before = apart || !older_ ? newest_ : older_;
    if (before) {
        sample.previous_read = before->read;
        sample.previous_cpu = before->cpu;
        sample.network_rate = rate(*before, counters);
    }
    if (apart) {
        older_ = std::move(newest_);
        newest_ = std::move(counters);
    }
    return sample;
}

} // namespace agent::stats
