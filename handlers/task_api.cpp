#include "handlers/task_api.hpp"

#include "handlers/agentapi/fault_injection.hpp"
#include "handlers/agentapi/task_protection.hpp"
#include "handlers/credentials/credentials.hpp"
#include "handlers/http/route.hpp"
#include "handlers/metadata/versioned.hpp"
#include "handlers/stats/stats.hpp"
#include "handlers/v2/metadata.hpp"
#include "handlers/v3/metadata.hpp"
#include "handlers/v4/metadata.hpp"

#include <array>
#include <span>

namespace handlers {

namespace {

using agentapi::inject_fault;
using V3 = metadata::Versioned<v3::dialect>;
using V4 = metadata::Versioned<v4::dialect>;

using Handled = http::Route<metadata::Context, ResolvedRequest>;

struct Row : Handled {
    template <class... Rest>
    constexpr explicit Row(Subject about, Rest... rest) : Handled(rest...), subject(about) {}

    Subject subject;
};

constexpr auto container = Subject::container;
constexpr auto docker_container = Subject::docker_container;
constexpr auto caller = Subject::caller;

// The first that fits wins. A path that is not here is 404, whatever the method.
constexpr std::array table{
    Row{Subject::credentials, "/v1/credentials", credentials::version_1},
    Row{Subject::credentials, "/v2/credentials/{id*}", credentials::version_2},

    Row{caller, "/v2/metadata", v2::task},
    Row{caller, "/v2/metadata/", v2::task},
    Row{caller, "/v2/metadataWithTags", v2::task_with_tags},
    Row{caller, "/v2/metadataWithTags/", v2::task_with_tags},
    Row{caller, "/v2/metadata/taskWithTags", v2::task_with_tags},
    Row{docker_container, "/v2/metadata/{id+}", v2::container},
    Row{caller, "/v2/stats", v2::task_stats},
    Row{caller, "/v2/stats/", v2::task_stats},
    Row{docker_container, "/v2/stats/{id+}", v2::container_stats},

    Row{caller, "/v3", V3::container},
    Row{caller, "/v3/task", V3::task},
    Row{caller, "/v3/taskWithTags", V3::task_with_tags},
    Row{caller, "/v3/stats", v3::container_stats},
    Row{caller, "/v3/task/stats", v3::task_stats},
    Row{container, "/v3/{id}", V3::container},
    Row{container, "/v3/{id}/task", V3::task},
    Row{container, "/v3/{id}/taskWithTags", V3::task_with_tags},
    Row{container, "/v3/{id}/stats", v3::container_stats},
    Row{container, "/v3/{id}/task/stats", v3::task_stats},
    Row{container, "/v3/{id}/associations/{type}", V3::associations},
    Row{container, "/v3/{id}/associations/{type}/", V3::unnamed_association},
    Row{container, "/v3/{id}/associations/{type}/{name+}", V3::association},

    Row{caller, "/v4", V4::container},
    Row{caller, "/v4/task", V4::task},
    Row{caller, "/v4/taskWithTags", V4::task_with_tags},
    Row{caller, "/v4/stats", v4::container_stats},
    Row{caller, "/v4/task/stats", v4::task_stats},
    Row{container, "/v4/{id}", V4::container},
    Row{container, "/v4/{id}/task", V4::task},
    Row{container, "/v4/{id}/taskWithTags", V4::task_with_tags},
    Row{container, "/v4/{id}/stats", v4::container_stats},
    Row{container, "/v4/{id}/task/stats", v4::task_stats},
    Row{container, "/v4/{id}/associations/{type}", V4::associations},
    Row{container, "/v4/{id}/associations/{type}/", V4::unnamed_association},
    Row{container, "/v4/{id}/associations/{type}/{name+}", V4::association},

    Row{container, "PUT", "/api/{id}/task-protection/v1/state", agentapi::update_protection},
    Row{container, "GET", "/api/{id}/task-protection/v1/state", agentapi::get_protection},

    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-blackhole-port/start", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-blackhole-port/stop", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-blackhole-port/status", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-latency/start", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-latency/stop", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-latency/status", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-packet-loss/start", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-packet-loss/stop", inject_fault},
    Row{Subject::fault, "POST", "/api/{id}/fault/v1/network-packet-loss/status", inject_fault},

    // The local ones.
    Row{caller, "GET", "/creds", credentials::of_caller},
    Row{caller, "GET", "/role/{id}", credentials::of_caller_by_name},
    Row{caller, "GET", "/role-arn/{id+}", credentials::of_caller_by_arn},
};
constexpr std::size_t local_rows = 3;

/// Knowing so much of an id helps to read a log and not to use the id.
constexpr std::size_t shown_of_an_id = 8;
/// Longer segments may be ids wherever they are.
constexpr std::size_t longest_word = 24;

/// Containers are known by their IPv4 addresses.
bool is_unknown_address(const ResolvedRequest& asked) {
    const bool by_address =
        asked.subject == Subject::caller || asked.subject == Subject::docker_container;
    return by_address && !asked.about && asked.request.peer.address.find(':') == std::string::npos;
}

bool names_an_id(std::string_view first) {
    return first == "v3" || first == "v4" || first == "api";
}

} // namespace

TaskApi::TaskApi(model::World& world, const Sources& sources, const RequestLimits& limits,
                 LocalEndpoints local)
    : world_(world),
      bodies_(world),
      context_{bodies_,       sources.stats,  sources.protection, sources.credentials,
               sources.audit, sources.callers},
      callers_(sources.callers),
      pending_(sources.pending),
      newcomers_(sources.newcomers),
      budgets_(limits),
      rows_(table.size() - (local == LocalEndpoints::on ? 0 : local_rows)) {}

base::Async<http::Response> TaskApi::answer(http::Request& request) {
    if (!request.target.is_clean())
        co_return http::moved(http::clean_location(request.target));
    const auto found = http::find_route(std::span<const Row>(table).first(rows_), request);
    const auto* row = found.route;
    auto asked = row == nullptr
                     ? resolve(request, Subject::nothing, 0, world_, context_.credentials)
                     : resolve(request, row->subject, static_cast<std::uint8_t>(row - table.data()),
                               world_, context_.credentials);
    auto taken = budgets_.take(asked);
    const bool is_behind = is_due(asked) || is_newcomer(asked) || is_unknown_address(asked);
    if (is_behind && !taken.refusal)
        co_await catch_up(asked);
    const RateLimit* second_limit = nullptr;
    http::Response response;
    if (taken.refusal) {
        response = std::move(*taken.refusal);
        audit_refusal(asked, response.status);
    } else if (row == nullptr)
        response = found.other_method ? http::method_not_allowed() : http::not_found();
    else if (row->subject == Subject::fault)
        response = answer_fault(asked, second_limit);
    else if (row->now != nullptr)
        response = row->now(asked, context_);
    else
        response = co_await row->later(asked, context_);
    RequestBudgets::tell(response, request, taken.limit);
    if (second_limit != nullptr)
        RequestBudgets::tell(response, request, *second_limit);
    co_return response;
}

/// What is the asker's is given at once; an id that is none of the task's is waited for by nobody.
bool TaskApi::is_due(const ResolvedRequest& asked) const {
    const bool is_given = asked.subject == Subject::credentials && asked.is_known;
    const bool is_nobodys =
        asked.subject == Subject::docker_container && asked.about.container == nullptr;
    return !is_given && !is_nobodys && is_pending(pending_, asked.about);
}

bool TaskApi::is_newcomer(const ResolvedRequest& asked) const {
    const bool is_by_id = asked.subject == Subject::container || asked.subject == Subject::fault ||
                          asked.subject == Subject::credentials;
    return is_by_id && !asked.is_known && newcomers_.is_expected(std::string(asked.id));
}

/// A container that asks with its first instruction is told what it is, not what it was; and an address
/// that is not known yet is looked for.
base::Async<void> TaskApi::catch_up(ResolvedRequest& asked) {
    if (is_newcomer(asked)) {
        std::string id(asked.id);
        co_await newcomers_.wait_until_seen(std::move(id), longest_wait_for_newcomer);
        asked.about = find_subject(asked, world_);
    }
    if (is_due(asked)) {
        const auto end = std::chrono::steady_clock::now() + longest_wait_about(asked.about);
        auto about = asked.about;
        co_await wait_for_pending(pending_, std::move(about), end);
        asked.about = find_subject(asked, world_);
    }
    if (!is_unknown_address(asked))
        co_return;
    auto address = asked.request.peer.address;
    asked.about = co_await callers_.find(std::move(address));
    if (asked.subject == Subject::docker_container && asked.about)
        asked.about.container = asked.about.task->find_container(asked.id);
}

http::Response TaskApi::answer_fault(const ResolvedRequest& asked, const RateLimit*& limit) {
    auto taken = budgets_.take_for_fault(asked);
    limit = &taken.limit;
    return taken.refusal ? std::move(*taken.refusal) : inject_fault(asked, context_);
}

void TaskApi::audit_refusal(const ResolvedRequest& asked, unsigned status) {
    const auto& request = asked.request;
    const auto path = loggable_path(request.target);
    AuditEntry entry;
    entry.status = status;
    entry.peer = request.peer;
    entry.path = path;
    entry.user_agent = request.user_agent;
    // By its address; the host's belong to no task, then the id says which it is.
    auto task = world_.find_by_address(request.peer.address).task;
    if (!task)
        task = asked.about.task;
    if (task)
        entry.refused_task = task->arn;
    context_.audit.write(entry);
}

http::Response TaskApi::failure() const {
    return http::json_string(500, "internal error");
}

std::string TaskApi::loggable_path(const http::Target& target) const {
    std::string path;
    std::string_view first;
    std::size_t index = 0;
    for (const auto& segment : target.segments) {
        path += '/';
        // An un-clean path is counted as it will be after the redirect, so that "//v4/<id>" does
        // not show what "/v4/<id>" hides.
        if (segment.empty() || segment == "." || segment == "..") {
            path += segment;
            continue;
        }
        ++index;
        const bool is_id = index == 2 && names_an_id(first);
        const auto shown = is_id ? shown_of_an_id : longest_word;
        if (segment.size() <= shown || (is_id && segment == "taskWithTags"))
            path += segment;
        else
            path.append(segment, 0, shown_of_an_id).append("…");
        if (index == 1)
            first = segment;
        if (segment == "credentials")
            return path;
    }
    return path;
}

std::vector<TaskApi::Route> TaskApi::routes() {
    std::vector<Route> routes;
    for (const auto& row : table)
        routes.push_back({row.method, row.pattern});
    return routes;
}

} // namespace handlers
