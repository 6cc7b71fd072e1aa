#include "agent/engine/engine.hpp"

#include "agent/definition/parse.hpp"
#include "agent/engine/declared_task.hpp"
#include "agent/engine/folder_watch.hpp"
#include "agent/engine/pause_image.hpp"
#include "agent/engine/restorer.hpp"
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
    Restorer restorer(workers_, services_);
    CO_TRY(auto restored, co_await restorer.run());
    for (auto& task : restored) {
        const auto known = services_.world.find_task(task.arn);
        auto& declaration = declarations_[task.file];
        declaration.runner =
            std::make_unique<TaskRunner>(loop_, services_, task.arn, std::move(task.definition));
        // One that ended while nobody watched is run again, as a new task.
        if (known->desired == model::TaskStatus::stopped)
            declaration.runner->set_goal(Goal::remove);
    }
    co_return Result<>();
}

Async<void> Engine::run() {
    const auto stop = co_await base::stop_token();
    std::vector<std::string> restored;
    for (const auto& [file, declaration] : declarations_)
        if (declaration.runner)
            restored.push_back(file);
    auto watch = FolderWatch::open(loop_, services_.settings.tasks_directory);
    if (watch)
        watch_ = std::move(*watch);
    else
        log::error("cannot watch the tasks folder; changes are seen every five minutes",
                   {log::why(watch.error())});
    co_await read_folder();
    // Only now: a task whose file went meanwhile must not be started before it is removed.
    for (const auto& file : restored)
        tasks_.spawn("task", run_task(file, *declarations_[file].runner));
    while (!stop.requested()) {
        if (watch_)
            co_await watch_->wait_for_change(quiet_time, slow_look);
        else
            co_await reload_requested_.wait_for(slow_look);
        co_await read_folder();
    }
    tasks_.cancel();
    co_await tasks_.wait(seconds(10));
}

void Engine::reload() {
    if (watch_)
        watch_->nudge();
    reload_requested_.notify_all();
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
        // start_task meets the file again when its row is written; a second one must not start.
        if (!declaration.seen && !declaration.starting)
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
    const auto stored = co_await services_.disk.run(std::move(put));
    if (!stored) {
        log::error("cannot store a new task; it is not started, trying again in 5 s",
                   {{"file", file}, log::why(stored.error())});
        co_await base::sleep_for(seconds(5));
        declarations_[file].starting = false;
        reconcile(file);
        co_return;
    }
    auto& declaration = declarations_[file];
    declaration.starting = false;
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
