#include "agent/doors/registrar.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/containers/task_roles.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "agent/doors/subject.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "metadatafile/paths.hpp"
#include "model/arn.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <utility>

namespace agent::doors {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using std::chrono::steady_clock;

namespace {

/// From its admission until a container counts as never made: an engine may take four minutes.
constexpr auto longest_wait = std::chrono::minutes(10);

/// The scope of tasks of the cluster that was decided.
model::ArnScope scope_in(const model::ArnScope& host, const std::string& cluster) {
    auto scope = host;
    scope.cluster = cluster;
    return scope;
}

/// A task of this host that the label names; "" for any other text.
std::string labelled_task(const docker::StringMap& labels, const model::ArnScope& scope) {
    const auto arn = model::label_of(labels, model::label_task_arn);
    const auto cluster = model::label_of(labels, model::label_cluster);
    if (arn.empty() || cluster.empty())
        return {};
    return arn == scope_in(scope, cluster).task_arn(model::last_part(arn)) ? arn : std::string();
}

/// The directory of ours that is bound into the container with this endpoint id; "" without one.
std::string bound_directory(const docker::ContainerInspect& inspect, const std::string& root,
                            const std::string& endpoint_id) {
    const auto ours =
        root + '/' + std::string(metadatafile::undeclared) + '/' + endpoint_id + '/';
    for (const auto& mount : inspect.mounts)
        if (mount.source.starts_with(ours) && !mount.rw)
            return mount.source;
    return {};
}

/// What the container will be, as far as it is known before Docker makes it.
model::Task expected_task(const rules::Decision& decision, const std::string& task_arn,
                          const std::string& endpoint_id, const model::Instance& instance) {
    model::Task task;
    task.arn = task_arn;
    task.id = model::last_part(task_arn);
    task.cluster = decision.cluster;
    task.family = decision.identity.family;
    task.revision = "1";
    task.service_name = decision.identity.service_name;
    task.availability_zone = instance.availability_zone;
    task.container_instance_arn = instance.container_instance_arn;
    model::Container container;
    container.name = decision.identity.container_name;
    container.endpoint_id = endpoint_id;
    task.containers.push_back(std::move(container));
    return task;
}

} // namespace

Registrar::Registrar(base::Executor loop, model::World& world,
                     containers::MetadataFiles& metadata_files, containers::Host host)
    : world_(world),
      metadata_files_(metadata_files),
      host_(std::move(host)),
      removals_(std::move(loop)),
      changes_(world.on_change([this](const model::TaskPtr& before, const model::TaskPtr& after) {
          follow(before, after);
      })) {}

Registrar::~Registrar() = default;

bool Registrar::is_expected(const std::vector<std::string>& environment) const {
    return newcomers_.contains(std::string(containers::given_endpoint_id(environment)));
}

Async<Result<containers::Additions>> Registrar::admit(containers::Request request) {
    drop_overdue();
    request.completed = is_expected(request.environment);
    const auto plan = containers::plan(request, host_);
    containers::Minted minted;
    if (!plan.gives)
        co_return containers::complete(request, host_, plan, minted);
    if (newcomers_.size() >= most_expected)
        co_return Error(Errc::exhausted, "too many containers were announced that have not come");
    minted.endpoint_id = base::random_uuid();
    minted.task_arn = task_for(plan.decision);
    auto& newcomer = newcomers_[minted.endpoint_id];
    newcomer.task_arn = minted.task_arn;
    newcomer.admitted = steady_clock::now();
    if (!plan.role.empty()) {
        model::Task told;
        told.role = model::TaskRole{plan.role, base::random_uuid()};
        minted.role_variables = containers::role_variables(told);
    }
    if (plan.metadata_file)
        minted.metadata = co_await make_directory(plan.decision, minted.endpoint_id);
    co_return containers::complete(request, host_, plan, minted);
}

/// The directory with a first file in it; nothing when that cannot be.
Async<std::optional<containers::Mount>>
Registrar::make_directory(const rules::Decision& decision, std::string endpoint_id) {
    const auto task_arn = newcomers_[endpoint_id].task_arn;
    auto task = expected_task(decision, task_arn, endpoint_id, world_.instance());
    const auto directory = co_await metadata_files_.prepare_undeclared(std::move(task));
    if (!directory) {
        log::error("cannot make a metadata file; the container starts without it",
                   {{"task", task_arn}, log::why(directory.error())});
        co_return std::nullopt;
    }
    const auto newcomer = newcomers_.find(endpoint_id);
    if (newcomer == newcomers_.end())
        co_return std::nullopt;
    newcomer->second.metadata_directory = *directory;
    containers::Mount mount;
    mount.type = "bind";
    mount.source = *directory;
    mount.selinux = selinux_;
    co_return mount;
}

/// The task that the container joins, or the ARN of a new one.
std::string Registrar::task_for(const rules::Decision& decision) {
    const auto fresh = [&] {
        return scope_in(host_.scope, decision.cluster).task_arn(base::random_hex(16));
    };
    const auto& key = decision.identity.task_key;
    if (key.empty())
        return fresh();
    auto& known = tasks_[key];
    if (known.empty() || !is_in_use(known))
        known = fresh();
    return known;
}

bool Registrar::is_in_use(const std::string& task_arn) const {
    return world_.find_task(task_arn) ||
           std::ranges::any_of(newcomers_, [&](const auto& newcomer) {
               return newcomer.second.task_arn == task_arn;
           });
}

observer::Observed Registrar::identify(const docker::ContainerInspect& inspect,
                                       const observer::Given& before) {
    const auto decision = rules::decide(subject_of(inspect), host_.rules, host_.scope);
    const std::string told(containers::given_endpoint_id(inspect.config.env));
    const auto newcomer = newcomers_.extract(told);
    observer::Observed observed;
    observed.grouped = !decision.identity.task_key.empty();
    observed.family = decision.identity.family;
    observed.cluster = decision.cluster;
    observed.service_name = decision.identity.service_name;
    observed.name = decision.identity.container_name;
    observed.given = before;
    // Its own, unless another container has it: an image keeps what a container was told.
    if (observed.given.endpoint_id.empty() && !world_.find_by_endpoint_id(told))
        observed.given.endpoint_id = told;
    auto& arn = observed.given.task_arn;
    if (arn.empty() && !newcomer.empty())
        arn = newcomer.mapped().task_arn;
    if (arn.empty())
        arn = labelled_task(inspect.config.labels, host_.scope);
    if (arn.empty() && observed.grouped)
        arn = task_for(decision);
    if (arn.empty())
        arn = scope_in(host_.scope, decision.cluster).task_arn(inspect.id.substr(0, 32));
    if (observed.grouped)
        tasks_[decision.identity.task_key] = arn;
    observed.metadata_directory =
        bound_directory(inspect, host_.metadata_root, observed.given.endpoint_id);
    observed.role = role_of(decision, inspect);
    const auto credentials_id = containers::given_credentials_id(inspect.config.env);
    if (!credentials_id.empty())
        credentials_ids_[inspect.id] = credentials_id;
    return observed;
}

bool Registrar::may_have_role(const rules::Decision& decision, bool on_host) const {
    return !decision.opted_out && !decision.role.empty() && host_.task_roles &&
           (host_.task_roles_on_host || !on_host);
}

/// The one that the rules give it, under the id that it was told.
std::optional<model::TaskRole>
Registrar::role_of(const rules::Decision& decision, const docker::ContainerInspect& inspect) const {
    const std::string id(containers::given_credentials_id(inspect.config.env));
    const bool on_host = inspect.host_config.network_mode == "host";
    if (id.empty() || !may_have_role(decision, on_host))
        return std::nullopt;
    return model::TaskRole{decision.role, id};
}

void Registrar::set_rules(rules::HostFile rules) {
    if (rules == host_.rules)
        return;
    host_.rules = std::move(rules);
    const auto tasks = world_.tasks();
    for (const auto& [arn, task] : tasks)
        if (!task->declared)
            reassess(*task);
}

void Registrar::reassess(const model::Task& task) {
    auto changed = task;
    for (auto& container : changed.containers) {
        const auto id = credentials_ids_.find(container.docker_id);
        if (id == credentials_ids_.end())
            continue;
        const auto decision = rules::decide(subject_of(container), host_.rules, host_.scope);
        container.role.reset();
        if (may_have_role(decision, container.network_mode == "host"))
            container.role = model::TaskRole{decision.role, id->second};
    }
    world_.put(std::move(changed));
}

/// What a container had goes with it.
void Registrar::follow(const model::TaskPtr& before, const model::TaskPtr& after) {
    if (!before || before->declared)
        return;
    for (const auto& container : before->containers) {
        const bool stays = after && after->find_container(container.docker_id) != nullptr;
        if (stays)
            continue;
        credentials_ids_.erase(container.docker_id);
        if (!container.metadata_directory.empty())
            remove_directory(container.endpoint_id);
    }
    if (!after)
        std::erase_if(tasks_, [&](const auto& entry) {
            return entry.second == before->arn && !is_in_use(before->arn);
        });
}

void Registrar::drop_overdue() {
    const auto now = steady_clock::now();
    for (auto newcomer = newcomers_.begin(); newcomer != newcomers_.end();) {
        if (now - newcomer->second.admitted < longest_wait) {
            ++newcomer;
            continue;
        }
        if (!newcomer->second.metadata_directory.empty())
            remove_directory(newcomer->first);
        newcomer = newcomers_.erase(newcomer);
    }
    std::erase_if(tasks_, [&](const auto& entry) { return !is_in_use(entry.second); });
}

void Registrar::remove_directory(const std::string& endpoint_id) {
    removals_.spawn("metadata directory", remove_directory_now(endpoint_id));
}

Async<void> Registrar::remove_directory_now(std::string endpoint_id) {
    const auto removed = co_await metadata_files_.remove_undeclared(std::move(endpoint_id));
    if (!removed)
        log::warn("cannot remove a metadata directory; the next start of the agent does",
                  {log::why(removed.error())});
}

Async<void> Registrar::collect(std::set<std::string> live) {
    for (const auto& [id, newcomer] : newcomers_)
        live.insert(id);
    const auto collected = co_await metadata_files_.reconcile_undeclared(std::move(live));
    if (!collected)
        log::warn("cannot remove what containers have left, ignoring",
                  {log::why(collected.error())});
}

Async<void> Registrar::stop() {
    removals_.cancel();
    co_await removals_.wait(std::chrono::seconds(5));
}

} // namespace agent::doors
