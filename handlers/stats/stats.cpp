#include "handlers/stats/stats.hpp"

#include "handlers/metadata/lookup.hpp"
#include "handlers/stats/render.hpp"

#include <boost/asio/this_coro.hpp>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

namespace handlers {

namespace {

using base::Async;
using http::Response;
using metadata::Context;
using stats::Rate;
using Sample = std::optional<model::StatsSample>;

/// How the versions differ.
struct Version {
    std::string_view name;    ///< "V3", as its texts begin; "" where they begin otherwise
    unsigned lookup_status;   ///< when nobody is meant
    unsigned unknown_status;  ///< when nothing can be told of a container
    std::string_view nothing; ///< what stands for a container of which nothing is known
    Rate rate;
};

constexpr Version version_2{"", 400, 400, "null", Rate::hidden};
constexpr Version version_3{"V3", 400, 400, "null", Rate::hidden};
constexpr Version version_4{"V4", 404, 500, "{}", Rate::shown};

/// A document has about 2,500 bytes on cgroups of version 1.
constexpr std::size_t usual_size = 4096;
/// Each sample ends by itself before.
constexpr auto samples_limit = std::chrono::seconds(5);

Response json(std::string body) {
    return Response(200, http::json_type, std::move(body));
}

Response cannot_tell(const Version& version, std::string_view docker_id) {
    return http::json_string(version.unknown_status,
                             std::string("Unable to get container stats for: ").append(docker_id));
}

/// `what` of the request could not be found, and why.
Response nobody(const Version& version, std::string_view handler, std::string_view what,
                std::string_view why) {
    std::string text;
    if (version.name.empty())
        text = "Unable to get task arn from request: ";
    else
        text.append(version.name)
            .append(handler)
            .append(" handler: unable to get ")
            .append(what)
            .append(" from request: ");
    return http::json_string(version.lookup_status, text.append(why));
}

constexpr std::string_view of_container = " container stats";
constexpr std::string_view of_task = " task stats";

std::string why_nobody(const ResolvedRequest& asked) {
    return asked.subject == Subject::container ? metadata::no_task_of(asked.id)
                                               : metadata::nobody_has(asked.request.peer.address);
}

std::string shared(std::string_view address) {
    return std::string("address '")
        .append(address)
        .append("' is shared by several containers of the task: use the id in "
                "ECS_CONTAINER_METADATA_URI_V4");
}

Async<Response> show_container(Context& context, const Version& version,
                               model::ContainerRef container) {
    // What does not run has nothing to be looked at.
    if (!model::is_running(*container.container))
        co_return cannot_tell(version, container.container->docker_id);
    const auto sample = co_await context.stats.sample(container);
    if (!sample)
        co_return json(std::string(version.nothing));
    std::string body;
    body.reserve(usual_size);
    stats::append_stats(body, *container.container, *sample, version.rate);
    co_return json(std::move(body));
}

/// The task's containers that Docker has made, ordered by their ids.
std::vector<const model::Container*> containers_of(const model::Task& task) {
    std::vector<const model::Container*> containers;
    for (const auto& container : task.containers)
        if (!container.docker_id.empty())
            containers.push_back(&container);
    std::sort(containers.begin(), containers.end(), [](const auto* left, const auto* right) {
        return left->docker_id < right->docker_id;
    });
    return containers;
}

using Samples = std::shared_ptr<std::vector<Sample>>;

Async<void> take_sample(StatsSource& source, model::ContainerRef container, Samples samples,
                        std::size_t index) {
    auto sample = co_await source.sample(std::move(container));
    (*samples)[index] = std::move(sample);
}

/// In awsvpc mode all members have the same interfaces: one look at them stands for all.
void share_networks(const model::Task& task, const std::vector<const model::Container*>& containers,
                    std::vector<Sample>& samples) {
    if (task.network_mode != model::NetworkMode::awsvpc)
        return;
    const auto found = std::find(containers.begin(), containers.end(), task.pause());
    if (found == containers.end())
        return;
    const auto pause = samples[static_cast<std::size_t>(found - containers.begin())];
    if (!pause)
        return;
    for (auto& sample : samples)
        if (sample) {
            sample->now.networks = pause->now.networks;
            sample->network_rate = pause->network_rate;
        }
}

/// Side by side, so that a task takes as long as its slowest container.
Async<Response> show_task(Context& context, const Version& version, model::TaskPtr task) {
    const auto containers = containers_of(*task);
    const auto samples = std::make_shared<std::vector<Sample>>(containers.size());
    const base::Executor loop = co_await boost::asio::this_coro::executor;
    base::TaskGroup looks(loop);
    for (std::size_t i = 0; i < containers.size(); ++i)
        if (model::is_running(*containers[i])) {
            model::ContainerRef container{task, containers[i]};
            looks.spawn("stats", take_sample(context.stats, std::move(container), samples, i));
        }
    co_await looks.wait(samples_limit);
    share_networks(*task, containers, *samples);
    std::string body;
    body.reserve(usual_size * containers.size() + 2);
    for (std::size_t i = 0; i < containers.size(); ++i) {
        body += body.empty() ? '{' : ',';
        stats::append_text(body, containers[i]->docker_id);
        body += ':';
        if (const auto& sample = (*samples)[i])
            stats::append_stats(body, *containers[i], *sample, version.rate);
        else
            body += version.nothing;
    }
    body += body.empty() ? "{}" : "}";
    co_return json(std::move(body));
}

Async<Response> stats_of_container(const ResolvedRequest& asked, Context& context,
                                   const Version& version) {
    const auto& about = asked.about;
    if (!about)
        co_return nobody(version, of_container, "task arn", why_nobody(asked));
    if (about.container == nullptr && asked.subject == Subject::docker_container)
        co_return cannot_tell(version, asked.id);
    if (about.container == nullptr)
        co_return nobody(version, of_container, "container ID", shared(asked.request.peer.address));
    if (about.container->docker_id.empty())
        co_return nobody(version, of_container, "container ID",
                         metadata::no_docker_id_of(asked.id));
    model::ContainerRef container{about.task, about.container};
    co_return co_await show_container(context, version, std::move(container));
}

Async<Response> stats_of_task(const ResolvedRequest& asked, Context& context,
                              const Version& version) {
    if (!asked.about)
        co_return nobody(version, of_task, "task arn", why_nobody(asked));
    auto task = asked.about.task;
    co_return co_await show_task(context, version, std::move(task));
}

} // namespace

Async<Response> v2::container_stats(const ResolvedRequest& asked, Context& context) {
    return stats_of_container(asked, context, version_2);
}

Async<Response> v2::task_stats(const ResolvedRequest& asked, Context& context) {
    return stats_of_task(asked, context, version_2);
}

Async<Response> v3::container_stats(const ResolvedRequest& asked, Context& context) {
    return stats_of_container(asked, context, version_3);
}

Async<Response> v3::task_stats(const ResolvedRequest& asked, Context& context) {
    return stats_of_task(asked, context, version_3);
}

Async<Response> v4::container_stats(const ResolvedRequest& asked, Context& context) {
    return stats_of_container(asked, context, version_4);
}

Async<Response> v4::task_stats(const ResolvedRequest& asked, Context& context) {
    return stats_of_task(asked, context, version_4);
}

} // namespace handlers
