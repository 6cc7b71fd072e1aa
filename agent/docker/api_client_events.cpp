#include "agent/docker/api_client.hpp"
#include "agent/docker/decode.hpp"
#include "agent/docker/wire.hpp"

#include <utility>

namespace agent::docker {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view what = "docker events";

class ApiEventStream final : public EventStream {
public:
    explicit ApiEventStream(std::unique_ptr<http::LineStream> lines) : lines_(std::move(lines)) {}

    Async<Result<std::optional<Event>>> next(std::chrono::steady_clock::duration limit) override {
        if (ended_)
            co_return *ended_;
        auto item = co_await lines_->next(limit);
        if (!item && item.error().code() == Errc::cancelled)
            co_return std::move(item).error() + what;
        if (!item)
            co_return end(std::move(item).error());
        if (item->kind == http::StreamItem::Kind::end)
            co_return end(Error(Errc::unavailable, "the engine ended the stream"));
        if (item->kind == http::StreamItem::Kind::nothing_yet)
            co_return std::nullopt;
        auto event = decode_event(item->line);
        if (!event)
            co_return end(std::move(event).error());
        co_return std::move(*event);
    }

private:
    Error end(Error error) {
        ended_ = std::move(error) + what;
        lines_.reset();
        return *ended_;
    }

    std::unique_ptr<http::LineStream> lines_;
    std::optional<Error> ended_;
};

} // namespace

Async<Result<std::unique_ptr<EventStream>>>
ApiClient::events(EventFilter filter, std::optional<std::int64_t> since_nano) {
    auto actions = with_podmans_names(std::move(filter.actions));
    const auto filters =
        filters_json({{"type", std::move(filter.types)}, {"event", std::move(actions)}});
    Request request;
    request.target = "/events?filters=" + escape(filters);
    if (since_nano)
        request.target += "&since=" + to_event_time(*since_nano);
    request.deadline = options_.deadlines.events_open;
    CO_TRY(auto lines, co_await stream(std::string(what), std::move(request)));
    std::unique_ptr<EventStream> events = std::make_unique<ApiEventStream>(std::move(lines));
    co_return std::move(events);
}

} // namespace agent::docker
