#include "agent/tasks/container_maker.hpp"

#include "agent/containers/environment_file.hpp"
#include "agent/containers/log_options.hpp"
#include "agent/containers/pause_image.hpp"
#include "agent/containers/task_roles.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "agent/stand_ins/secret_reference.hpp"
#include "agent/tasks/declared_task.hpp"
#include "base/log.hpp"
#include "metadatafile/paths.hpp"
#include "metadatafile/placement.hpp"
#include "model/edit_task.hpp"

#include <algorithm>
#include <cstdlib>
#include <string>

namespace agent::tasks {

namespace log = base::log;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;

state::ContainerRecord record_of(const std::string& task_arn, const model::Container& container) {
    state::ContainerRecord record;
    record.task_arn = task_arn;
    record.name = container.name;
    record.docker_id = container.docker_id;
    record.restart_count = container.restart_count.value_or(0);
    if (container.known == model::ContainerStatus::stopped) {
        // Also one that Docker has made too late.
        record.stopped =
            container.docker_id.empty() || (container.start_failed && !container.started_at);
        record.exit_code = container.exit_code;
        record.stop_reason = container.stop_reason;
        record.started_at = container.started_at;
        record.finished_at = container.finished_at;
    }
    if (container.health) {
        record.health_status = container.health->status;
        record.health_since = container.health->status_since;
    }
    return record;
}

namespace {

/// Where the engine looks for programs: it is of this machine, and so of our PATH.
std::string engine_path() {
    const char* path = std::getenv("PATH");
    return path == nullptr ? "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" : path;
}

} // namespace

/// Before its image is pulled, as ECS does: what is lacking ends the task before anything is made of it.
Async<Result<>> ContainerMaker::find_secrets(Member member) {
    const auto& definition = *member.definition;
    // A container may be made anew with another log driver.
    const bool asks_again = !asked_for_secrets_.insert(member.name()).second;
    const containers::SecretAsker asker{member.task->arn, member.name(), asks_again};
    SecretFacts facts;
    CO_TRY(facts.variables,
           co_await services_.secrets.find(definition.secrets, asker, services_.stand_ins));
    if (definition.log_configuration) {
        CO_TRY(facts.log_options,
               co_await services_.secrets.find(definition.log_configuration->secret_options, asker,
                                               services_.stand_ins));
    }
    secrets_.insert_or_assign(member.name(), std::move(facts));
    co_return Result<>();
}

/// Of its repositoryCredentials; nothing where the host's logins serve: no secret is there for it.
Async<Result<std::optional<image::Login>>> ContainerMaker::find_login(Member member) {
    const auto& parameter = member.definition->repository_credentials;
    const auto host = services_.stand_ins;
    const auto names = stand_ins::read_secret_reference(parameter).names;
    if (parameter.empty() || stand_ins::find_secret(host->secrets, names) == nullptr)
        co_return std::optional<image::Login>();
    const std::vector<definition::Secret> wanted{{"repositoryCredentials", parameter}};
    const containers::SecretAsker asker{member.task->arn, member.name()};
    CO_TRY(const auto found, co_await services_.secrets.find(wanted, asker, host));
    if (found.empty())
        co_return std::optional<image::Login>();
    auto login = image::read_login(found.front().value.view());
    if (!login) {
        const auto context = std::string(containers::secret_failure) + parameter;
        co_return std::move(login).error() + context;
    }
    co_return std::optional(std::move(*login));
}

Async<Result<>> ContainerMaker::pull(Member member) {
    CO_TRY(co_await find_secrets(member));
    CO_TRY(auto login, co_await find_login(member));
    const auto task_arn = member.task->arn;
    const auto reference = member.definition->image;
    std::function<void()> begins = [this, task_arn] {
        model::edit_task(services_.world, task_arn, [](model::Task& task) {
            if (!task.pull_started_at)
                task.pull_started_at = base::now();
        });
    };
    CO_TRY(auto image,
           co_await services_.image_puller.ensure(task_arn, reference, begins, std::move(login)));
    model::edit_task(services_.world, task_arn, [](model::Task& task) {
        if (task.pull_started_at)
            task.pull_stopped_at = base::now();
    });
    co_await note_pull(task_arn);
    model::edit_container(services_.world, task_arn, member.name(),
                          [&](model::Container& container) {
                              if (container.known != model::ContainerStatus::none)
                                  return;
                              container.known = model::ContainerStatus::pulled;
                              container.image_id = image.id;
                          });
    images_[member.name()] = std::move(image);
    co_return Result<>();
}

Async<void> ContainerMaker::note_pull(std::string task_arn) {
    const auto task = services_.world.find_task(task_arn);
    if (!task || !task->pull_started_at)
        co_return;
    auto note = [&store = services_.store, task] {
        return store.note_pull(task->arn, task->pull_started_at, task->pull_stopped_at);
    };
    const auto noted = co_await services_.disk.run(std::move(note));
    if (!noted)
        log::warn("cannot store when an image was pulled",
                  {{"task", task_arn}, log::why(noted.error())});
}

Async<Result<>> ContainerMaker::create(Member member) {
    if (member.container->type != model::ContainerType::normal)
        co_return co_await create_pause(member);
    const auto created = co_await create_normal(member);
    if (!created)
        co_return conceal(member, created.error());
    // The answer to its start may repeat the options.
    if (const auto secrets = secrets_.find(member.name()); secrets != secrets_.end())
        secrets->second.variables.clear();
    co_return created;
}

Error ContainerMaker::conceal(const Member& member, const Error& error) const {
    const auto known = secrets_.find(member.name());
    if (known != secrets_.end()) {
        const auto& [variables, log_options] = known->second;
        return containers::conceal(containers::conceal(error, variables), log_options);
    }
    const bool is_engines = error.code() != Errc::unavailable && error.code() != Errc::timeout &&
                            error.code() != Errc::cancelled;
    if (member.container->secret_log_options.empty() || !is_engines)
        return error;
    return {error.code(), std::string(docker::untold_start_failure)};
}

Async<Result<>> ContainerMaker::create_pause(Member member) {
    const auto& pause = *member.container;
    const bool network = pause.type == model::ContainerType::cni_pause;
    const bool taken = co_await services_.pause_turn.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    const auto ready = co_await ensure_pause_parts(network);
    services_.pause_turn.give_back();
    CO_TRY(ready);
    const auto& cgroup = resources_.cgroup_parent();
    auto body = network ? containers::pause_document(definition_, pause,
                                                     services_.settings.awsvpc_network, cgroup)
                        : containers::namespace_pause_document(definition_, pause, cgroup);
    co_return co_await create_named(member, std::move(body));
}

Async<Result<>> ContainerMaker::ensure_pause_parts(bool network) {
    CO_TRY(co_await containers::ensure_pause_image(services_.docker));
    if (network) {
        CO_TRY(co_await containers::ensure_awsvpc_network(
            services_.docker, services_.settings.awsvpc_network, services_.settings.awsvpc_subnet));
    }
    co_return Result<>();
}

Async<Result<>> ContainerMaker::create_normal(Member member) {
    const auto& task = member.task;
    const auto& definition = *member.definition;
    const auto image = images_[member.name()];
    CO_TRY(const auto directory, co_await metadata_directory(member, image));
    containers::CreateFacts facts;
    facts.region = services_.world.instance().scope.region;
    facts.image_environment = image.env;
    facts.cgroup_parent = resources_.cgroup_parent();
    facts.volume_names = docker_volume_names(definition_, *task);
    facts.role_variables = containers::role_variables(task->role);
    facts.log_credentials = log_credentials(*task);
    facts.uses_engine_log_driver = uses_engine_log_driver(definition, facts.log_credentials);
    if (const auto secrets = secrets_.find(member.name()); secrets != secrets_.end()) {
        facts.secrets = secrets->second.variables;
        facts.secret_log_options = secrets->second.log_options;
    }
    if (!directory.empty()) {
        const auto target = metadatafile::container_directory(definition.name);
        CO_TRY(facts.metadata_bind,
               metadatafile::bind(directory, target, services_.settings.selinux));
        facts.metadata_environment = metadatafile::environment_entry(definition.name);
    }
    for (const auto& container : task->containers) {
        if (container.type == model::ContainerType::cni_pause)
            facts.pause_id = container.docker_id;
        if (container.type == model::ContainerType::namespace_pause)
            facts.namespace_pause_id = container.docker_id;
    }
    CO_TRY(co_await gather_facts(member, facts));
    model::edit_container(
        services_.world, task->arn, member.name(),
        [&](model::Container& changed) { changed.metadata_directory = directory; });
    auto body =
        containers::create_document(definition_, definition, *task, *member.container, facts);
    co_return co_await create_named(member, std::move(body));
}

std::string ContainerMaker::log_credentials(const model::Task& task) const {
    const bool provided = task.execution_role && services_.is_role_provided &&
                          services_.is_role_provided(task.execution_role->arn);
    return provided ? containers::log_credentials_path(task) : std::string();
}

/// Where awslogs would have no keys, so that the container could never start.
bool ContainerMaker::uses_engine_log_driver(const definition::ContainerDefinition& definition,
                                            const std::string& log_credentials) const {
    const auto& configuration = definition.log_configuration;
    // What the task has found out itself holds although the host's words were read again meanwhile.
    const bool lacks_keys =
        services_.engine_lacks_log_keys || with_engine_log_driver_.contains(definition.name);
    return lacks_keys && configuration &&
           containers::needs_engine_keys(*configuration, log_credentials) &&
           stand_ins::is_log_driver_automatic(*services_.stand_ins, configuration->driver);
}

/// What has to be read from the host's disk or tried on its network: on a worker.
Async<Result<>> ContainerMaker::gather_facts(Member member, containers::CreateFacts& facts) {
    auto read_files = [files = member.definition->environment_files] {
        return containers::read_environment_files(files);
    };
    CO_TRY(auto environment,
           co_await base::offload(services_.workers.environment_files, std::move(read_files)));
    facts.file_environment = std::move(environment.variables);
    for (const auto& [place, lines] : environment.passed_over)
        log::info("lines of an environment file are no variables, passing them over",
                  {{"task", member.task->arn},
                   {"container", member.name()},
                   {"first", place},
                   {"lines", lines}});
    CO_TRY(facts.host_ports, co_await choose_host_ports(member));
    auto look_for_gpus = [runtimes = services_.settings.engine_runtimes] {
        return containers::gpu_support(runtimes, engine_path());
    };
    const auto gpus = member.definition->gpus;
    if (gpus > 0)
        facts.gpus =
            co_await base::offload(services_.workers.environment_files, std::move(look_for_gpus));
    if (with_gpu_runtime_.contains(member.name()) &&
        facts.gpus == containers::GpuSupport::device_requests)
        facts.gpus = containers::GpuSupport::runtime;
    co_return containers::check_gpus(gpus, facts.gpus);
}

/// They are this container's as long as its task runs: it may be started more than once.
Async<Result<std::vector<std::uint16_t>>> ContainerMaker::choose_host_ports(Member member) {
    const auto& mappings = member.definition->port_mappings;
    const auto& settings = services_.settings;
    const auto mode = definition_.network_mode;
    std::vector<std::uint16_t> ports;
    if (mode == model::NetworkMode::bridge || mode == model::NetworkMode::host) {
        CO_TRY(containers::check_reserved(mappings, settings.reserved_ports));
    }
    if (mode != model::NetworkMode::bridge)
        co_return ports;
    const auto owner = member.container->docker_name;
    for (bool claimed = false; !claimed;) {
        auto taken = services_.host_ports.of_others(owner);
        taken.insert(settings.reserved_ports.begin(), settings.reserved_ports.end());
        auto choose = [mappings, range = settings.dynamic_host_ports, taken = std::move(taken)] {
            return containers::choose_host_ports(mappings, range, taken);
        };
        CO_TRY(ports, co_await base::offload(services_.workers.network, std::move(choose)));
        claimed = services_.host_ports.claim(owner, containers::chosen_ports(mappings, ports));
    }
    co_return ports;
}

/// The directory that is bound into the container, "" where the feature is off for it.
Async<Result<std::string>> ContainerMaker::metadata_directory(Member member,
                                                              docker::ImageInspect image) {
    const auto& definition = *member.definition;
    const auto& task = member.task;
    const auto& name = member.name();
    metadatafile::Circumstances circumstances;
    circumstances.enabled_by_configuration = services_.settings.enable_metadata;
    circumstances.enabled_by_task = definition_.metadata_enable;
    circumstances.enabled_by_container = definition.metadata_enable;
    for (const auto& mount : definition.mount_points)
        circumstances.mount_targets.push_back(mount.container_path);
    auto decision = metadatafile::decide(circumstances);
    if (decision) {
        CO_TRY(circumstances.file_in_image,
               co_await services_.image_probe.file_in_the_way(definition.image, image.id, name));
        decision = metadatafile::decide(circumstances);
    }
    if (!decision) {
        log::info("no metadata file for a container",
                  {{"task", task->arn}, {"container", name}, {"reason", decision.reason}});
        co_return std::string();
    }
    const auto prepared = co_await services_.metadata_files.prepare(task, name);
    if (!prepared) {
        // The container runs without its file rather than not at all (agent-lifecycle 1.1).
        log::error("cannot make a metadata file; the container starts without it",
                   {{"task", task->arn}, {"container", name}, log::why(prepared.error())});
        co_return std::string();
    }
    co_return *prepared;
}

Async<Result<>> ContainerMaker::create_named(Member member, std::string body) {
    const auto& task_arn = member.task->arn;
    const auto docker_name = member.container->docker_name;
    const auto created = co_await services_.docker.create_container(docker_name, std::move(body));
    if (created) {
        model::edit_container(services_.world, task_arn, member.name(),
                              [&](model::Container& container) {
                                  // An event may have told it already.
                                  if (!container.docker_id.empty())
                                      return;
                                  container.docker_id = *created;
                                  container.known = model::ContainerStatus::created;
                              });
        CO_TRY(co_await note_created(member));
        // What Docker has made of it is known before it can ask.
        auto docker_id = *created;
        co_await services_.observer.look_and_wait(std::move(docker_id));
        co_return Result<>();
    }
    if (created.error().code() != Errc::conflict)
        co_return created.error();
    // An attempt whose answer we never got: the name is only ever this container's.
    CO_TRY(const auto existing, co_await services_.docker.inspect_container(docker_name));
    if (!existing)
        co_return created.error();
    bool adopted = false;
    model::edit_task(services_.world, task_arn,
                     [&](model::Task& changed) { adopted = adopt(changed, *existing); });
    if (!adopted)
        co_return created.error();
    co_return co_await note_created(member);
}

Async<Result<>> ContainerMaker::note_created(Member member) {
    const auto& task_arn = member.task->arn;
    const auto& name = member.name();
    // As it is now.
    const auto task = services_.world.find_task(task_arn);
    auto put = [&store = services_.store,
                record = record_of(task_arn, *model::find_declared(*task, name))] {
        return store.put(record);
    };
    const auto noted = co_await services_.disk.run(std::move(put));
    if (!noted)
        // Only a removal of the container while we are away would go unnoticed.
        log::warn("cannot store a container's id",
                  {{"task", task_arn}, {"container", name}, log::why(noted.error())});
    co_return Result<>();
}

} // namespace agent::tasks
