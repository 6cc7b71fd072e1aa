#include "agent/docker/api_client.hpp"
#include "agent/docker/decode.hpp"
#include "agent/docker/wire.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace agent::docker {

using base::Async;
using base::Result;

namespace {

std::string create_body(const VolumeSpec& spec) {
    nlohmann::json body = {
        {"Name", spec.name}, {"DriverOpts", spec.driver_options}, {"Labels", spec.labels}};
    if (!spec.driver.empty())
        body["Driver"] = spec.driver;
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

Async<Result<std::string>> ApiClient::create_volume(VolumeSpec spec) {
    const std::string what = "docker create volume " + spec.name;
    auto request = post_json("/volumes/create", create_body(spec), options_.deadlines.volume);
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    CO_TRY(auto volume, in_context(what, decode_volume(answer.body)));
    co_return std::move(volume.name);
}

Async<Result<std::optional<Volume>>> ApiClient::inspect_volume(std::string name) {
    const std::string what = "docker inspect volume " + name;
    Request request;
    request.target = "/volumes/" + escape(name);
    request.deadline = options_.deadlines.inspect;
    CO_TRY(const auto answer, co_await call(what, std::move(request), 404));
    if (answer.status == 404)
        co_return std::nullopt;
    CO_TRY(auto volume, in_context(what, decode_volume(answer.body)));
    co_return std::move(volume);
}

Async<Result<std::vector<Volume>>> ApiClient::list_volumes(std::vector<std::string> labels) {
    const std::string what = "docker list volumes";
    Request request;
    request.target = "/volumes";
    if (!labels.empty())
        request.target += "?filters=" + escape(filters_json({{"label", std::move(labels)}}));
    request.deadline = options_.deadlines.list;
    request.body_limit = list_limit;
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_volume_list(answer.body));
}

Async<Result<bool>> ApiClient::remove_volume(std::string name) {
    auto what = "docker remove volume " + name;
    auto target = "/volumes/" + escape(name);
    co_return co_await remove(std::move(what), std::move(target), options_.deadlines.volume);
}

} // namespace agent::docker
