#pragma once
// Role: how often may be asked. Token buckets: `burst` at once, refilled by `steady` a second.
// Threading: the loop thread only.
// Memory: a bucket that is full again is as good as none and is dropped, so there are never more
//   than were taken from in the last burst/steady seconds, and at most `most_buckets`.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>

namespace handlers {

struct RateLimit {
    double steady = 0; ///< a second
    double burst = 0;

    bool operator==(const RateLimit&) const = default;
};

class RateLimiter {
public:
    using Clock = std::chrono::steady_clock;

    static constexpr std::size_t most_buckets = 65'536;

    /// What became of a request.
    struct Decision {
        bool allowed = true;
        std::chrono::seconds retry_after{0}; ///< until there is a token, at least 1; when refused
    };

    /// Takes a token from the bucket that the three name together. A bucket keeps the limit that it
    /// was made with. When there are too many buckets, a new one is refused.
    Decision take(std::string_view address, std::uint8_t purpose, std::string_view id,
                  const RateLimit& limit, Clock::time_point now);

    std::size_t buckets() const { return buckets_.size(); }

private:
    struct Bucket {
        RateLimit limit;
        double tokens = 0;
        Clock::time_point filled; ///< when it had so many

        double tokens_at(Clock::time_point now) const;
    };

    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };

    /// Null when there is no room for another.
    Bucket* bucket(const RateLimit& limit, Clock::time_point now);
    void drop_full(Clock::time_point now);

    std::unordered_map<std::string, Bucket, Hash, std::equal_to<>> buckets_;
    std::size_t drop_at_ = 1024; ///< so many buckets make us look for full ones
    Clock::time_point dropped_;  ///< when we last looked
    std::string key_;            ///< kept for its memory
};

} // namespace handlers
