#include "agent/http/transport.hpp"

#include "agent/http/call.hpp"
#include "agent/http/multi.hpp"

#include <utility>

namespace agent::http {

namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using Clock = std::chrono::steady_clock;

/// What the waiter waits for, besides the call's end.
enum class Until { end, head, line };

bool reached(const Call& call, Until until) {
    switch (until) {
    case Until::end: return call.ended;
    case Until::head: return call.ended || call.head_complete;
    case Until::line: return call.ended || (call.lines && call.lines->has_line());
    }
    return false;
}

/// True when it was reached, false when the limit passed; cancelled when the task was asked to end.
Async<Result<bool>> wait_for(std::shared_ptr<Call> call, Until until, Clock::duration limit) {
    const auto end = Clock::now() + limit;
    while (!reached(*call, until)) {
        const auto stop = co_await base::stop_token();
        if (stop.requested())
            co_return Error(Errc::cancelled, "the task was cancelled");
        const auto left = end - Clock::now();
        if (left <= Clock::duration::zero())
            co_return false;
        co_await call->changed.wait_for(left);
    }
    co_return true;
}

/// The same with a deadline that ends the call.
Async<Result<>> finish_by(std::shared_ptr<Call> call, Until until,
                          std::chrono::milliseconds deadline) {
    auto in_time = co_await wait_for(call, until, deadline);
    if (in_time && *in_time) {
        if (call->failure)
            co_return *call->failure;
        co_return Result<>();
    }
    call->stop();
    if (!in_time)
        co_return std::move(in_time).error();
    co_return Error(Errc::timeout, "no answer within " + std::to_string(deadline.count()) + " ms");
}

void start(Multi& multi, const std::shared_ptr<Call>& call, const ServerAddress& endpoint,
           const TransportOptions& options, Request request) {
    auto transfer = std::make_unique<HttpTransfer>(call, endpoint, options, std::move(request));
    call->multi = &multi;
    call->transfer = transfer.get();
    multi.start(std::move(transfer));
}

class CurlLineStream final : public LineStream {
public:
    explicit CurlLineStream(std::shared_ptr<Call> call) : call_(std::move(call)) {}
    ~CurlLineStream() override { call_->stop(); }
    CurlLineStream(const CurlLineStream&) = delete;
    CurlLineStream& operator=(const CurlLineStream&) = delete;

    Async<Result<StreamItem>> next(Clock::duration limit) override;

private:
    std::shared_ptr<Call> call_;
};

class CurlTransport final : public Transport {
public:
    CurlTransport(base::Executor loop, ServerAddress address, TransportOptions options)
        : loop_(loop), address_(std::move(address)), options_(options), multi_(std::move(loop)) {}

    Async<Result<Response>> exchange(Request request) override;
    Async<Result<StreamAnswer>> open_stream(Request request, QueueLimits limits) override;

private:
    base::Executor loop_;
    ServerAddress address_;
    TransportOptions options_;
    Multi multi_;
};

Async<Result<Response>> CurlTransport::exchange(Request request) {
    const auto stop = co_await base::stop_token();
    if (stop.requested())
        co_return Error(Errc::cancelled, "the task was cancelled");
    const auto deadline = request.deadline;
    auto call = std::make_shared<Call>(loop_, request.body_limit);
    start(multi_, call, address_, options_, std::move(request));
    CO_TRY(co_await finish_by(call, Until::end, deadline));
    co_return std::move(call->response);
}

Async<Result<StreamAnswer>> CurlTransport::open_stream(Request request, QueueLimits limits) {
    const auto stop = co_await base::stop_token();
    if (stop.requested())
        co_return Error(Errc::cancelled, "the task was cancelled");
    const auto deadline = request.deadline;
    auto call = std::make_shared<Call>(loop_, request.body_limit);
    call->lines.emplace(limits);
    start(multi_, call, address_, options_, std::move(request));
    CO_TRY(co_await finish_by(call, Until::head, deadline));
    StreamAnswer answer;
    if (call->response.status < 300) {
        answer.lines = std::make_unique<CurlLineStream>(call);
    } else {
        CO_TRY(co_await finish_by(call, Until::end, deadline));
    }
    answer.response = call->response;
    co_return std::move(answer);
}

Async<Result<StreamItem>> CurlLineStream::next(Clock::duration limit) {
    const auto call = call_;
    CO_TRY(const bool reached_one, co_await wait_for(call, Until::line, limit));
    StreamItem item;
    if (!reached_one)
        co_return std::move(item);
    auto line = call->lines->pop();
    if (line) {
        item.kind = StreamItem::Kind::line;
        item.line = std::move(*line);
        co_return std::move(item);
    }
    if (call->failure)
        co_return *call->failure;
    item.kind = StreamItem::Kind::end;
    co_return std::move(item);
}

} // namespace

std::unique_ptr<Transport> make_transport(base::Executor loop, ServerAddress address,
                                          TransportOptions options) {
    return std::make_unique<CurlTransport>(std::move(loop), std::move(address), options);
}

std::string system_certificates_file() {
    const auto* file = curl_version_info(CURLVERSION_NOW)->cainfo;
    return file == nullptr ? "" : file;
}

std::optional<base::Time> parse_date(const std::string& text) {
    const std::chrono::seconds seconds(curl_getdate(text.c_str(), nullptr));
    // What is not in base::Time's range is on no clock.
    if (seconds.count() < 0 ||
        seconds > std::chrono::floor<std::chrono::seconds>(base::Time::duration::max()))
        return std::nullopt;
    return base::Time(seconds);
}

} // namespace agent::http
