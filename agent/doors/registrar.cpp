#include "agent/doors/registrar.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/containers/task_roles.hpp"
#include "agent/doors/own_labels.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
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
constexpr auto sweep_time = std::chrono::minutes(1);
constexpr std::string_view joins_container = "container:";

/// What the container will be, as far as it is known before Docker makes it.
model::Task expected_task(const observer::Given& given, const std::string& endpoint_id,
                          const model::Instance& instance) {
    model::Task task;
    task.arn = given.task_arn;
    task.id = model::last_part(given.task_arn);
    task.cluster = given.cluster;
    task.family = given.family;
    task.revision = "1";
    task.service_name = given.service_name;
    task.availability_zone = instance.availability_zone;
    task.container_instance_arn = instance.container_instance_arn;
    model::Container container;
    container.name = given.name;
    container.endpoint_id = endpoint_id;
    task.containers.push_back(std::move(container));
    return task;
}

/// The task whose network namespace the container will have; null for its own.
model::TaskPtr joined_task(const model::World& world, const containers::Request& request) {
    const auto& networks = request.subject.networks;
    if (!networks || networks->empty() || !networks->front().starts_with(joins_container))
        return nullptr;
    const auto owner = networks->front().substr(joins_container.size());
    for (const auto& [arn, task] : world.tasks())
        for (const auto& container : task->containers)
            if (container.docker_name == owner ||
                (owner.size() >= 12 && container.docker_id.starts_with(owner)))
                return task;
    return nullptr;
}

} // namespace

Registrar::Registrar(base::Executor loop, docker::Client& docker, model::World& world,
                     containers::MetadataFiles& metadata_files, containers::Host host,
                     const std::map<std::string, observer::Given>& stored,
                     std::optional<ClusterKey> key)
    : world_(world),
      metadata_files_(metadata_files),
      host_(std::move(host)),
      key_(std::move(key)),
      came_(loop),
      images_(loop, docker, [this](const std::string& image_id) { apply_image(image_id); }),
      work_(std::move(loop)) {
    for (const auto& [docker_id, given] : stored) {
        owners_.emplace(given.endpoint_id, docker_id);
        unseen_tasks_.insert(given.task_arn);
        if (!given.task_key.empty())
            tasks_[given.task_key] = given.task_arn;
    }
}

Registrar::~Registrar() = default;

/// What was decided of a container, as it is kept.
observer::Given Registrar::kept(observer::Given given, const rules::Decision& decision) {
    given.task_key = decision.identity.task_key;
    given.family = decision.identity.family;
    given.cluster = decision.cluster;
    given.service_name = decision.identity.service_name;
    given.name = decision.identity.container_name;
    return given;
}

Async<Result<Registrar::Admission>> Registrar::admit(containers::Request request) {
    drop_overdue();
    request.completed =
        newcomers_.contains(std::string(containers::given_endpoint_id(request.environment)));
    const auto plan = containers::plan(request, host_);
    containers::Minted minted;
    Admission admission;
    if (!plan.gives) {
        admission.additions = containers::complete(request, host_, plan, minted);
        co_return std::move(admission);
    }
    if (newcomers_.size() >= most_expected)
        co_return Error(Errc::exhausted, "too many containers were announced that have not come");
    minted.endpoint_id = base::random_uuid();
    auto& newcomer = newcomers_[minted.endpoint_id];
    newcomer.admitted = steady_clock::now();
    newcomer.given = kept({}, plan.decision);
    if (request.labels_are_own)
        keep_own_labels(newcomer.given, plan.decision, request.subject.labels);
    if (const auto joined = joined_task(world_, request)) {
        newcomer.given.task_arn = joined->arn;
        // The rest of its group is elsewhere.
        newcomer.given.task_key.clear();
    } else {
        newcomer.given.task_arn = task_of_key(plan.decision);
    }
    minted.task_arn = newcomer.given.task_arn;
    if (!plan.role.empty()) {
        const auto role = containers::make_role(plan.role, host_.authorization);
        minted.role_variables = containers::role_variables(role);
        newcomer.credentials_id = role.credentials_id;
        newcomers_by_credentials_[role.credentials_id] = minted.endpoint_id;
    }
    if (plan.metadata_file)
        minted.metadata = co_await make_directory(minted.endpoint_id);
    admission.endpoint_id = minted.endpoint_id;
    admission.additions = containers::complete(request, host_, plan, minted);
    // Whoever says all of these variables himself could not be known again.
    const bool is_told = std::ranges::any_of(admission.additions.variables, [&](const auto& entry) {
        return entry.ends_with('/' + minted.endpoint_id);
    });
    if (!is_told) {
        withdraw(minted.endpoint_id);
        admission.endpoint_id.clear();
        admission.additions = containers::Additions();
    }
    co_return std::move(admission);
}

/// The newcomer's directory with a first file in it; nothing when that cannot be.
Async<std::optional<containers::Mount>> Registrar::make_directory(std::string endpoint_id) {
    auto& newcomer = newcomers_[endpoint_id];
    newcomer.has_directory = true;
    const auto task_arn = newcomer.given.task_arn;
    auto task = expected_task(newcomer.given, endpoint_id, world_.instance());
    const auto directory = co_await metadata_files_.prepare_undeclared(std::move(task));
    if (!directory) {
        log::error("cannot make a metadata file; the container starts without it",
                   {{"task", task_arn}, log::why(directory.error())});
        co_return std::nullopt;
    }
    containers::Mount mount;
    mount.type = "bind";
    mount.source = *directory;
    mount.selinux = selinux_;
    co_return mount;
}

/// The task of the group, or the ARN of a new one.
std::string Registrar::task_of_key(const rules::Decision& decision) {
    const auto fresh = [&] {
        return host_.scope.in_cluster(decision.cluster).task_arn(base::random_hex(16));
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
    return world_.find_task(task_arn) || unseen_tasks_.contains(task_arn) ||
           std::ranges::any_of(newcomers_, [&](const auto& newcomer) {
               return newcomer.second.given.task_arn == task_arn;
           });
}

/// An image keeps what the container was told that it was made of.
bool Registrar::is_anothers(const std::string& endpoint_id, const std::string& docker_id) const {
    const auto owner = owners_.find(endpoint_id);
    if (owner != owners_.end())
        return owner->second != docker_id;
    return bool(world_.find_by_endpoint_id(endpoint_id)); // a declared one's
}

/// From here on it is announced no more.
std::optional<Registrar::Newcomer> Registrar::take_newcomer(const std::string& endpoint_id) {
    auto found = newcomers_.extract(endpoint_id);
    if (found.empty())
        return std::nullopt;
    newcomers_by_credentials_.erase(found.mapped().credentials_id);
    return std::move(found.mapped());
}

void Registrar::withdraw(const std::string& endpoint_id) {
    const auto newcomer = take_newcomer(endpoint_id);
    if (newcomer && newcomer->has_directory)
        remove_directory(endpoint_id);
}

bool Registrar::is_expected(const std::string& id) const {
    return newcomers_.contains(id) || newcomers_by_credentials_.contains(id);
}

Async<void> Registrar::wait_until_seen(std::string id, steady_clock::duration limit) {
    const auto stop = co_await base::stop_token();
    const auto end = steady_clock::now() + limit;
    while (!stop.requested() && is_expected(id) && steady_clock::now() < end)
        co_await came_.wait_for(end - steady_clock::now());
}

Async<void> Registrar::sweep() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        co_await base::sleep_for(sweep_time);
        drop_overdue();
    }
}

void Registrar::drop_overdue() {
    const auto overdue = steady_clock::now() - longest_wait;
    std::vector<std::string> ids;
    for (const auto& [id, newcomer] : newcomers_)
        if (newcomer.admitted < overdue)
            ids.push_back(id);
    for (const auto& id : ids)
        withdraw(id);
    std::erase_if(tasks_, [&](const auto& entry) { return !is_in_use(entry.second); });
}

void Registrar::remove_directory(const std::string& endpoint_id) {
    work_.spawn("metadata directory", remove_directory_now(endpoint_id));
}

Async<void> Registrar::remove_directory_now(std::string endpoint_id) {
    const auto removed = co_await metadata_files_.remove_undeclared(std::move(endpoint_id));
    if (!removed)
        log::warn("cannot remove a metadata directory; the next start of the agent does",
                  {log::why(removed.error())});
}

Async<void> Registrar::collect() {
    unseen_tasks_.clear();
    std::function<bool(const std::string&)> is_live = [this](const std::string& endpoint_id) {
        return newcomers_.contains(endpoint_id) || owners_.contains(endpoint_id);
    };
    const auto collected = co_await metadata_files_.reconcile_undeclared(std::move(is_live));
    if (!collected)
        log::warn("cannot remove what containers have left, ignoring",
                  {log::why(collected.error())});
}

Async<void> Registrar::end_questions() {
    co_await images_.stop();
}

Async<void> Registrar::stop() {
    co_await images_.stop();
    work_.cancel();
    co_await work_.wait(std::chrono::seconds(1));
}

} // namespace agent::doors
