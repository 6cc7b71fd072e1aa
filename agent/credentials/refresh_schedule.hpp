#pragma once
// When are keys fetched again? Half-way through what is left of their life, so that clients which
// want a quarter of an hour of it have that, and there is time for many attempts; never all at
// once. After a failure soon, and then later each time. Pure: time comes in as a value.

#include "base/time.hpp"

#include <chrono>
#include <optional>

namespace agent::credentials {

class RefreshSchedule {
public:
    /// `chance` is a random number from 0 to 1.
    void succeeded(base::Time now, std::optional<base::Time> expires_at, double chance);
    void failed(base::Time now, double chance);
    /// At once: what the keys are fetched from has changed.
    void restart(base::Time now);

    base::Time next() const { return next_; }
    /// Since the last success.
    int failures() const { return failures_; }

private:
    base::Time next_{};
    int failures_ = 0;
};

/// What is answered for keys that do not expire: clients want to be told a time.
inline constexpr auto assumed_life = std::chrono::hours(1);

} // namespace agent::credentials
