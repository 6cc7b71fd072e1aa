#include "agent/tasks/unrecorded.hpp"

#include "agent/definition/parse.hpp"
#include "agent/tasks/declared_task.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <cstdlib>

namespace agent::tasks {

namespace {

bool declares(const definition::TaskDefinition& definition, const UnrecordedTask& task) {
    if (definition.family != task.family ||
        (definition.revision && std::to_string(*definition.revision) != task.revision))
        return false;
    return std::all_of(
        task.container_names.begin(), task.container_names.end(), [&](const std::string& name) {
            if (name == model::pause_container_name)
                return definition.network_mode == model::NetworkMode::awsvpc;
            if (name == model::namespace_pause_container_name)
                return shares_namespaces(definition);
            return std::any_of(definition.containers.begin(), definition.containers.end(),
                               [&](const auto& each) { return each.name == name; });
        });
}

} // namespace

bool is_named_after_labels(const docker::ContainerSummary& container) {
    const auto arn = model::label_of(container.labels, model::label_task_arn);
    const auto cluster = model::label_of(container.labels, model::label_cluster);
    const auto family = model::label_of(container.labels, model::label_family);
    const auto revision = model::label_of(container.labels, model::label_revision);
    const auto name = model::label_of(container.labels, model::label_container_name);
    const auto expected = '/' + model::docker_name({arn, cluster, family, revision, name});
    return std::find(container.names.begin(), container.names.end(), expected) !=
           container.names.end();
}

std::map<std::string, UnrecordedTask>
unrecorded_tasks(const std::vector<docker::ContainerSummary>& containers,
                 const std::vector<state::DeclaredTask>& recorded) {
    std::map<std::string, UnrecordedTask> tasks;
    std::set<std::string_view> known;
    for (const auto& row : recorded)
        known.insert(row.arn);
    for (const auto& container : containers) {
        const auto arn = model::label_of(container.labels, model::label_task_arn);
        if (known.contains(arn) || !is_named_after_labels(container))
            continue;
        auto& task = tasks[arn];
        task.arn = arn;
        task.cluster = model::label_of(container.labels, model::label_cluster);
        task.family = model::label_of(container.labels, model::label_family);
        task.revision = model::label_of(container.labels, model::label_revision);
        task.container_names.insert(model::label_of(container.labels, model::label_container_name));
        task.container_ids.push_back(container.id);
        task.running = task.running || container.state == "running" || container.state == "paused";
    }
    return tasks;
}

std::optional<state::DeclaredTask> match_file(const UnrecordedTask& task,
                                              const std::vector<definition::TaskFile>& files,
                                              const std::set<std::string>& taken,
                                              const model::Instance& instance) {
    for (const auto& file : files) {
        if ((task.running && taken.contains(file.name)) || !file.definition ||
            !declares(*file.definition, task))
            continue;
        state::DeclaredTask row;
        row.arn = task.arn;
        row.file = file.name;
        row.definition = definition::canonical_form(*file.definition);
        row.revision = std::strtoll(task.revision.c_str(), nullptr, 10);
        row.cluster = task.cluster;
        row.availability_zone = instance.availability_zone;
        row.availability_zone_id = instance.availability_zone_id;
        row.container_instance_arn = instance.container_instance_arn;
        if (!task.running) {
            row.stopped_at = base::now();
            row.stop_reason = "it did not run when the state file was lost";
        }
        return row;
    }
    return std::nullopt;
}

} // namespace agent::tasks
