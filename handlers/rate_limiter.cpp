#include "handlers/rate_limiter.hpp"

#include <algorithm>
#include <cmath>

namespace handlers {

namespace {

/// Looking through all buckets takes a millisecond or two when there are as many as there may be.
constexpr auto least_pause = std::chrono::milliseconds(100);

} // namespace

double RateLimiter::Bucket::tokens_at(Clock::time_point now) const {
    const auto passed = std::chrono::duration<double>(now - filled).count();
    return std::min(limit.burst, tokens + passed * limit.steady);
}

RateLimiter::Decision RateLimiter::take(std::string_view address, std::uint8_t purpose,
                                        std::string_view id, const RateLimit& limit,
                                        Clock::time_point now) {
    // A zero byte is in no address, so two different triples never make one key.
    key_.assign(address).append(1, '\0').append(1, static_cast<char>(purpose)).append(id);
    auto* found = bucket(limit, now);
    if (found == nullptr)
        return {false, std::chrono::seconds(1)};
    found->tokens = found->tokens_at(now);
    found->filled = now;
    if (found->tokens >= 1) {
        found->tokens -= 1;
        return {};
    }
    const auto missing = (1 - found->tokens) / found->limit.steady;
    return {false, std::chrono::seconds(std::max(1L, std::lround(std::ceil(missing))))};
}

RateLimiter::Bucket* RateLimiter::bucket(const RateLimit& limit, Clock::time_point now) {
    if (const auto found = buckets_.find(std::string_view(key_)); found != buckets_.end())
        return &found->second;
    if (buckets_.size() >= drop_at_ && now - dropped_ >= least_pause)
        drop_full(now);
    if (buckets_.size() >= most_buckets)
        return nullptr;
    return &buckets_.emplace(key_, Bucket{limit, limit.burst, now}).first->second;
}

void RateLimiter::drop_full(Clock::time_point now) {
    dropped_ = now;
    std::erase_if(buckets_, [now](const auto& entry) {
        return entry.second.tokens_at(now) >= entry.second.limit.burst;
    });
    // Twice what is left: the cost of looking is spread over as many new buckets.
    drop_at_ = std::clamp(2 * buckets_.size(), std::size_t{1024}, most_buckets);
}

} // namespace handlers
