#pragma once
// The event stream of fakes::FakeDocker; for its own files only.

#include "fakes/fake_docker.hpp"

#include <algorithm>
#include <utility>

namespace fakes {

struct FakeDocker::Stream {
    Stream(const base::Executor& loop, docker::EventFilter wanted)
        : changed(loop), filter(std::move(wanted)) {}

    void push(const docker::Event& event) {
        const auto& types = filter.types;
        const bool typed =
            types.empty() || std::find(types.begin(), types.end(), event.type) != types.end();
        if (typed && (filter.actions.empty() || matches_an_action(event.action)))
            events.push_back(event);
        changed.notify_all();
    }

    /// As Docker does: by prefix as soon as health_status is among them (moby 25798).
    bool matches_an_action(const std::string& action) const {
        const auto& wanted = filter.actions;
        const bool by_prefix =
            std::find(wanted.begin(), wanted.end(), "health_status") != wanted.end();
        return std::any_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
            return by_prefix ? action.starts_with(each) : action == each;
        });
    }

    base::Notifier changed;
    docker::EventFilter filter;
    std::deque<docker::Event> events;
    bool cut = false;
    bool hanging = false;
};

class FakeDocker::StreamReader : public docker::EventStream {
public:
    explicit StreamReader(std::shared_ptr<Stream> stream) : stream_(std::move(stream)) {}

    base::Async<base::Result<std::optional<docker::Event>>>
    next(std::chrono::steady_clock::duration limit) override {
        const auto stop = co_await base::stop_token();
        const auto end = std::chrono::steady_clock::now() + limit;
        for (;;) {
            if (stop.requested())
                co_return base::Error(base::Errc::cancelled, "events: cancelled");
            if (stream_->cut)
                co_return base::Error(base::Errc::unavailable, "events: the engine closed it");
            if (stream_->hanging) {
                co_await base::sleep_for(std::chrono::milliseconds(1));
                co_return std::optional<docker::Event>();
            }
            if (!stream_->events.empty())
                break;
            if (std::chrono::steady_clock::now() >= end)
                co_return std::optional<docker::Event>();
            co_await stream_->changed.wait_for(end - std::chrono::steady_clock::now());
        }
        auto event = std::move(stream_->events.front());
        stream_->events.pop_front();
        co_return std::optional(std::move(event));
    }

private:
    std::shared_ptr<Stream> stream_;
};

} // namespace fakes
