#include "agent/credentials/refresh_schedule.hpp"

#include <algorithm>

namespace agent::credentials {

namespace {

using namespace std::chrono_literals;
using std::chrono::nanoseconds;

constexpr nanoseconds soonest = 1s;
constexpr nanoseconds latest_retry = 60s;
constexpr int most_doublings = 6;

nanoseconds part_of(nanoseconds time, double part) {
    return nanoseconds(static_cast<std::int64_t>(static_cast<double>(time.count()) * part));
}

} // namespace

void RefreshSchedule::succeeded(base::Time now, std::optional<base::Time> expires_at,
                                double chance) {
    failures_ = 0;
    const nanoseconds left = expires_at ? *expires_at - now : nanoseconds(assumed_life);
    next_ = now + std::max(soonest, part_of(left, 0.5 + 0.1 * chance));
}

void RefreshSchedule::failed(base::Time now, double chance) {
    const auto longest =
        std::min(latest_retry, soonest * (1 << std::min(failures_, most_doublings)));
    ++failures_;
    next_ = now + part_of(longest, 0.5 + 0.5 * chance);
}

void RefreshSchedule::restart(base::Time now) {
    next_ = now;
}

} // namespace agent::credentials
