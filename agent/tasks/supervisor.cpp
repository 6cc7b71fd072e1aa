#include "agent/tasks/supervisor.hpp"

#include "agent/definition/parse.hpp"
#include "agent/tasks/folder_watch.hpp"
#include "agent/tasks/restorer.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

/// An editor's save is several events; a task is not restarted for each.
constexpr auto quiet_time = milliseconds(200);
/// Protections are looked at so often, whatever was heard of them.
constexpr auto look_at_protections = minutes(5);
/// The system's clock may be set: what is held back until then is looked at so often.
constexpr auto look_at_the_clock = seconds(1);
/// Stopped tasks of one file that are kept to be looked at.
constexpr std::size_t most_stopped = 5;

/// From the first start of one of its containers to its stop; zero when none was started.
std::chrono::nanoseconds lifetime(const model::Task& task) {
    std::optional<base::Time> first;
    for (const auto& container : task.containers)
        if (container.started_at && container.type == model::ContainerType::normal)
            first = first ? std::min(*first, *container.started_at) : *container.started_at;
    if (!first || !task.execution_stopped_at)
        return {};
    return *task.execution_stopped_at - *first;
}

} // namespace

Supervisor::Supervisor(Services services)
    : services_(std::move(services)),
      protections_(services_),
      missing_(services_.settings.missing_grace),
      tasks_(services_.loop),
      reload_requested_(services_.loop),
      files_read_(services_.loop),
      tasks_changed_(services_.loop),
      changes_(services_.world.on_change(
          [this](const model::TaskPtr& before, const model::TaskPtr& after) {
              const auto found = runners_.find((after ? after : before)->arn);
              if (found == runners_.end())
                  return;
              found->second.runner->notify();
              tasks_changed_.notify_all();
          })) {}

Supervisor::~Supervisor() = default;

void Supervisor::set_engine_info(const docker::EngineInfo& info) {
    services_.settings.selinux = info.selinux();
    services_.settings.engine_runtimes = info.runtimes;
    services_.image_puller.set_engine_info(info);
    services_.engine_lacks_log_keys = false;
    if (services_.settings.enforce_limits)
        set_cgroup_driver(info);
}

void Supervisor::set_unsupported(tables::UnsupportedFields fields) {
    services_.settings.definitions.unsupported = std::move(fields);
}

void Supervisor::set_stand_ins(stand_ins::StandInsPtr stand_ins) {
    services_.stand_ins = std::move(stand_ins);
    services_.engine_lacks_log_keys = false;
}

/// Cgroups of the driver before stay with the tasks that have them; nothing is started in them.
void Supervisor::set_cgroup_driver(const docker::EngineInfo& info) {
    cgroup::Settings settings;
    settings.mount = services_.settings.cgroup_path;
    settings.cpu_period = services_.settings.cgroup_cpu_period;
    settings.driver = info.cgroup_driver;
    settings.version = info.cgroup_version;
    if (services_.cgroups && settings == cgroup_settings_)
        return;
    if (services_.cgroups)
        log::warn("docker has another cgroup driver now; containers of tasks with limits that were "
                  "made before are not started again",
                  {{"before", cgroup_settings_.driver}, {"now", settings.driver}});
    auto opened = cgroup::TaskCgroups::open(settings);
    services_.cgroups =
        std::make_shared<const base::Result<cgroup::TaskCgroups>>(std::move(opened));
    cgroup_settings_ = std::move(settings);
}

/// Where every task is to have a cgroup, trouble is told before the first task meets it.
Async<void> Supervisor::check_cgroups() {
    if (!services_.cgroups || !services_.settings.cgroup_for_every_task)
        co_return;
    auto check = [cgroups = services_.cgroups]() -> Result<> {
        if (!*cgroups)
            return cgroups->error();
        return (*cgroups)->check();
    };
    const auto usable = co_await base::offload(services_.workers.cgroups, std::move(check));
    if (!usable)
        log::error("tasks' cgroups cannot be made; tasks will not start",
                   {log::why(usable.error())});
}

Async<Result<>> Supervisor::restore() {
    runners_.clear();
    declarations_.clear();
    co_await check_cgroups();
    CO_TRY(co_await protections_.load());
    Restorer restorer(services_, tasks_);
    CO_TRY(auto restored, co_await restorer.run());
    auto load = [&store = services_.store] { return store.started_definitions(); };
    CO_TRY(const auto started, co_await services_.disk.read(std::move(load)));
    auto load_folder = [&store = services_.store] { return store.tasks_folder(); };
    CO_TRY(stored_folder_, co_await services_.disk.read(std::move(load_folder)));
    missing_.remember(stored_folder_);
    for (const auto& [file, definition] : started) {
        auto& declaration = declaration_of(file);
        declaration.started = definition;
        declaration.seen = true;
        // As long as what stands in the file now is refused, this goes on.
        if (auto wanted = definition::from_canonical(definition))
            declaration.wanted = std::move(*wanted);
    }
    for (auto& task : restored) {
        const auto known = services_.world.find_task(task.arn);
        auto& declaration = declaration_of(task.file);
        auto added =
            add_runner(task.file, task.arn, std::move(task.definition), std::move(task.earlier));
        const auto current = current_task(declaration);
        const bool has_one = current && current->desired == model::TaskStatus::running;
        if (known->desired == model::TaskStatus::stopped) {
            // What has ended wholly makes no new one wait.
            if (known->known != model::TaskStatus::stopped && !current)
                declaration.current = std::move(added);
        } else if (!has_one) {
            declaration.current = std::move(added);
        } else {
            runners_.at(task.arn).runner->stop();
        }
    }
    co_return Result<>();
}

Async<void> Supervisor::run() {
    const auto stop = co_await base::stop_token();
    std::vector<std::string> restored;
    for (const auto& [arn, entry] : runners_)
        restored.push_back(arn);
    auto watch = co_await FolderWatch::open(services_.loop, services_.workers.tasks_folder,
                                            services_.settings.tasks_directory);
    if (watch)
        watch_ = std::move(*watch);
    else
        log::error("cannot watch the tasks folder; changes are seen every five minutes",
                   {log::why(watch.error())});
    co_await read_folder();
    // Only now: a task whose file went meanwhile must not be started before it is removed.
    for (const auto& arn : restored)
        tasks_.spawn("task", run_task(arn));
    tasks_.spawn("protections", follow_protections());
    while (!stop.requested()) {
        const auto limit = until_next_look();
        if (watch_)
            co_await watch_->wait_for_change(quiet_time, limit);
        else
            co_await reload_requested_.wait_for(limit);
        if (!stop.requested())
            co_await read_folder();
    }
    co_await end();
}

Async<void> Supervisor::end() {
    tasks_.cancel();
    co_await tasks_.wait(seconds(10));
}

void Supervisor::reload() {
    if (watch_)
        watch_->nudge();
    reload_requested_.notify_all();
}

Declaration& Supervisor::declaration_of(const std::string& file) {
    return declarations_.try_emplace(file, file).first->second;
}

/// As the World has it; null when none is current.
model::TaskPtr Supervisor::current_task(const Declaration& declaration) const {
    return declaration.current ? services_.world.find_task(declaration.current->arn) : nullptr;
}

/// Moves what runs for a file towards what stands in it: one step, the next follows when it is
/// done.
void Supervisor::reconcile(const std::string& file) {
    auto& declaration = declaration_of(file);
    if (declaration.hold_back(current_task(declaration).get()))
        return;
    // When it comes again it is new, also when its task has not stopped by then.
    if (declaration.is_gone())
        forget_started(declaration);
    if (declaration.current) {
        if (!declaration.wants_current())
            stop_current(declaration);
        return;
    }
    if (declaration.starting)
        return;
    if (declaration.is_gone()) {
        declarations_.erase(file);
        return;
    }
    // What is missing is left as it is: nothing new is started for it.
    if (!declaration.wanted || declaration.is_done() || missing_.is_missing(file))
        return;
    declaration.starting = true;
    tasks_.spawn("task", start_when_due(file));
}

void Supervisor::stop_current(Declaration& declaration) {
    declaration.current->stopping = true;
    runners_.at(declaration.current->arn).runner->stop();
}

void Supervisor::forget_started(Declaration& declaration) {
    if (!declaration.started.empty())
        tasks_.spawn("forget", forget_stored(declaration.file));
    declaration.started.clear();
}

/// Looks again at what is held back when the protection of its task has ended or expired.
Async<void> Supervisor::follow_protections() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        co_await protections_.sweep();
        std::vector<std::string> held;
        for (const auto& [file, declaration] : declarations_)
            if (declaration.held_until())
                held.push_back(file);
        for (const auto& file : held)
            reconcile(file);
        std::chrono::nanoseconds limit = look_at_protections;
        for (const auto& [file, declaration] : declarations_)
            if (const auto until = declaration.held_until())
                limit = std::min<std::chrono::nanoseconds>(
                    {limit, look_at_the_clock,
                     std::max<std::chrono::nanoseconds>(*until - base::now(), milliseconds(1))});
        co_await protections_.changed().wait_for(limit);
    }
}

Async<void> Supervisor::forget_stored(std::string file) {
    auto work = [&store = services_.store, file] { return store.forget_file(file); };
    const auto forgotten = co_await services_.disk.run(std::move(work));
    if (!forgotten)
        log::warn("cannot forget a file that is gone, ignoring",
                  {{"file", file}, log::why(forgotten.error())});
}

/// A task has stopped: the next one of its file may start, later each time that it ended early.
void Supervisor::note_rest(const std::string& arn) {
    const auto file = runners_.at(arn).file;
    const auto task = services_.world.find_task(arn);
    limit_stopped(file);
    const auto found = declarations_.find(file);
    if (found == declarations_.end() || !found->second.current || found->second.current->arn != arn)
        return;
    found->second.note_end(lifetime(*task), services_.settings.first_restart_delay);
    reconcile(file);
}

/// A task that ends again and again leaves only its last ones behind.
void Supervisor::limit_stopped(const std::string& file) {
    std::vector<std::pair<base::Time, TaskRunner*>> stopped;
    for (const auto& [arn, entry] : runners_) {
        if (entry.file != file || !entry.runner->at_rest())
            continue;
        const auto task = services_.world.find_task(arn);
        if (task)
            stopped.emplace_back(task->execution_stopped_at.value_or(base::Time()),
                                 entry.runner.get());
    }
    std::sort(stopped.begin(), stopped.end());
    for (std::size_t i = 0; i + most_stopped < stopped.size(); ++i)
        stopped[i].second->clean_up_now();
}

Async<void> Supervisor::run_task(std::string arn) {
    const auto stop = co_await base::stop_token();
    auto& runner = *runners_.find(arn)->second.runner;
    co_await runner.run_until_rest();
    if (runner.at_rest())
        note_rest(arn);
    co_await runner.run_until_forgotten();
    if (stop.requested())
        co_return;
    log::info("task removed", {{"task", arn}});
    runners_.erase(arn);
}

} // namespace agent::tasks
