#include "agent/docker/api_client.hpp"
#include "agent/docker/decode.hpp"
#include "agent/docker/wire.hpp"

#include <nlohmann/json.hpp>

#include <utility>

namespace agent::docker {

using base::Async;
using base::Result;

namespace {

std::string create_body(const NetworkSpec& spec) {
    nlohmann::json body = {
        {"Name", spec.name},         {"Driver", spec.driver},
        {"CheckDuplicate", true}, // engines before API 1.44 make twins without it
        {"Internal", spec.internal}, {"Labels", spec.labels},
        {"Options", spec.options},
    };
    auto config = nlohmann::json::object();
    if (!spec.subnet.empty())
        config["Subnet"] = spec.subnet;
    if (!spec.gateway.empty())
        config["Gateway"] = spec.gateway;
    if (!config.empty())
        body["IPAM"] = {{"Driver", "default"}, {"Config", nlohmann::json::array({config})}};
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

} // namespace

Async<Result<std::vector<Network>>> ApiClient::list_networks() {
    const std::string what = "docker list networks";
    Request request;
    request.target = "/networks";
    request.deadline = options_.deadlines.network;
    request.body_limit = list_limit;
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_network_list(answer.body));
}

Async<Result<std::optional<Network>>> ApiClient::inspect_network(std::string id) {
    const std::string what = "docker inspect network " + id;
    Request request;
    request.target = "/networks/" + escape(id);
    request.deadline = options_.deadlines.network;
    CO_TRY(const auto answer, co_await call(what, std::move(request), 404));
    if (answer.status == 404)
        co_return std::nullopt;
    CO_TRY(auto network, in_context(what, decode_network(answer.body)));
    co_return std::move(network);
}

Async<Result<std::string>> ApiClient::create_network(NetworkSpec spec) {
    const std::string what = "docker create network " + spec.name;
    auto request = post_json("/networks/create", create_body(spec), options_.deadlines.network);
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_created_id(answer.body));
}

Async<Result<bool>> ApiClient::remove_network(std::string id) {
    auto what = "docker remove network " + id;
    auto target = "/networks/" + escape(id);
    co_return co_await remove(std::move(what), std::move(target), options_.deadlines.network);
}

} // namespace agent::docker
