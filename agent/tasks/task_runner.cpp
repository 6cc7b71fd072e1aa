#include "agent/tasks/task_runner.hpp"

#include "agent/tasks/moments.hpp"
#include "base/log.hpp"
#include "model/edit_task.hpp"

#include <algorithm>
#include <utility>

namespace agent::tasks {

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

bool is_start_up(Action action) {
    switch (action) {
    case Action::provision:
    case Action::pull:
    case Action::create:
    case Action::start:
    case Action::attach:
    case Action::restart: return true;
    default: return false;
    }
}

/// Starts wait for their turn, so that 500 files do not start 500 containers at once.
bool takes_slot(Action action) {
    return action == Action::create || action == Action::start || action == Action::restart;
}

/// ECS's names for what went wrong (agent-lifecycle 3.5).
std::string_view error_name(Action action) {
    switch (action) {
    case Action::provision: return "ResourceInitializationError";
    case Action::pull: return "CannotPullContainerError";
    case Action::create: return "CannotCreateContainerError";
    case Action::attach: return "ContainerNetworkingError";
    default: return "CannotStartContainerError";
    }
}

std::string reason_of(const Step& step, const Error& error) {
    const auto name = std::string(error_name(step.action));
    const auto& what = error.what();
    if (what.starts_with(name) || what.starts_with(containers::secret_failure))
        return what;
    if (error.code() == Errc::timeout && step.action != Action::pull)
        return "DockerTimeoutError: " + what;
    return name + ": " + what;
}

/// The first that runs and has failed its health checks; nullptr when there is none.
const model::Container* unhealthy_essential(const model::Task& task) {
    const auto found = std::ranges::find_if(task.containers, [](const auto& each) {
        return each.declared && each.essential && model::is_running(each) && each.health &&
               each.health->status == "UNHEALTHY";
    });
    return found == task.containers.end() ? nullptr : &*found;
}

} // namespace

TaskRunner::Told TaskRunner::told_of(const model::Container& container) {
    return {container.known, !container.docker_id.empty(),
            container.health ? container.health->status : std::string(), container.started_at};
}

TaskRunner::TaskRunner(Services& services, std::string arn, definition::DefinitionPtr definition,
                       EarlierLife earlier)
    : services_(services),
      arn_(std::move(arn)),
      definition_(std::move(definition)),
      steps_(services_, arn_, *definition_),
      pulls_(services.loop),
      work_(services.loop),
      changed_(services.loop),
      stop_noted_(earlier.stop_noted),
      waits_(arn_, services.settings.told_wait) {
    const auto task = services_.world.find_task(arn_);
    for (const auto& container : task->containers) {
        auto& told = told_[container.name];
        if (stop_noted_ || earlier.ends_told.contains(container.name))
            told = told_of(container);
        else
            told.started_at = container.started_at;
    }
    stop_reported_ = stop_noted_ && task->known == model::TaskStatus::stopped;
}

void TaskRunner::stop() {
    goal_ = Goal::stop;
    // At once, so that nobody is told meanwhile that it goes on.
    const auto task = services_.world.find_task(arn_);
    if (task && task->desired == model::TaskStatus::running)
        begin_to_stop(*task);
    notify();
}

void TaskRunner::clean_up_now() {
    clean_up_now_ = true;
    notify();
}

void TaskRunner::notify() {
    ++changes_;
    changed_.notify_all();
}

Situation TaskRunner::situation(const model::Task& task) const {
    std::set<std::string> busy;
    for (const auto& [container, action] : busy_)
        busy.insert(container);
    return Situation{task,
                     *definition_,
                     goal_,
                     provisioned_,
                     released_,
                     std::move(busy),
                     base::now(),
                     clean_up_now_ ? milliseconds(0) : services_.settings.cleanup_wait,
                     services_.settings.pull_upfront,
                     services_.settings.start_timeout};
}

Async<void> TaskRunner::run_until_rest() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested() && !rested_) {
        const bool goes_on = co_await advance();
        if (!goes_on)
            break;
    }
}

Async<void> TaskRunner::run_until_forgotten() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const bool goes_on = co_await advance();
        if (!goes_on)
            break;
    }
    pulls_.cancel();
    work_.cancel();
    // They use this object: however long they take to end, it waits.
    while (pulls_.size() + work_.size() > 0) {
        co_await pulls_.wait(seconds(1));
        co_await work_.wait(seconds(1));
    }
}

/// Begins what is due now and waits for the next change; at once when the task has come to rest.
/// False when there is no such task any more.
Async<bool> TaskRunner::advance() {
    const auto task = services_.world.find_task(arn_);
    if (!task) {
        waits_.update({}, std::chrono::steady_clock::now());
        co_return false;
    }
    report(*task);
    if (end_unhealthy(*task))
        co_return true;
    if (task->desired == model::TaskStatus::stopped) {
        pulls_.cancel();
        if (!stop_noted_) {
            co_await note_stop(task);
            co_return true;
        }
    }
    const auto now = situation(*task);
    if (!rested_ && is_at_rest(now)) {
        rested_ = true;
        if (!stop_reported_)
            log::info("task stopped", {{"task", arn_}, {"reason", task->stop_reason}});
        co_return true;
    }
    const auto seen = changes_;
    std::optional<base::Time> look_again;
    if (services_.observer.connected()) {
        const auto plan = next_steps(now);
        look_again = plan.look_again;
        for (const auto& step : plan.steps)
            spawn(step);
        follow_waits(plan);
    }
    if (seen == changes_)
        co_await wait_for_change(look_again);
    co_return true;
}

Async<void> TaskRunner::wait_for_change(std::optional<base::Time> look_again) {
    std::chrono::steady_clock::duration limit = idle_limit;
    if (look_again)
        limit = std::clamp<std::chrono::steady_clock::duration>(*look_again - base::now(),
                                                                milliseconds(1), idle_limit);
    if (const auto due = waits_.next_due())
        limit = std::clamp<std::chrono::steady_clock::duration>(
            *due - std::chrono::steady_clock::now(), milliseconds(1), limit);
    if (services_.observer.connected())
        co_await changed_.wait_for(limit);
    else
        co_await services_.observer.connection_changed().wait_for(idle_limit);
}

void TaskRunner::begin_to_stop(const model::Task& task) {
    log::info(
        "stopping a task",
        {{"task", arn_}, {"family", task.family}, {"reason", "its file is gone or has changed"}});
    model::edit_task(services_.world, arn_, [](model::Task& changed) {
        changed.desired = model::TaskStatus::stopped;
        changed.stop_reason = "its file is gone or has changed";
        if (!changed.execution_stopped_at)
            changed.execution_stopped_at = base::now();
    });
}

/// As ECS does with a task of a service: it ends, and the next one of its file begins. True when it
/// ends now.
bool TaskRunner::end_unhealthy(const model::Task& task) {
    const bool may_end = goal_ == Goal::run && task.desired == model::TaskStatus::running &&
                         definition_->replaces_unhealthy();
    const auto* ill = may_end ? unhealthy_essential(task) : nullptr;
    if (ill == nullptr)
        return false;
    log::warn("an essential container is unhealthy; its task ends",
              {{"task", arn_}, {"container", ill->name}});
    const auto reason =
        "Task failed container health checks: container " + ill->name + " is UNHEALTHY";
    model::edit_task(services_.world, arn_, [&](model::Task& changed) {
        changed.desired = model::TaskStatus::stopped;
        changed.stop_reason = reason;
        changed.execution_stopped_at = base::now();
    });
    return true;
}

/// Before anything is stopped: its containers alone would not always say again that it is to be.
Async<void> TaskRunner::note_stop(model::TaskPtr task) {
    stop_noted_ = true;
    auto note = [&store = services_.store, task] {
        return store.note_stop(task->arn, task->execution_stopped_at.value_or(base::now()),
                               task->stop_reason);
    };
    const auto noted = co_await services_.disk.run(std::move(note));
    if (!noted)
        log::warn("cannot store that a task has stopped",
                  {{"task", arn_}, log::why(noted.error())});
}

/// One line for each start and each end of a container, in the order in which they happened; and what
/// Docker will not tell again is stored, with the end that was told.
void TaskRunner::report(const model::Task& task) {
    std::vector<Moment> moments;
    const auto now = base::now();
    for (const auto& container : task.containers) {
        if (!container.declared)
            continue;
        auto& told = told_[container.name];
        const auto before = std::exchange(told, told_of(container));
        const bool started = told.started_at && told.started_at != before.started_at;
        const bool is_stopped = container.known == model::ContainerStatus::stopped;
        const bool ended =
            is_stopped && (started || before.known != model::ContainerStatus::stopped);
        const bool removed = before.in_docker && !told.in_docker && !released_ && is_stopped;
        // One that ends at once may be seen for the first time when it has ended.
        if (started)
            moments.push_back({*told.started_at, true, &container});
        // Docker's clock may have told a start after its end.
        if (ended)
            moments.push_back({std::max(container.finished_at.value_or(now),
                                        told.started_at.value_or(base::Time())),
                               false, &container});
        if (ended || removed || before.health != told.health)
            work_.spawn("record", steps_.store_record(container.name));
    }
    tell_in_order(arn_, std::move(moments));
}

void TaskRunner::follow_waits(const Plan& plan) {
    auto waits = plan.waits;
    for (const auto& [container, action] : busy_)
        waits.push_back({container, "the step " + std::string(to_string(action))});
    waits_.update(waits, std::chrono::steady_clock::now());
}

void TaskRunner::spawn(const Step& step) {
    busy_.emplace(step.container, step.action);
    auto& group = step.action == Action::pull ? pulls_ : work_;
    group.spawn(std::string(to_string(step.action)), perform(step));
}

Async<void> TaskRunner::perform(Step step) {
    auto done = co_await perform_in_turn(step);
    if (done) {
        pauses_.erase(step.container);
        warned_.erase(step.container);
        if (step.action == Action::provision)
            provisioned_ = true;
        if (step.action == Action::release)
            released_ = true;
    } else if (done.error().code() != Errc::cancelled) {
        co_await handle_failure(step, std::move(done).error());
    }
    busy_.erase(step.container);
    notify();
}

Async<Result<>> TaskRunner::perform_in_turn(Step step) {
    if (!takes_slot(step.action))
        co_return co_await steps_.perform(step);
    const bool taken = co_await services_.start_slots.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    // While it waited the task may have gone on.
    bool due = false;
    if (const auto task = services_.world.find_task(arn_)) {
        auto now = situation(*task);
        now.busy.erase(step.container);
        const auto plan = next_steps(now);
        due = std::find(plan.steps.begin(), plan.steps.end(), step) != plan.steps.end();
    }
    Result<> done;
    if (due)
        done = co_await steps_.perform(step);
    services_.start_slots.give_back();
    co_return done;
}

/// An engine that is away is waited for; what it refuses for good ends the container. Stopping and
/// removing are never given up.
Async<void> TaskRunner::handle_failure(Step step, Error failure) {
    const bool engine_away = failure.code() == Errc::unavailable || !services_.observer.connected();
    if (is_start_up(step.action) && !engine_away) {
        co_await abandon(step, std::move(failure));
        co_return;
    }
    if (warned_[step.container] != failure.what()) {
        warned_[step.container] = failure.what();
        log::warn("a step of a task failed; trying again", {{"task", arn_},
                                                            {"container", step.container},
                                                            {"step", to_string(step.action)},
                                                            log::why(failure)});
    }
    auto& pause = pauses_.try_emplace(step.container, first_pause).first->second;
    const auto limit = pause;
    pause = std::min<milliseconds>(pause * 2, longest_pause);
    co_await changed_.wait_for(limit);
}

Async<void> TaskRunner::abandon(Step step, Error failure) {
    const auto reason = reason_of(step, failure);
    log::error("a container cannot be brought up", {{"task", arn_},
                                                    {"container", step.container},
                                                    {"step", to_string(step.action)},
                                                    {"reason", reason}});
    // A container that runs has to be stopped, with its task; one that does not has stopped.
    const bool ends_task =
        step.container.empty() || step.action == Action::attach ||
        failure.what().starts_with(containers::secret_failure) ||
        (step.action == Action::pull && services_.settings.pull_failure_ends_task);
    if (!ends_task) {
        co_await steps_.give_up_on(step.container, reason, std::nullopt);
        co_return;
    }
    model::edit_task(services_.world, arn_, [&](model::Task& task) {
        // What it stops for was said before.
        if (task.desired == model::TaskStatus::stopped)
            return;
        task.desired = model::TaskStatus::stopped;
        task.stop_reason = reason;
        task.execution_stopped_at = base::now();
    });
}

} // namespace agent::tasks
