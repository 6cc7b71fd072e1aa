// How the supervisor starts the next task of a file: when it is due, and what is to have ended before.

#include "agent/containers/pause_image.hpp"
#include "agent/definition/parse.hpp"
#include "agent/tasks/declared_task.hpp"
#include "agent/tasks/supervisor.hpp"
#include "base/ids.hpp"
#include "base/log.hpp"
#include "model/names.hpp"

#include <algorithm>

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using std::chrono::seconds;
using std::chrono::steady_clock;

/// A delay that lasts is told with what is left of it, and its end then.
Async<void> Supervisor::wait_until_due(std::string file) {
    const auto stop = co_await base::stop_token();
    const auto begun = steady_clock::now();
    bool told = false;
    while (!stop.requested()) {
        const auto& declaration = declaration_of(file);
        const auto left = declaration.not_before - steady_clock::now();
        if (!declaration.wanted || left <= left.zero())
            break;
        if (!told && left > services_.settings.told_wait)
            log::info("the next task of a file waits, since its last ones have ended early",
                      {{"file", file}, {"seconds", std::chrono::ceil<seconds>(left).count()}});
        told = told || left > services_.settings.told_wait;
        co_await files_read_.wait_for(left);
    }
    if (!told || stop.requested())
        co_return;
    const auto waited = steady_clock::now() - begun;
    const auto& declaration = declaration_of(file);
    const bool changed = declaration.not_before == steady_clock::time_point();
    log::info("the next task of a file waits no more",
              {{"file", file},
               {"reason", !declaration.wanted ? "the file is gone"
                          : changed           ? "the file says something else"
                                              : "its delay is over"},
               {"seconds", std::chrono::duration_cast<seconds>(waited).count()}});
}

Async<void> Supervisor::start_when_due(std::string file) {
    const auto stop = co_await base::stop_token();
    co_await wait_until_due(file);
    if (stop.requested())
        co_return;
    co_await wait_for_earlier(file);
    if (stop.requested())
        co_return;
    auto& declaration = declaration_of(file);
    if (declaration.wanted && !declaration.is_done()) {
        auto definition = *declaration.wanted;
        co_await start_task(file, std::move(definition));
    }
    if (stop.requested())
        co_return;
    declaration.starting = false;
    reconcile(file);
}

/// The Docker ids of what runs of the file's earlier tasks, as the World has it.
std::set<std::string> Supervisor::running_of(const std::string& file) const {
    std::set<std::string> running;
    for (const auto& [arn, entry] : runners_) {
        const auto task = entry.file == file ? services_.world.find_task(arn) : nullptr;
        if (!task)
            continue;
        for (const auto& container : task->containers)
            if (container.declared && model::is_running(container))
                running.insert(container.docker_id);
    }
    return running;
}

/// `docker restart` ends a container, and with it the task, and starts it again: its runner stops it, and
/// the next task does not begin beside it, unless Docker cannot stop it. What Docker has started by now may
/// not have been told yet.
Async<void> Supervisor::wait_for_earlier(std::string file) {
    const auto stop = co_await base::stop_token();
    std::vector<std::string> earlier;
    for (const auto& [arn, entry] : runners_)
        if (entry.file == file)
            earlier.push_back(arn);
    if (earlier.empty())
        co_return;
    const auto end = steady_clock::now() + services_.settings.earlier_limit;
    std::vector<std::string> labels{std::string(model::label_task_arn)};
    const auto running = co_await services_.docker.list_containers(false, std::move(labels));
    if (running)
        for (const auto& container : *running)
            if (std::ranges::find(earlier, model::label_of(container.labels,
                                                           model::label_task_arn)) != earlier.end())
                co_await services_.observer.look_and_wait(container.id);
    if (running_of(file).empty())
        co_return;
    log::info("a container of an earlier task runs again and is stopped; the next task waits",
              {{"file", file}});
    while (!stop.requested() && !running_of(file).empty() && steady_clock::now() < end)
        co_await tasks_changed_.wait_for(end - steady_clock::now());
    if (stop.requested())
        co_return;
    if (running_of(file).empty())
        log::info("the containers of earlier tasks have stopped", {{"file", file}});
    else
        log::warn(
            "Docker does not stop a container of an earlier task; the next task starts beside it",
            {{"file", file}});
}

Async<void> Supervisor::start_task(std::string file, definition::TaskDefinition definition) {
    const auto stop = co_await base::stop_token();
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
    auto start = [&store = services_.store, row, family = definition.family,
                  revision = definition.revision] {
        return store.start_task(row, family, revision);
    };
    const auto revision = co_await services_.disk.run(std::move(start));
    auto& declaration = declaration_of(file);
    if (!revision) {
        log::error("cannot store a new task; it is not started, trying again in 5 s",
                   {{"file", file}, log::why(revision.error())});
        declaration.not_before = steady_clock::now() + seconds(5);
        co_return;
    }
    // The agent's next start finds it.
    if (stop.requested())
        co_return;
    declaration.started = row.definition;
    auto task = make_task(definition, *revision, row.arn, instance, services_.settings.task_tags,
                          containers::pause_image_name());
    containers::give_roles(task, definition, instance, services_.settings.roles);
    services_.world.put(std::move(task));
    declaration.current = add_runner(file, row.arn, std::move(definition), EarlierLife());
    log::info("task accepted", {{"task", row.arn}, {"file", file}, {"revision", *revision}});
    tasks_.spawn("task", run_task(row.arn));
}

CurrentTask Supervisor::add_runner(const std::string& file, const std::string& arn,
                                   definition::TaskDefinition definition, EarlierLife earlier) {
    CurrentTask task;
    task.arn = arn;
    task.definition = std::make_shared<const definition::TaskDefinition>(std::move(definition));
    auto& entry = runners_[arn];
    entry.file = file;
    entry.runner =
        std::make_unique<TaskRunner>(services_, arn, task.definition, std::move(earlier));
    return task;
}

} // namespace agent::tasks
