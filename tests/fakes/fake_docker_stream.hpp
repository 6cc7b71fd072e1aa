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
        const auto matches = [](const std::vector<std::string>& list, const std::string& value) {
            return list.empty() || std::find(list.begin(), list.end(), value) != list.end();
        };
        if (matches(filter.types, event.type) && matches(filter.actions, event.action))
            events.push_back(event);
        changed.notify_all();
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
