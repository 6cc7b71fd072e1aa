#include "agent/engine/task_runner.hpp"

#include "agent/engine/naming.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace agent::engine {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

namespace {

constexpr auto first_pause = milliseconds(100);
constexpr auto longest_pause = milliseconds(5000);
/// Changes wake the runner; this is only how long it may sleep without looking.
constexpr auto idle_limit = seconds(30);

bool may_pass(const Error& error) {
    return error.code() == Errc::unavailable || error.code() == Errc::timeout;
}

bool is_start_up(Action action) {
    return action == Action::create || action == Action::start || action == Action::attach;
}

} // namespace

TaskRunner::TaskRunner(base::Executor loop, Services& services, std::string arn,
                       definition::TaskDefinition definition)
    : loop_(loop),
      services_(services),
      arn_(std::move(arn)),
      definition_(std::move(definition)),
      maker_(loop, services_, definition_, [this] { return goal_ == Goal::remove; }),
      changed_(loop) {}

void TaskRunner::set_goal(Goal goal) {
    goal_ = goal;
    changed_.notify_all();
}

Async<void> TaskRunner::run() {
    const auto stop = co_await base::stop_token();
    auto pause = first_pause;
    while (!stop.requested()) {
        const auto task = services_.world.find_task(arn_);
        if (!task)
            co_return;
        const auto step = next_step(*task, goal_);
        if (step.action == Action::wait) {
            co_await changed_.wait_for(idle_limit);
            continue;
        }
        if (!services_.observer.connected()) {
            co_await services_.observer.connection_changed().wait_for(idle_limit);
            continue;
        }
        const auto done = co_await perform_in_turn(step);
        if (done) {
            pause = first_pause;
            continue;
        }
        if (stop.requested())
            co_return;
        // The file went or changed while an image was pulled.
        if (done.error().code() == Errc::cancelled)
            continue;
        if (is_start_up(step.action) && !may_pass(done.error())) {
            abandon(step, done.error());
            continue;
        }
        log::warn("a step of a task failed; trying again",
                  {{"task", arn_}, {"step", to_string(step.action)}, log::why(done.error())});
        co_await changed_.wait_for(pause);
        pause = std::min<milliseconds>(pause * 2, longest_pause);
    }
}

/// Starts wait for their turn, so that 500 files do not start 500 containers at once. (A create takes
/// its slot itself, when its image is there.)
Async<Result<>> TaskRunner::perform_in_turn(Step step) {
    const bool takes_slot = step.action == Action::start;
    if (takes_slot) {
        const bool taken = co_await services_.start_slots.take();
        if (!taken)
            co_return Error(Errc::cancelled, "the agent ends");
        // While it waited the task may have gone on.
        const auto task = services_.world.find_task(arn_);
        if (!task || next_step(*task, goal_) != step) {
            services_.start_slots.give_back();
            co_return Result<>();
        }
    }
    auto done = co_await perform(step);
    if (takes_slot)
        services_.start_slots.give_back();
    co_return done;
}

Async<Result<>> TaskRunner::perform(Step step) {
    const auto task = services_.world.find_task(arn_);
    const auto index = step.container;
    switch (step.action) {
    case Action::create: co_return co_await maker_.create(arn_, index);
    case Action::start: co_return co_await start(task->containers[index]);
    case Action::attach: co_return co_await attach(task->containers[index]);
    case Action::stop: co_return co_await stop(false);
    case Action::stop_pause: co_return co_await stop(true);
    case Action::remove: co_return co_await remove(index);
    case Action::detach: co_return co_await detach();
    case Action::forget: co_return co_await forget();
    case Action::give_up: co_return co_await give_up(task->containers[index].docker_name);
    case Action::wait: break;
    }
    co_return Result<>();
}

/// A task that cannot be started is stopped; what there is of it stays to be looked at until its
/// file goes or changes.
void TaskRunner::abandon(const Step& step, const Error& reason) {
    const auto task = services_.world.find_task(arn_);
    const auto& name = task->containers[step.container].name;
    log::error("a task cannot be started; stopping it", {{"task", arn_},
                                                         {"family", task->family},
                                                         {"container", name},
                                                         {"step", to_string(step.action)},
                                                         log::why(reason)});
    edit_task(services_.world, arn_, [&](model::Task& changed) {
        changed.desired = model::TaskStatus::stopped;
        changed.execution_stopped_at = base::now();
    });
}

Async<Result<>> TaskRunner::start(model::Container container) {
    const auto started = co_await services_.docker.start_container(container.docker_id);
    co_await services_.observer.look_and_wait(container.docker_id);
    if (!started)
        co_return started.error() + ("start " + container.name);
    log::info("container started",
              {{"task", arn_}, {"container", container.name}, {"docker_id", container.docker_id}});
    co_return Result<>();
}

Async<Result<>> TaskRunner::attach(model::Container pause) {
    const auto address =
        co_await services_.link_local.connect(model::last_part(arn_), pause.sandbox_key);
    if (!address && address.error().code() == Errc::not_found) {
        // The namespace went while we connected it: Docker says what became of the container.
        co_await services_.observer.look_and_wait(pause.docker_id);
        const auto now = services_.world.find_by_docker_id(pause.docker_id);
        if (!now || now.container->known == model::ContainerStatus::stopped)
            co_return Result<>();
    }
    if (!address)
        co_return address.error();
    edit_task(services_.world, arn_, [&](model::Task& changed) {
        changed.link_local_ipv4 = *address;
        for (auto& container : changed.containers)
            if (container.docker_id == pause.docker_id &&
                container.known == model::ContainerStatus::running)
                container.known = model::ContainerStatus::resources_provisioned;
    });
    log::info("link-local address connected", {{"task", arn_}, {"address", *address}});
    co_return Result<>();
}

Async<Result<>> TaskRunner::stop(bool pause) {
    const auto stop = co_await base::stop_token();
    edit_task(services_.world, arn_, [](model::Task& changed) {
        if (!changed.execution_stopped_at)
            changed.execution_stopped_at = base::now();
        changed.desired = model::TaskStatus::stopped;
    });
    const auto wanted = pause ? model::ContainerType::cni_pause : model::ContainerType::normal;
    const auto task = services_.world.find_task(arn_);
    base::TaskGroup stops(loop_);
    for (const auto& container : task->containers)
        if (container.declared && container.type == wanted && !container.docker_id.empty())
            stops.spawn("stop", stop_one(container.docker_id, container.name));
    for (bool ended = false; !ended;) {
        ended = co_await stops.wait(milliseconds(100));
        if (stop.requested())
            stops.cancel();
    }
    for (const auto& container : services_.world.find_task(arn_)->containers)
        if (container.declared && container.type == wanted && container.docker_id != "" &&
            container.known != model::ContainerStatus::stopped &&
            container.known != model::ContainerStatus::created)
            co_return Error(Errc::timeout, "container " + container.name + " still runs");
    co_return Result<>();
}

Async<void> TaskRunner::stop_one(std::string docker_id, std::string name) {
    const auto stopped =
        co_await services_.docker.stop_container(docker_id, services_.settings.stop_grace);
    if (!stopped && stopped.error().code() != Errc::cancelled &&
        stopped.error().code() != Errc::not_found)
        log::warn("cannot stop a container",
                  {{"task", arn_}, {"container", name}, log::why(stopped.error())});
    co_await services_.observer.look_and_wait(docker_id);
}

Async<Result<>> TaskRunner::remove(std::size_t index) {
    const auto task = services_.world.find_task(arn_);
    const auto docker_id = task->containers[index].docker_id;
    CO_TRY(co_await services_.docker.remove_container(docker_id, true, true));
    edit_task(services_.world, arn_, [&](model::Task& changed) {
        for (auto& container : changed.containers) {
            if (container.docker_id != docker_id)
                continue;
            container.docker_id.clear();
            container.known = model::ContainerStatus::stopped;
        }
    });
    co_return Result<>();
}

/// The answer of an earlier create may have been lost, and the container be there after all. One of
/// that name that is not this task's is left alone.
Async<Result<>> TaskRunner::give_up(std::string docker_name) {
    CO_TRY(const auto existing, co_await services_.docker.inspect_container(docker_name));
    const bool ours = existing && existing->config.labels.contains(std::string(label_task_arn)) &&
                      existing->config.labels.at(std::string(label_task_arn)) == arn_;
    if (ours) {
        CO_TRY(co_await services_.docker.remove_container(existing->id, true, true));
    }
    edit_task(services_.world, arn_, [&](model::Task& changed) {
        for (auto& container : changed.containers)
            if (container.docker_name == docker_name)
                container.known = model::ContainerStatus::stopped;
    });
    co_return Result<>();
}

Async<Result<>> TaskRunner::detach() {
    CO_TRY(co_await services_.link_local.release(model::last_part(arn_)));
    edit_task(services_.world, arn_, [](model::Task& changed) { changed.link_local_ipv4.clear(); });
    co_return Result<>();
}

Async<Result<>> TaskRunner::forget() {
    const auto task = services_.world.find_task(arn_);
    // Also where the address was leased and the task died before it was noted.
    CO_TRY(co_await services_.link_local.release(model::last_part(arn_)));
    edit_task(services_.world, arn_, [](model::Task& changed) {
        for (auto& container : changed.containers)
            container.metadata_directory.clear();
    });
    CO_TRY(co_await services_.metadata_files.remove(task->cluster, task->id));
    auto remove_row = [&store = services_.store, arn = arn_] { return store.remove_task(arn); };
    CO_TRY(co_await services_.disk.run(std::move(remove_row)));
    services_.world.remove(arn_);
    log::info("task removed", {{"task", arn_}, {"family", task->family}});
    co_return Result<>();
}

} // namespace agent::engine
