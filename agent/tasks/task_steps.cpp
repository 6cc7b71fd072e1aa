#include "agent/tasks/task_steps.hpp"

#include "agent/containers/gpus.hpp"
#include "agent/containers/host_ports.hpp"
#include "agent/containers/log_options.hpp"
#include "agent/containers/pause_image.hpp"
#include "base/log.hpp"
#include "model/edit_task.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <utility>

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

/// What a container that never came up because of another ends with (agent-lifecycle 3.6).
constexpr std::int64_t dependency_exit_code = 143;
constexpr int most_port_attempts = 5;
constexpr auto longest_wait_for_file = std::chrono::milliseconds(500);

} // namespace

Async<Result<>> TaskSteps::perform(Step step) {
    const auto task = services_.world.find_task(arn_);
    switch (step.action) {
    case Action::provision: co_return co_await resources_.provision(task);
    case Action::release: co_return co_await resources_.release(task);
    case Action::forget: co_return co_await resources_.remove(task);
    case Action::fail: {
        auto reason = "TaskDependencyError: " + step.reason;
        co_await give_up_on(step.container, std::move(reason), dependency_exit_code);
        co_return Result<>();
    }
    default: break;
    }
    const auto member = find_member(task, definition_, step.container);
    co_return co_await perform_on(member, step.action);
}

Async<Result<>> TaskSteps::perform_on(Member member, Action action) {
    switch (action) {
    case Action::pull: co_return co_await maker_.pull(member);
    case Action::create: co_return co_await create(member);
    case Action::start: co_return co_await start(member);
    case Action::attach: co_return co_await attach(member);
    case Action::restart: co_return co_await restart(member);
    case Action::stop: co_return co_await stop(member);
    case Action::give_up: co_return co_await forget_uncreated(member);
    case Action::remove: co_return co_await remove(member);
    default: co_return Result<>();
    }
}

Async<Result<>> TaskSteps::create(Member member) {
    CO_TRY(resources_.check_cgroup());
    auto created = co_await maker_.create(member);
    if (!created && may_use_gpu_runtime(member, created.error()))
        created = co_await maker_.create(member);
    co_return created;
}

Async<void> TaskSteps::give_up_on(std::string name, std::string reason,
                                  std::optional<std::int64_t> exit_code) {
    const auto member = find_member(services_.world.find_task(arn_), definition_, name);
    const bool may_be_made = member.container->known == model::ContainerStatus::pulled;
    model::edit_container(services_.world, arn_, name, [&](model::Container& container) {
        container.known = model::ContainerStatus::stopped;
        container.start_failed = true;
        container.stop_reason = reason;
        if (!container.exit_code)
            container.exit_code = exit_code;
    });
    maker_.forget_secrets(name);
    // A create that failed may have made it all the same. What Docker makes from now on the observer
    // hears of, and it is removed with the task.
    if (may_be_made) {
        const auto forgotten = co_await forget_uncreated(member);
        if (!forgotten)
            log::warn("cannot tell whether a container was created, ignoring",
                      {{"task", arn_}, {"container", name}, log::why(forgotten.error())});
    }
    co_await store_record(name);
}

Async<void> TaskSteps::store_record(std::string name) {
    const auto task = services_.world.find_task(arn_);
    if (!task)
        co_return;
    const auto record = record_of(arn_, *model::find_declared(*task, name));
    auto put = [&store = services_.store, record] { return store.put(record); };
    const auto stored = co_await services_.disk.run(std::move(put));
    if (!stored)
        log::warn("cannot store what became of a container",
                  {{"task", arn_}, {"container", name}, log::why(stored.error())});
}

/// Whether the container would run in its task's cgroup: it was made for it, and that by the driver
/// that Docker has now.
Async<Result<>> TaskSteps::check_limits(std::string docker_id) {
    CO_TRY(resources_.check_cgroup());
    const auto parent = resources_.cgroup_parent();
    if (parent.empty())
        co_return Result<>();
    CO_TRY(const auto inspect, co_await services_.docker.inspect_container(docker_id));
    if (inspect && inspect->host_config.cgroup_parent != parent)
        co_return Error(Errc::conflict, "it was made for the cgroup \"" +
                                            inspect->host_config.cgroup_parent + "\", not for " +
                                            parent + ": the task's limits would not be in force");
    co_return Result<>();
}

Async<Result<>> TaskSteps::start(Member member) {
    const auto docker_id = member.container->docker_id;
    const bool still_due = co_await wait_for_file(docker_id);
    if (!still_due)
        co_return Result<>();
    if (const auto fits = co_await check_limits(docker_id); !fits) {
        // Docker would tell of it as created again, and it be started for ever.
        if (fits.error().code() == Errc::conflict) {
            CO_TRY(co_await remove(member));
        }
        co_return fits.error();
    }
    services_.observer.start_begins(docker_id);
    auto answer = co_await services_.docker.start_container(docker_id);
    if (!answer)
        answer = maker_.conceal(member, answer.error());
    // Before anybody looks: what Docker remembers of this start would end the task.
    if (!answer && may_be_made_anew(member, answer.error())) {
        services_.observer.start_has_ended(docker_id);
        CO_TRY(co_await discard(member));
        co_return Result<>();
    }
    const auto started = co_await see_start(member, answer);
    if (started) {
        maker_.forget_secrets(member.name());
        co_return Result<>();
    }
    // Docker remembers most failures; for those that it does not, this one may not be met again
    // as created and be started for ever.
    const auto now = services_.world.find_by_docker_id(docker_id);
    const bool forgotten = now && now.container->known == model::ContainerStatus::created &&
                           services_.observer.connected() &&
                           started.error().code() != Errc::unavailable &&
                           started.error().code() != Errc::cancelled;
    if (forgotten) {
        CO_TRY(co_await remove(member));
    }
    co_return started;
}

/// A container may read its file with its first instruction; but a sick disk keeps nobody from starting. False
/// when it is not to be started any more.
Async<bool> TaskSteps::wait_for_file(std::string docker_id) {
    const auto before = services_.world.find_by_docker_id(docker_id);
    if (!before)
        co_return false;
    auto directory = before.container->metadata_directory;
    co_await services_.metadata_files.wait_until_current(std::move(directory),
                                                         longest_wait_for_file);
    const auto now = services_.world.find_by_docker_id(docker_id);
    co_return now&& now.container->desired != model::ContainerStatus::stopped;
}

/// What became of a container that Docker was asked to start. An answer that did not come says
/// nothing; the look that follows does.
Async<Result<>> TaskSteps::see_start(Member member, Result<> answer) {
    const auto& docker_id = member.container->docker_id;
    co_await services_.observer.look_and_wait(docker_id);
    services_.observer.start_has_ended(docker_id);
    const auto now = services_.world.find_by_docker_id(docker_id);
    if (!answer && !(now && model::is_running(*now.container)))
        co_return answer.error() + ("start " + member.name());
    co_return Result<>();
}

/// Removes a container that is to be made again. It is let go of first: its removal must not look
/// like the end of the task's.
Async<Result<>> TaskSteps::discard(Member member) {
    const auto& docker_id = member.container->docker_id;
    const auto& name = member.name();
    model::edit_container(services_.world, arn_, name, [](model::Container& container) {
        container.docker_id.clear();
        container.known = model::ContainerStatus::none;
    });
    const auto removed = co_await services_.docker.remove_container(docker_id, true, true);
    if (!removed) {
        model::edit_container(services_.world, arn_, name, [&](model::Container& container) {
            container.docker_id = docker_id;
            container.known = model::ContainerStatus::created;
        });
        co_return removed.error();
    }
    co_await store_record(name);
    co_return Result<>();
}

/// Whether the container that the engine did not start may start when it is made otherwise.
bool TaskSteps::may_be_made_anew(const Member& member, const Error& error) {
    return may_choose_other_ports(member, error) || may_use_engine_log_driver(member, error) ||
           may_use_gpu_runtime(member, error);
}

/// Where some are the agent's choice: another program may have taken one meanwhile.
bool TaskSteps::may_choose_other_ports(const Member& member, const Error& error) {
    if (!containers::is_port_conflict(error) || member.definition == nullptr)
        return false;
    const bool has_chosen =
        std::ranges::any_of(member.definition->port_mappings, [&](const auto& each) {
            return containers::needs_host_ports(each, services_.settings.dynamic_host_ports);
        });
    return has_chosen && ++port_attempts_[member.name()] < most_port_attempts;
}

/// The engine has found no keys for awslogs: the container is made anew, with the engine's own driver.
bool TaskSteps::may_use_engine_log_driver(const Member& member, const Error& error) {
    if (!containers::is_lack_of_log_keys(error) || member.definition == nullptr ||
        !member.definition->log_configuration)
        return false;
    const auto& configuration = *member.definition->log_configuration;
    const auto credentials = maker_.log_credentials(*member.task);
    if (!containers::needs_engine_keys(configuration, credentials) ||
        !stand_ins::is_log_driver_automatic(*services_.stand_ins, configuration.driver))
        return false;
    // Once: the engine's own driver may be awslogs as well.
    if (!maker_.use_engine_log_driver(member.name()))
        return false;
    if (!std::exchange(services_.engine_lacks_log_keys, true))
        log::warn(
            "the engine has no AWS keys for awslogs: containers log by the engine's own driver; "
            "logDrivers of the host file may say another",
            {{"task", arn_}, {"container", member.name()}, log::why(error)});
    return true;
}

/// The engine does not find the hook that we have found: it was started with another PATH.
bool TaskSteps::may_use_gpu_runtime(const Member& member, const Error& error) {
    const bool lacks_driver = containers::is_lack_of_gpu_driver(error) &&
                              member.definition != nullptr && member.definition->gpus > 0;
    if (!lacks_driver || !maker_.use_gpu_runtime(member.name()))
        return false;
    log::warn("the engine has no driver for GPUs: a container is made for the runtime \"nvidia\" "
              "alone",
              {{"task", arn_}, {"container", member.name()}, log::why(error)});
    return true;
}

Async<Result<>> TaskSteps::restart(Member member) {
    const auto docker_id = member.container->docker_id;
    const bool still_due = co_await wait_for_file(docker_id);
    if (!still_due)
        co_return Result<>();
    CO_TRY(co_await check_limits(docker_id));
    log::info("restarting a container", {{"task", arn_}, {"container", member.name()}});
    services_.observer.start_begins(docker_id);
    auto answer = co_await services_.docker.start_container(docker_id);
    if (!answer)
        answer = maker_.conceal(member, answer.error());
    CO_TRY(co_await see_start(member, answer));
    model::edit_container(services_.world, arn_, member.name(), [](model::Container& container) {
        container.restart_count = container.restart_count.value_or(0) + 1;
    });
    co_await store_record(member.name());
    co_return Result<>();
}

Async<Result<>> TaskSteps::attach(Member member) {
    const auto& pause = *member.container;
    const auto& docker_id = pause.docker_id;
    if (pause.sandbox_key.empty())
        co_return Error(Errc::unavailable,
                        "docker has not told where the namespace of " + pause.name + " is");
    const auto address = co_await services_.link_local.connect(
        member.task->id, pause.sandbox_key, services_.settings.instance_metadata);
    if (!address && address.error().code() == Errc::not_found) {
        // The namespace went while we connected it: Docker says what became of the container.
        co_await services_.observer.look_and_wait(docker_id);
        const auto now = services_.world.find_by_docker_id(docker_id);
        if (!now || now.container->known == model::ContainerStatus::stopped)
            co_return Result<>();
    }
    if (!address)
        co_return address.error();
    model::edit_task(services_.world, arn_, [&](model::Task& changed) {
        changed.link_local_ipv4 = *address;
        for (auto& container : changed.containers)
            if (container.docker_id == docker_id &&
                container.known == model::ContainerStatus::running)
                container.known = model::ContainerStatus::resources_provisioned;
    });
    log::info("link-local address connected", {{"task", arn_}, {"address", *address}});
    co_return Result<>();
}

Async<Result<>> TaskSteps::stop(Member member) {
    const auto docker_id = member.container->docker_id;
    auto grace = services_.settings.stop_grace;
    if (member.definition != nullptr && member.definition->stop_timeout)
        grace = *member.definition->stop_timeout;
    const auto stopped = co_await services_.docker.stop_container(docker_id, grace);
    co_await services_.observer.look_and_wait(docker_id);
    if (!stopped && stopped.error().code() != Errc::not_found)
        co_return stopped.error() + ("stop " + member.name());
    const auto now = services_.world.find_by_docker_id(docker_id);
    if (now && model::is_running(*now.container))
        co_return Error(Errc::timeout, "container " + member.name() + " still runs");
    co_return Result<>();
}

Async<Result<>> TaskSteps::remove(Member member) {
    const auto& container_before = *member.container;
    const auto& docker_id = container_before.docker_id;
    maker_.forget_secrets(member.name());
    CO_TRY(co_await services_.docker.remove_container(docker_id, true, true));
    model::edit_container(services_.world, arn_, member.name(), [&](model::Container& container) {
        if (container.docker_id != docker_id && !container.docker_id.empty())
            return;
        container.docker_id.clear();
        container.known = model::ContainerStatus::stopped;
    });
    const bool by_other_agent = container_before.type != model::ContainerType::normal &&
                                container_before.image != containers::pause_image_name();
    if (by_other_agent)
        co_await remove_old_pause_images();
    co_return Result<>();
}

/// Where it was the last container of one.
Async<void> TaskSteps::remove_old_pause_images() {
    const auto removed = co_await containers::remove_old_pause_images(services_.docker);
    if (!removed)
        log::warn("cannot remove an old pause image, ignoring",
                  {{"task", arn_}, log::why(removed.error())});
}

/// The answer of an earlier create may have been lost, and the container be there after all. One of
/// that name that is not this task's is left alone.
Async<Result<>> TaskSteps::forget_uncreated(Member member) {
    const auto& docker_name = member.container->docker_name;
    maker_.forget_secrets(member.name());
    CO_TRY(const auto existing, co_await services_.docker.inspect_container(docker_name));
    const bool ours =
        existing && model::label_of(existing->config.labels, model::label_task_arn) == arn_;
    if (ours) {
        CO_TRY(co_await services_.docker.remove_container(existing->id, true, true));
    }
    model::edit_container(services_.world, arn_, member.name(), [](model::Container& container) {
        container.known = model::ContainerStatus::stopped;
    });
    co_return Result<>();
}

} // namespace agent::tasks
