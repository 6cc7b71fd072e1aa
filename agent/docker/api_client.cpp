#include "agent/docker/api_client.hpp"

#include "agent/docker/decode.hpp"
#include "agent/docker/negotiate.hpp"
#include "agent/docker/wire.hpp"

#include <utility>

namespace agent::docker {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

std::unique_ptr<Client> make_client(std::unique_ptr<Transport> transport, ClientOptions options) {
    return std::make_unique<ApiClient>(std::move(transport), std::move(options));
}

ApiClient::ApiClient(std::unique_ptr<Transport> transport, ClientOptions options)
    : transport_(std::move(transport)), options_(std::move(options)) {}

Async<Result<Response>> ApiClient::send(std::string what, Request request, long also) {
    auto answer = co_await transport_->exchange(std::move(request));
    if (!answer)
        co_return std::move(answer).error() + what;
    answer->status = status_in_dockers_sense(*answer);
    const bool fine = answer->status >= 200 && answer->status < 300;
    if (!fine && answer->status != also)
        co_return refusal(what, *answer);
    co_return std::move(answer);
}

Result<> ApiClient::add_version(const std::string& what, Request& request) const {
    if (!version_)
        return Error(Errc::unavailable, what + ": not connected to Docker yet");
    request.target.insert(0, "/v" + version_->to_string());
    return {};
}

Async<Result<Response>> ApiClient::call(std::string what, Request request, long also) {
    CO_TRY(add_version(what, request));
    auto answer = co_await send(std::move(what), std::move(request), also);
    co_return std::move(answer);
}

Async<Result<bool>> ApiClient::remove(std::string what, std::string target,
                                      std::chrono::milliseconds deadline) {
    Request request;
    request.method = "DELETE";
    request.target = std::move(target);
    request.deadline = deadline;
    CO_TRY(const auto answer, co_await call(std::move(what), std::move(request), 404));
    co_return answer.status != 404;
}

Async<Result<std::unique_ptr<http::LineStream>>> ApiClient::stream(std::string what,
                                                                   Request request) {
    CO_TRY(add_version(what, request));
    auto answer = co_await transport_->open_stream(std::move(request), http::QueueLimits());
    if (!answer)
        co_return std::move(answer).error() + what;
    if (!answer->lines)
        co_return refusal(what, answer->response);
    co_return std::move(answer->lines);
}

Async<Result<EngineVersion>> ApiClient::connect() {
    CO_TRY(co_await ping(options_.deadlines.version));
    Request request;
    request.target = "/version";
    request.deadline = options_.deadlines.version;
    CO_TRY(const auto answer, co_await send("docker version", std::move(request), 0));
    CO_TRY(auto engine, in_context("docker version", decode_version(answer.body)));
    CO_TRY(engine.used,
           in_context("docker version", negotiate(engine, options_.pinned_api_version)));
    version_ = engine.used;
    co_return std::move(engine);
}

Async<Result<>> ApiClient::ping(std::chrono::milliseconds deadline) {
    Request request;
    request.target = "/_ping";
    request.deadline = deadline;
    CO_TRY(co_await send("docker ping", std::move(request), 0));
    co_return Result<>();
}

Async<Result<EngineInfo>> ApiClient::info() {
    Request request;
    request.target = "/info";
    request.deadline = options_.deadlines.info;
    CO_TRY(const auto answer, co_await call("docker info", std::move(request)));
    co_return in_context("docker info", decode_info(answer.body));
}

} // namespace agent::docker
