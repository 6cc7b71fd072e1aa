#include "agent/credentials/supply.hpp"

#include "base/log.hpp"
#include "handlers/credentials/document.hpp"

#include <algorithm>
#include <random>

namespace agent::credentials {

namespace log = base::log;
using base::Async;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// A machine that slept has not counted the time: the clock is looked at so often.
constexpr auto longest_sleep = seconds(60);

/// Times and ports change from one attempt to the next; the reason is the same.
std::string without_numbers(std::string text) {
    std::erase_if(text, [](char c) { return c >= '0' && c <= '9'; });
    return text;
}

double chance() {
    static std::mt19937 generator(std::random_device{}());
    return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

} // namespace

Supply::Supply(base::Executor loop, ProviderPtr provider, RoleRequest request)
    : provider_(std::move(provider)),
      request_(std::move(request)),
      fetched_(loop),
      wanted_(std::move(loop)) {}

Async<void> Supply::run(std::shared_ptr<Supply> self) {
    const auto stop = co_await base::stop_token();
    while (!self->ended_ && !stop.requested()) {
        const std::chrono::nanoseconds left = self->schedule_.next() - base::now();
        if (left > left.zero()) {
            const auto sleep = std::min<std::chrono::nanoseconds>(left, longest_sleep);
            co_await self->wanted_.wait_for(sleep);
            continue;
        }
        co_await self->fetch();
    }
    self->end();
}

Async<void> Supply::fetch() {
    // It may be replaced meanwhile.
    const auto provider = provider_;
    auto request = request_;
    fetching_ = true;
    auto keys = co_await provider->fetch(std::move(request));
    fetching_ = false;
    const auto now = base::now();
    if (ended_ || provider != provider_)
        co_return;
    if (keys)
        hold(*keys, now);
    else if (keys.error().code() != base::Errc::cancelled)
        note_failure(keys.error(), now);
    else
        schedule_.failed(now, chance());
    fetched_.notify_all();
}

void Supply::hold(const Keys& keys, base::Time now) {
    if (!last_failure_.empty())
        log::info("credentials are fetched again",
                  {{"role", request_.role_arn}, {"task", request_.task_arn}});
    last_failure_.clear();
    schedule_.succeeded(now, keys.expires_at, chance());
    valid_until_ = std::chrono::floor<seconds>(keys.expires_at.value_or(now + assumed_life));
    const auto expiration = base::to_rfc3339(valid_until_);
    body_ = handlers::credentials::render({request_.role_arn, keys.access_key_id.view(),
                                           keys.secret_access_key.view(), keys.session_token.view(),
                                           expiration});
}

void Supply::note_failure(const base::Error& failure, base::Time now) {
    schedule_.failed(now, chance());
    auto kind = without_numbers(failure.what());
    if (kind == last_failure_)
        return;
    last_failure_ = std::move(kind);
    log::warn(body() ? "cannot refresh credentials; those at hand are given while they are valid, "
                       "trying again"
                     : "cannot fetch credentials; trying again",
              {{"role", request_.role_arn}, {"task", request_.task_arn}, log::why(failure)});
}

void Supply::end() {
    ended_ = true;
    body_.reset();
    wanted_.notify_all();
    fetched_.notify_all();
}

void Supply::use(ProviderPtr provider) {
    provider_ = std::move(provider);
    schedule_.restart(base::now());
    wanted_.notify_all();
}

handlers::http::SharedBody Supply::body() {
    if (body_ && base::now() >= valid_until_) {
        body_.reset();
        // A clock that jumped may have left the next fetch far away.
        if (schedule_.failures() == 0) {
            schedule_.restart(base::now());
            wanted_.notify_all();
        }
    }
    return body_;
}

Async<void> Supply::wait_for_body(steady_clock::duration limit) {
    const auto end = steady_clock::now() + limit;
    // A fetch that has failed is not waited for: the next is too far away.
    while (!ended_ && !body() && (fetching_ || schedule_.next() <= base::now())) {
        const auto left = end - steady_clock::now();
        if (left <= left.zero())
            co_return;
        co_await fetched_.wait_for(left);
    }
}

seconds Supply::retry_after() const {
    const auto left = std::chrono::ceil<seconds>(schedule_.next() - base::now());
    return std::max(left, seconds(1));
}

} // namespace agent::credentials
