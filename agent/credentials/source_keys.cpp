#include "agent/credentials/source_keys.hpp"

namespace agent::credentials {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Each provider has deadlines of its own, which are shorter.
constexpr auto longest_wait = std::chrono::minutes(2);

} // namespace

struct SourceKeys::Fetch {
    explicit Fetch(base::Executor loop) : done(std::move(loop)) {}
    std::optional<Result<Keys>> result;
    base::Notifier done;
};

Async<Result<Keys>> SourceKeys::get() {
    if (kept_ && base::now() < fetch_again_)
        co_return *kept_;
    auto fetch = under_way_;
    if (fetch) {
        co_await fetch->done.wait_for(longest_wait);
        if (!fetch->result)
            co_return Error(Errc::cancelled, "the fetch of the source's keys was given up");
        co_return *fetch->result;
    }
    fetch = std::make_shared<Fetch>(loop_);
    under_way_ = fetch;
    auto request = request_;
    auto keys = co_await source_->fetch(std::move(request));
    under_way_.reset();
    const auto now = base::now();
    if (!keys && kept_ && *kept_->expires_at > now)
        keys = *kept_; // they are valid yet: a short outage of their source stops no role
    else
        kept_.reset();
    if (keys && keys->expires_at) {
        fetch_again_ = now + (*keys->expires_at - now) / 2;
        kept_ = *keys;
    }
    fetch->result.emplace(std::move(keys));
    fetch->done.notify_all();
    co_return *fetch->result;
}

} // namespace agent::credentials
