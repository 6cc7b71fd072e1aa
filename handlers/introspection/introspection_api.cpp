#include "handlers/introspection/introspection_api.hpp"

#include "handlers/http/route.hpp"
#include "handlers/introspection/documents.hpp"

#include <array>

namespace handlers::introspection {

namespace {

using http::Request;
using http::Response;

constexpr std::string_view index_body =
    R"({"AvailableCommands":["/v1/metadata","/v1/tasks","/license"]})";
/// Up to Docker's short form, an id is a prefix.
constexpr std::size_t short_id = 12;

/// The index, and the answer to every path that is none: monitoring agents probe with any.
Response index(const Request& /*request*/, Context& /*context*/) {
    return {200, http::text_type, std::string(index_body)};
}

Response metadata(const Request& /*request*/, Context& context) {
    return {200, http::json_type, render_instance(context.world.instance())};
}

Response license(const Request& /*request*/, Context& context) {
    return {200, "text/plain", context.license};
}

Response health(const Request& /*request*/, Context& context) {
    const auto report = context.health.report();
    return {report.healthy() ? 200U : 503U, http::json_type, render_health(report)};
}

Response no_such_task(unsigned status) {
    return {status, http::json_type, no_task()};
}

Response one_task(Context& context, const model::TaskPtr& task) {
    if (!task)
        return no_such_task(404);
    return http::json(context.bodies.get(task, nullptr, render_task));
}

/// Those that an id may mean.
std::vector<model::ContainerRef> containers_of(const model::World& world, std::string_view id) {
    if (id.size() <= short_id)
        return world.find_by_docker_id_prefix(id);
    const auto found = world.find_by_docker_id(id);
    return found ? std::vector{found} : std::vector<model::ContainerRef>();
}

Response task_of_container(Context& context, std::string_view id) {
    // Containers are counted, not tasks.
    const auto found = containers_of(context.world, id);
    if (found.size() > 1)
        return no_such_task(400);
    return one_task(context, found.empty() ? nullptr : found.front().task);
}

Response all_tasks(Context& context) {
    if (!context.task_list || context.task_list_generation != context.world.generation()) {
        std::vector<http::SharedBody> bodies;
        std::vector<std::string_view> texts;
        for (const auto& [arn, task] : context.world.tasks()) {
            bodies.push_back(context.bodies.get(task, nullptr, render_task));
            texts.push_back(*bodies.back());
        }
        context.task_list = std::make_shared<const std::string>(task_list(texts));
        context.task_list_generation = context.world.generation();
    }
    return http::json(context.task_list);
}

Response tasks(const Request& request, Context& context) {
    if (!request.target.has_query)
        return all_tasks(context);
    const auto id = http::query_value(request.target, "dockerid");
    const auto arn = http::query_value(request.target, "taskarn");
    if (id && arn)
        return no_such_task(400);
    if (id)
        return task_of_container(context, *id);
    if (arn)
        return one_task(context, context.world.find_task(*arn));
    return all_tasks(context);
}

using Row = http::Route<Context>;

constexpr std::array table{
    Row{"/v1/metadata", metadata}, Row{"/v1/tasks", tasks}, Row{"/license", license},
    Row{"/healthz", health},       Row{"/", index},
};

std::string html_escaped(std::string_view text) {
    std::string escaped;
    for (const char c : text) {
        switch (c) {
        case '&': escaped += "&amp;"; break;
        case '\'': escaped += "&#39;"; break;
        default: escaped += c; // a URL has no other special character
        }
    }
    return escaped;
}

/// As Go's ServeMux sends one to the canonical path, always on this server.
Response moved(const http::Target& target) {
    auto relative = target;
    relative.origin.clear();
    const auto location = http::clean_location(relative);
    Response response(301, "text/html; charset=utf-8",
                      "<a href=\"" + html_escaped(location) + "\">Moved Permanently</a>.\n\n");
    response.headers.emplace_back("Location", location);
    return response;
}

} // namespace

IntrospectionApi::IntrospectionApi(model::World& world, const Sources& sources,
                                   std::string license_text)
    : bodies_(world),
      context_{world, sources.health, bodies_, std::move(license_text), nullptr, 0},
      callers_(sources.callers),
      pending_(sources.pending) {}

base::Async<Response> IntrospectionApi::answer(Request& request) {
    if (!request.target.is_clean())
        co_return moved(request.target);
    const auto* route = http::find_route(table, request).route;
    if (route == nullptr)
        co_return index(request, context_);
    if (route->now == tasks)
        co_await catch_up(request);
    co_return route->now(request, context_);
}

/// Waits for what is on its way about the task that is asked about, and about the one that asks. What other
/// tasks do keeps nobody waiting.
base::Async<void> IntrospectionApi::catch_up(const http::Request& request) {
    const auto begun = std::chrono::steady_clock::now();
    model::Caller selected;
    if (const auto arn = http::query_value(request.target, "taskarn"))
        selected.task = context_.world.find_task(*arn);
    else if (const auto id = http::query_value(request.target, "dockerid"))
        if (const auto found = containers_of(context_.world, *id); found.size() == 1)
            selected.task = found.front().task;
    auto address = request.peer.address;
    auto caller = co_await callers_.find(std::move(address));
    if (is_pending(pending_, caller)) {
        const auto end = begun + longest_wait_about(caller);
        co_await wait_for_pending(pending_, std::move(caller), end);
    }
    if (is_pending(pending_, selected)) {
        const auto end = begun + longest_wait_about(selected);
        co_await wait_for_pending(pending_, std::move(selected), end);
    }
}

Response IntrospectionApi::failure() const {
    Response response;
    response.status = 500;
    response.close = true;
    return response;
}

std::string IntrospectionApi::loggable_path(const http::Target& target) const {
    return target.path;
}

std::vector<std::string_view> IntrospectionApi::routes() {
    std::vector<std::string_view> patterns;
    for (const auto& route : table)
        patterns.push_back(route.pattern);
    return patterns;
}

} // namespace handlers::introspection
