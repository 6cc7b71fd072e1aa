#include "agent/docker/api_client.hpp"
#include "agent/docker/decode.hpp"
#include "agent/docker/wire.hpp"

#include <utility>

namespace agent::docker {

using base::Async;
using base::Errc;
using base::Result;

Async<Result<std::vector<ContainerSummary>>>
ApiClient::list_containers(bool all, std::vector<std::string> labels) {
    const std::string what = "docker list containers";
    Request request;
    request.target = all ? "/containers/json?all=1" : "/containers/json?all=0";
    if (!labels.empty())
        request.target += "&filters=" + escape(filters_json({{"label", std::move(labels)}}));
    request.deadline = options_.deadlines.list;
    request.body_limit = list_limit;
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_container_list(answer.body));
}

Async<Result<std::optional<ContainerInspect>>>
ApiClient::inspect_container(std::string id, std::optional<std::chrono::milliseconds> deadline) {
    const std::string what = "docker inspect container " + id;
    Request request;
    request.target = "/containers/" + escape(id) + "/json";
    request.deadline = deadline.value_or(options_.deadlines.inspect);
    CO_TRY(const auto answer, co_await call(what, std::move(request), 404));
    if (answer.status == 404)
        co_return std::nullopt;
    CO_TRY(auto container, in_context(what, decode_container(answer.body)));
    co_return std::move(container);
}

Async<Result<std::optional<model::Stats>>> ApiClient::container_stats(std::string id) {
    const std::string what = "docker stats of container " + id;
    Request request;
    // An engine that does not know one-shot ignores it, and takes a second longer.
    request.target = "/containers/" + escape(id) + "/stats?stream=0&one-shot=1";
    request.deadline = options_.deadlines.stats;
    CO_TRY(const auto answer, co_await call(what, std::move(request), 404));
    // Podman 4 has nothing to say of one that does not run.
    if (answer.status == 404 || answer.body.empty())
        co_return std::nullopt;
    CO_TRY(auto stats, in_context(what, decode_stats(answer.body)));
    co_return std::move(stats);
}

Async<Result<std::string>> ApiClient::create_container(std::string name, std::string body) {
    const std::string what = "docker create container " + name;
    auto request = post_json("/containers/create?name=" + escape(name), std::move(body),
                             options_.deadlines.create);
    CO_TRY(const auto answer, co_await call(what, std::move(request)));
    co_return in_context(what, decode_created_id(answer.body));
}

Async<Result<>> ApiClient::start_container(std::string id) {
    const std::string what = "docker start container " + id;
    auto request = post("/containers/" + escape(id) + "/start", options_.deadlines.start);
    CO_TRY(co_await call(what, std::move(request), 304));
    co_return Result<>();
}

Async<Result<>> ApiClient::stop_container(std::string id, std::chrono::seconds grace) {
    const std::string what = "docker stop container " + id;
    auto request = post("/containers/" + escape(id) + "/stop?t=" + std::to_string(grace.count()),
                        std::chrono::milliseconds(grace) + options_.deadlines.stop_margin);
    CO_TRY(co_await call(what, std::move(request), 304));
    co_return Result<>();
}

Async<Result<>> ApiClient::kill_container(std::string id, std::string signal) {
    const std::string what = "docker kill container " + id;
    auto request = post("/containers/" + escape(id) + "/kill?signal=" + escape(signal),
                        options_.deadlines.kill);
    CO_TRY(co_await call(what, std::move(request)));
    co_return Result<>();
}

Async<Result<bool>> ApiClient::remove_container(std::string id, bool force, bool volumes) {
    const std::string what = "docker remove container " + id;
    Request request;
    request.method = "DELETE";
    request.target = "/containers/" + escape(id) + (force ? "?force=1" : "?force=0") +
                     (volumes ? "&v=1" : "&v=0");
    request.deadline = options_.deadlines.remove;
    auto answer = co_await call(what, std::move(request), 404);
    if (answer)
        co_return answer->status != 404;
    // Somebody else is removing it: what was asked for happens.
    if (answer.error().code() == Errc::conflict &&
        answer.error().what().find("is already in progress") != std::string::npos)
        co_return true;
    co_return std::move(answer).error();
}

Async<Result<std::optional<PathStat>>> ApiClient::stat_path(std::string id, std::string path) {
    const std::string what = "docker stat " + path + " in container " + id;
    Request request;
    request.method = "HEAD";
    request.target = "/containers/" + escape(id) + "/archive?path=" + escape(path);
    request.deadline = options_.deadlines.inspect;
    CO_TRY(const auto answer, co_await call(what, std::move(request), 404));
    if (answer.status == 404)
        co_return std::nullopt;
    const auto header = answer.headers.find("x-docker-container-path-stat");
    if (header == answer.headers.end())
        co_return base::Error(Errc::protocol, what + ": the answer has no path stat header");
    CO_TRY(auto stat, in_context(what, decode_path_stat(header->second)));
    co_return std::move(stat);
}

} // namespace agent::docker
