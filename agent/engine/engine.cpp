#include "agent/engine/engine.hpp"

#include "agent/definition/parse.hpp"
#include "agent/engine/declared_task.hpp"
#include "agent/engine/folder_watch.hpp"
#include "agent/engine/naming.hpp"
#include "agent/engine/pause_image.hpp"
#include "agent/engine/unrecorded.hpp"
#include "agent/observer/inspect_to_model.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"

namespace agent::engine {

namespace log = base::log;
using base::Async;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

/// An editor's save is several events; a task is not restarted for each.
constexpr auto quiet_time = milliseconds(200);
/// However inotify may fail, a change is seen by then.
constexpr auto slow_look = minutes(5);

} // namespace

Engine::Engine(base::Executor loop, base::WorkerPool& workers, Services services)
    : workers_(workers),
      services_(std::move(services)),
      loop_(loop),
      tasks_(loop),
      reload_requested_(loop) {
    services_.world.on_change([this](const model::TaskPtr& before, const model::TaskPtr& after) {
        const auto& arn = (after ? after : before)->arn;
        for (auto& [file, declaration] : declarations_)
            if (declaration.runner && declaration.runner->arn() == arn)
                declaration.runner->notify();
    });
}

Engine::~Engine() = default;

Async<Result<>> Engine::restore() {
    declarations_.clear();
    auto load = [&store = services_.store] { return store.declared_tasks(); };
    CO_TRY(const auto rows, co_await base::offload(services_.disk, std::move(load)));
    CO_TRY(const auto found, co_await find_unrecorded(rows));
    auto all = rows;
    all.insert(all.end(), found.begin(), found.end());
    std::set<std::string> arns;
    for (const auto& row : all) {
        CO_TRY(const auto arn, co_await restore_task(row));
        if (arn)
            arns.insert(*arn);
    }
    CO_TRY(co_await services_.image_probe.remove_leftovers());
    co_return co_await collect(std::move(arns));
}

/// Tasks of ours that no row tells of, since the state file was lost: containers whose name follows
/// from their labels are ours, and the file with their family, revision and containers declares
/// them. What no file declares is removed.
Async<Result<std::vector<state::DeclaredTask>>>
Engine::find_unrecorded(std::vector<state::DeclaredTask> recorded) {
    std::vector<std::string> labels{std::string(label_task_arn)};
    CO_TRY(const auto listed, co_await services_.docker.list_containers(true, labels));
    auto lost = unrecorded_tasks(listed, recorded);
    std::vector<state::DeclaredTask> found;
    if (lost.empty())
        co_return found;
    auto read = [path = services_.settings.tasks_directory] {
        return definition::read_tasks_folder(path);
    };
    CO_TRY(const auto reading, co_await base::offload(workers_, std::move(read)));
    for (auto& [arn, task] : lost) {
        auto row = match_file(task, reading.files, recorded, services_.world.instance());
        if (!row) {
            log::warn("removing a task of ours that no file declares", {{"task", arn}});
            for (const auto& id : task.container_ids)
                CO_TRY(co_await services_.docker.remove_container(id, true, true));
            continue;
        }
        auto put = [&store = services_.store, row = *row] { return store.put(row); };
        CO_TRY(co_await base::offload(services_.disk, std::move(put)));
        recorded.push_back(*row);
        found.push_back(*row);
    }
    co_return found;
}

/// Puts one stored task and its containers into the World. Nothing when its row cannot be used.
Async<Result<std::optional<std::string>>> Engine::restore_task(state::DeclaredTask row) {
    auto definition = definition::from_canonical(row.definition);
    if (!definition) {
        log::error("a stored task definition cannot be read; its containers are left alone",
                   {{"task", row.arn}, log::why(definition.error())});
        co_return std::nullopt;
    }
    auto instance = services_.world.instance();
    instance.scope = model::scope_of(row.arn, row.cluster);
    instance.availability_zone = row.availability_zone;
    instance.availability_zone_id = row.availability_zone_id;
    instance.container_instance_arn = row.container_instance_arn;
    auto task =
        make_task(*definition, row.arn, instance, services_.settings.task_tags, pause_image_name());
    std::vector<std::string> labels{std::string(label_task_arn) + '=' + row.arn};
    CO_TRY(const auto listed, co_await services_.docker.list_containers(true, labels));
    for (const auto& summary : listed) {
        CO_TRY(const auto inspect, co_await services_.docker.inspect_container(summary.id));
        if (inspect && adopt(task, *inspect))
            for (auto& container : task.containers)
                if (container.docker_id == inspect->id)
                    observer::read_inspect(container, *inspect, task.network_mode,
                                           services_.world.instance().exclude_ipv6_ports);
    }
    observer::settle(task);
    services_.world.put(task);
    auto& declaration = declarations_[row.file];
    declaration.runner =
        std::make_unique<TaskRunner>(loop_, services_, row.arn, std::move(*definition));
    // One that ended while nobody watched is run again, as a new task.
    if (task.desired == model::TaskStatus::stopped)
        declaration.runner->set_goal(Goal::remove);
    log::info("task found again", {{"task", row.arn},
                                   {"file", row.file},
                                   {"containers", listed.size()},
                                   {"status", model::to_string(task.known)}});
    co_return row.arn;
}

Async<Result<>> Engine::collect(std::set<std::string> arns) {
    std::set<std::string> directories;
    for (const auto& arn : arns) {
        const auto task = services_.world.find_task(arn);
        directories.insert(model::cluster_name(task->cluster) + '/' + task->id);
    }
    CO_TRY(co_await services_.metadata_files.reconcile(std::move(directories)));
    co_return co_await services_.link_local.reconcile(std::move(arns));
}

Async<void> Engine::run() {
    const auto stop = co_await base::stop_token();
    for (auto& [file, declaration] : declarations_)
        if (declaration.runner)
            tasks_.spawn("task", run_task(file, *declaration.runner));
    auto watch = FolderWatch::open(loop_, services_.settings.tasks_directory);
    if (!watch)
        log::error("cannot watch the tasks folder; changes are seen every five minutes",
                   {log::why(watch.error())});
    tasks_.spawn("tasks folder", follow_reload_requests());
    while (!stop.requested()) {
        co_await read_folder();
        if (watch)
            co_await (*watch)->wait_for_change(quiet_time, slow_look);
        else
            co_await base::sleep_for(slow_look);
    }
    tasks_.cancel();
    co_await tasks_.wait(seconds(10));
}

Async<void> Engine::follow_reload_requests() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const bool requested = co_await reload_requested_.wait_for(minutes(60));
        if (requested)
            co_await read_folder();
    }
}

Async<void> Engine::read_folder() {
    auto read = [path = services_.settings.tasks_directory] {
        return definition::read_tasks_folder(path);
    };
    auto reading = co_await base::offload(workers_, std::move(read));
    std::string report;
    if (!reading)
        report = reading.error().what();
    else if (!reading->present)
        report = services_.settings.tasks_directory + " does not exist";
    if (report != folder_reported_ && !report.empty())
        log::warn("cannot read the tasks folder; nothing is changed", {{"reason", report}});
    folder_reported_ = report;
    // A folder that is away (unmounted, being replaced) asks for nothing; only a file that is gone
    // from a folder that is there ends a task.
    if (report.empty())
        take(std::move(*reading));
}

void Engine::take(definition::FolderReading reading) {
    for (auto& [file, declaration] : declarations_)
        declaration.seen = false;
    for (auto& file : reading.files) {
        auto& declaration = declarations_[file.name];
        declaration.seen = true;
        const auto report = file.definition ? std::string() : file.definition.error().what();
        if (report != declaration.reported && !file.definition)
            log::error("a task definition is refused; what runs for it goes on",
                       {{"reason", report}});
        declaration.reported = report;
        if (file.definition)
            declaration.wanted = std::move(*file.definition);
    }
    std::vector<std::string> files;
    for (auto& [file, declaration] : declarations_) {
        if (!declaration.seen)
            declaration.wanted.reset();
        files.push_back(file);
    }
    for (const auto& file : files)
        reconcile(file);
}

/// Moves what runs for a file towards what stands in it: one step, the next follows when it is
/// done.
void Engine::reconcile(const std::string& file) {
    const auto found = declarations_.find(file);
    auto& declaration = found->second;
    if (declaration.runner) {
        // A refused file that is still there keeps its task, also one of an earlier run.
        const bool keep = declaration.wanted
                              ? *declaration.wanted == declaration.runner->definition()
                              : declaration.seen;
        if (!keep)
            declaration.runner->set_goal(Goal::remove);
        return;
    }
    if (!declaration.wanted) {
        if (!declaration.seen)
            declarations_.erase(found);
        return;
    }
    if (!declaration.starting) {
        declaration.starting = true;
        tasks_.spawn("task", start_task(file, *declaration.wanted));
    }
}

Async<void> Engine::start_task(std::string file, definition::TaskDefinition definition) {
    const auto& instance = services_.world.instance();
    state::DeclaredTask row;
    row.arn = instance.scope.task_arn(base::random_hex(16));
    row.file = file;
    row.definition = definition::canonical_form(definition);
    row.cluster = instance.scope.cluster;
    row.availability_zone = instance.availability_zone;
    row.availability_zone_id = instance.availability_zone_id;
    row.container_instance_arn = instance.container_instance_arn;
    // On disk before anything is made, so that whatever is made is found again.
    auto put = [&store = services_.store, row] { return store.put(row); };
    const auto stored = co_await base::offload(services_.disk, std::move(put));
    auto& declaration = declarations_[file];
    declaration.starting = false;
    if (!stored) {
        log::error("cannot store a new task; it is not started",
                   {{"file", file}, log::why(stored.error())});
        co_return;
    }
    services_.world.put(
        make_task(definition, row.arn, instance, services_.settings.task_tags, pause_image_name()));
    declaration.runner =
        std::make_unique<TaskRunner>(loop_, services_, row.arn, std::move(definition));
    log::info("task accepted", {{"task", row.arn}, {"file", file}});
    tasks_.spawn("task", run_task(file, *declaration.runner));
    reconcile(file);
}

Async<void> Engine::run_task(std::string file, TaskRunner& runner) {
    const auto stop = co_await base::stop_token();
    co_await runner.run();
    if (stop.requested())
        co_return;
    declarations_[file].runner.reset();
    reconcile(file);
}

} // namespace agent::engine
