#pragma once
// What is remembered of the readings of one running container, so that a reading can be compared with
// an earlier one. Two are kept, at least 100 ms apart: counters that move in steps of 10 ms, and bytes
// that come in packets, say nothing over less. Loop thread.

#include "model/stats.hpp"

#include <chrono>
#include <optional>

namespace agent::stats {

class History {
public:
    using Clock = std::chrono::steady_clock;

    /// Adds to a reading what the one before says: the newest that is old enough, else the oldest.
    /// No rate is told over less than 10 ms, nor where the interfaces were changed between.
    model::StatsSample complete(model::Stats now, Clock::time_point at);

private:
    struct Counters {
        Clock::time_point at;
        base::Time read;
        model::CpuStats cpu;
        std::uint64_t rx_bytes = 0;
        std::uint64_t tx_bytes = 0;
        bool has_networks = false;
    };

    static Counters remember(const model::Stats& stats, Clock::time_point at);
    static std::optional<model::NetworkRate> rate(const Counters& before, const Counters& now);

    std::optional<Counters> newest_;
    std::optional<Counters> older_;
};

} // namespace agent::stats
