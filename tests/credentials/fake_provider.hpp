#pragma once
// A source of keys that answers what a test says, when it says it. Loop thread.

#include "agent/credentials/provider.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <utility>
#include <vector>

namespace agent::credentials {

inline Keys keys_of(std::string_view id, std::optional<base::Time> expires_at = {}) {
    return {base::Secret(id), base::Secret("SECRET"), base::Secret("TOKEN"), expires_at};
}

class FakeProvider : public Provider {
public:
    explicit FakeProvider(base::Executor loop) : answered_(std::move(loop)) {}

    base::Async<base::Result<Keys>> fetch(RoleRequest request) override {
        requests.push_back(std::move(request));
        const auto stop = co_await base::stop_token();
        while (answers_.empty()) {
            if (stop.requested())
                co_return base::Error(base::Errc::cancelled, "the task was cancelled");
            co_await answered_.wait_for(std::chrono::hours(1));
        }
        auto answer = std::move(answers_.front());
        answers_.pop_front();
        ++given;
        co_return answer;
    }

    /// For one fetch: that which waits, else the next.
    void answer(base::Result<Keys> keys) {
        answers_.push_back(std::move(keys));
        answered_.notify_all();
    }
    void fail(base::Errc code, std::string why) { answer(base::Error(code, std::move(why))); }

    std::vector<RoleRequest> requests;
    std::size_t given = 0; ///< answers, each to one of the requests

private:
    std::deque<base::Result<Keys>> answers_;
    base::Notifier answered_;
};

} // namespace agent::credentials
