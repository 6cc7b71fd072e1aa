#include "agent/engine/container_maker.hpp"

#include "agent/engine/create_document.hpp"
#include "agent/engine/declared_task.hpp"
#include "agent/engine/pause_image.hpp"
#include "agent/observer/inspect_to_model.hpp"
#include "base/log.hpp"
#include "metadatafile/paths.hpp"
#include "metadatafile/placement.hpp"

namespace agent::engine {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;

void edit_task(model::World& world, const std::string& arn,
               const std::function<void(model::Task&)>& change) {
    const auto task = world.find_task(arn);
    if (!task)
        return;
    model::Task copy = *task;
    change(copy);
    observer::settle(copy);
    world.put(std::move(copy));
}

Async<Result<>> ContainerMaker::create(std::string task_arn, std::size_t index) {
    const auto task = services_.world.find_task(task_arn);
    if (task->containers[index].type == model::ContainerType::cni_pause)
        co_return co_await create_pause(task, index);
    co_return co_await create_normal(task, index);
}

Async<Result<>> ContainerMaker::create_pause(model::TaskPtr task, std::size_t index) {
    const bool taken = co_await services_.pause_turn.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    const auto ready = co_await ensure_pause_parts();
    services_.pause_turn.give_back();
    CO_TRY(ready);
    auto body = pause_document(task->containers[index], services_.settings.awsvpc_network);
    co_return co_await create_named(task->arn, index, std::move(body));
}

Async<Result<>> ContainerMaker::ensure_pause_parts() {
    CO_TRY(co_await ensure_pause_image(services_.docker));
    CO_TRY(co_await ensure_awsvpc_network(services_.docker, services_.settings.awsvpc_network,
                                          services_.settings.awsvpc_subnet));
    co_return Result<>();
}

Async<Result<>> ContainerMaker::create_normal(model::TaskPtr task, std::size_t index) {
    const auto& definition = definition_.containers[index];
    CO_TRY(const auto image, co_await find_image(task->arn, definition.image));
    CO_TRY(const auto directory, co_await metadata_directory(task, index, image));
    CreateFacts facts;
    facts.region = services_.world.instance().scope.region;
    facts.image_environment = image.env;
    if (!directory.empty()) {
        const auto target = metadatafile::container_directory(definition.name);
        CO_TRY(facts.metadata_bind,
               metadatafile::bind(directory, target, services_.settings.selinux));
        facts.metadata_environment = metadatafile::environment_entry(definition.name);
    }
    if (const auto* pause = task->pause())
        facts.pause_id = pause->docker_id;
    edit_task(services_.world, task->arn, [&](model::Task& changed) {
        changed.containers[index].metadata_directory = directory;
    });
    auto body = create_document(definition_, definition, task->containers[index], facts);
    co_return co_await create_named(task->arn, index, std::move(body));
}

Async<Result<docker::ImageInspect>> ContainerMaker::find_image(std::string task_arn,
                                                               std::string reference) {
    CO_TRY(const auto present, co_await services_.docker.inspect_image(reference));
    if (present)
        co_return *present;
    log::info("pulling an image", {{"task", task_arn}, {"image", reference}});
    edit_task(services_.world, task_arn, [](model::Task& task) {
        if (!task.pull_started_at)
            task.pull_started_at = base::now();
    });
    CO_TRY(co_await pull(reference));
    edit_task(services_.world, task_arn,
              [](model::Task& task) { task.pull_stopped_at = base::now(); });
    CO_TRY(const auto image, co_await services_.docker.inspect_image(reference));
    if (!image)
        co_return Error(Errc::not_found, "image " + reference + " is not there after its pull");
    co_return *image;
}

/// Pulls for as long as the container is wanted. A registry that cannot be reached looks to us like
/// an error of the engine's (500): it may pass; what the registry itself refuses does not.
Async<Result<>> ContainerMaker::pull(std::string reference) {
    const auto stop = co_await base::stop_token();
    std::optional<Result<>> outcome;
    base::TaskGroup group(loop_);
    group.spawn("pull", pull_now(reference, outcome));
    for (bool ended = false; !ended;) {
        ended = co_await group.wait(std::chrono::milliseconds(200));
        if (unwanted_() || stop.requested())
            group.cancel();
    }
    if (*outcome)
        co_return Result<>();
    const auto& failure = outcome->error();
    const auto code = failure.code() == Errc::internal ? Errc::unavailable : failure.code();
    co_return Error(code, failure.what()) + ("pull " + reference);
}

Async<void> ContainerMaker::pull_now(std::string reference, std::optional<Result<>>& outcome) {
    auto pulled = co_await services_.docker.pull_image(reference, std::nullopt, nullptr);
    outcome.emplace(std::move(pulled));
}

/// The directory that is bound into the container, "" where the feature is off for it.
Async<Result<std::string>> ContainerMaker::metadata_directory(model::TaskPtr task,
                                                              std::size_t index,
                                                              docker::ImageInspect image) {
    const auto& definition = definition_.containers[index];
    metadatafile::Circumstances circumstances;
    circumstances.enabled_by_configuration = services_.settings.enable_metadata;
    circumstances.enabled_by_task = definition_.metadata_enable;
    circumstances.enabled_by_container = definition.metadata_enable;
    for (const auto& mount : definition.mount_points)
        circumstances.mount_targets.push_back(mount.container_path);
    auto decision = metadatafile::decide(circumstances);
    if (decision) {
        CO_TRY(circumstances.file_in_image, co_await services_.image_probe.file_in_the_way(
                                                definition.image, image.id, definition.name));
        decision = metadatafile::decide(circumstances);
    }
    if (!decision) {
        log::info(
            "no metadata file for a container",
            {{"task", task->arn}, {"container", definition.name}, {"reason", decision.reason}});
        co_return std::string();
    }
    const auto prepared = co_await services_.metadata_files.prepare(task, definition.name);
    if (!prepared) {
        // The container runs without its file rather than not at all (agent-lifecycle 1.1).
        log::error(
            "cannot make a metadata file; the container starts without it",
            {{"task", task->arn}, {"container", definition.name}, log::why(prepared.error())});
        co_return std::string();
    }
    co_return *prepared;
}

Async<Result<>> ContainerMaker::create_named(std::string task_arn, std::size_t index,
                                             std::string body) {
    const auto task = services_.world.find_task(task_arn);
    const auto name = task->containers[index].docker_name;
    const bool taken = co_await services_.start_slots.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    const auto created = co_await services_.docker.create_container(name, std::move(body));
    services_.start_slots.give_back();
    if (created) {
        edit_task(services_.world, task_arn, [&](model::Task& changed) {
            for (auto& container : changed.containers) {
                if (container.docker_name != name || !container.docker_id.empty())
                    continue;
                container.docker_id = *created;
                container.known = model::ContainerStatus::created;
            }
        });
        co_return Result<>();
    }
    if (created.error().code() != Errc::conflict)
        co_return created.error();
    // An attempt whose answer we never got: the name is only ever this container's.
    CO_TRY(const auto existing, co_await services_.docker.inspect_container(name));
    if (!existing)
        co_return created.error();
    bool adopted = false;
    edit_task(services_.world, task_arn, [&](model::Task& changed) {
        adopted = adopt(changed, *existing, services_.world.instance().exclude_ipv6_ports);
    });
    if (!adopted)
        co_return created.error();
    co_return Result<>();
}

} // namespace agent::engine
