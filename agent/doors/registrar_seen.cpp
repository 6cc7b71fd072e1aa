// The registrar of containers that are there: what each of them is, and as which role it acts.

#include "agent/docker/inspect_to_model.hpp"
#include "agent/doors/own_labels.hpp"
#include "agent/doors/registrar.hpp"
#include "agent/doors/subject.hpp"
#include "agent/doors/told.hpp"
#include "agent/doors/volume_holder.hpp"
#include "base/ids.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <utility>

namespace agent::doors {

observer::Observed Registrar::identify(const docker::ContainerInspect& inspect,
                                       const observer::Given& before) {
    const auto told = told_endpoint_id(inspect);
    const auto newcomer = take_newcomer(told);
    observer::Observed observed;
    auto& given = observed.given;
    given = before;
    if (given.endpoint_id.empty() && !is_anothers(told, inspect.id))
        given.endpoint_id = told;
    const bool is_itself = !told.empty() && given.endpoint_id == told;
    if (newcomer && is_itself) {
        given = newcomer->given;
        given.endpoint_id = told;
        came_.notify_all();
    } else if (given.task_arn.empty()) {
        given = first_seen(inspect, given, is_itself);
    }
    if (!given.task_key.empty() && (before.task_arn.empty() || !tasks_.contains(given.task_key)))
        tasks_[given.task_key] = given.task_arn;
    observed.metadata_directory = directory_of(inspect, given.endpoint_id);
    if (!given.endpoint_id.empty())
        owners_[given.endpoint_id] = inspect.id;
    auto& seen = seen_[inspect.id];
    if (is_itself)
        seen.credentials_id = told_credentials_id(inspect, key_);
    if (is_itself && !seen.credentials_id.empty())
        seen.authorization_token = told_token(inspect);
    if (seen.credentials_id.empty()) {
        if (given.credentials_id.empty())
            given.credentials_id = base::random_uuid();
        seen.credentials_id = given.credentials_id;
    }
    seen.given = given;
    seen.image_id = inspect.image_id;
    seen.has_directory = !bound_directory(inspect, host_.metadata_root, given.endpoint_id).empty();
    observed.role = role_of(subject_of(inspect), seen, inspect.host_config.network_mode == "host");
    given = seen.given;
    return observed;
}

/// Where its metadata file is.
std::string Registrar::directory_of(const docker::ContainerInspect& inspect,
                                    const std::string& endpoint_id) {
    auto bound = bound_directory(inspect, host_.metadata_root, endpoint_id);
    if (!bound.empty())
        return bound;
    auto volume = volume_directory(inspect, host_.metadata_root);
    if (!volume.empty() && take_volume(world_, volume, inspect.id, inspect.created))
        return volume;
    return {};
}

/// What is not known of an earlier run, nor expected: it came by no door, or what was stored is lost. Then
/// the labels that it was given through a door say it.
observer::Given Registrar::first_seen(const docker::ContainerInspect& inspect,
                                      observer::Given given, bool is_itself) {
    auto subject = subject_of(inspect);
    subject.labels.erase(std::string(model::label_own_task_role));
    const auto decision = decide(subject);
    given = kept(std::move(given), decision);
    const auto& labels = inspect.config.labels;
    if (is_itself)
        given.task_arn = labelled_task(labels, host_.scope);
    if (!given.task_arn.empty()) {
        const auto family = model::label_of(labels, model::label_family);
        const auto name = model::label_of(labels, model::label_container_name);
        // An image's labels, which cannot be told from its own, would have it in another's task.
        if (family != given.family || name != given.name)
            given.task_key.clear();
        given.family = family;
        given.name = name;
        given.cluster = model::label_of(labels, model::label_cluster);
    } else if (!given.task_key.empty()) {
        given.task_arn = task_of_key(decision);
    } else {
        given.task_arn = host_.scope.in_cluster(given.cluster).task_arn(inspect.id.substr(0, 32));
    }
    return given;
}

rules::Decision Registrar::decide(const rules::Subject& subject) const {
    return rules::decide(subject, host_.rules, host_.scope);
}

/// The one that the rules give it, or let its own label claim.
std::optional<model::TaskRole> Registrar::role_of(const rules::Subject& subject, Seen& seen,
                                                  bool on_host) {
    const auto decision = decide_by_own_labels(subject, seen);
    const bool may_have_one = !decision.opted_out && !decision.role.empty() && host_.task_roles &&
                              (host_.task_roles_on_host || !on_host);
    if (!may_have_one)
        return std::nullopt;
    return model::TaskRole{decision.role, seen.credentials_id, seen.authorization_token};
}

/// By the labels that are known to be its own. Docker merges an image's into a container's, and only a door
/// sees these before. Where its role would be another if all were its own, its image tells which are.
rules::Decision Registrar::decide_by_own_labels(const rules::Subject& subject, Seen& seen) {
    const auto known = with_own_labels(subject, seen.given);
    auto decision = decide(known);
    if (known.labels == subject.labels || decide(subject).role == decision.role)
        return decision;
    const auto* image_labels = images_.find(seen.image_id);
    if (image_labels == nullptr) {
        images_.learn(seen.image_id);
        return decision;
    }
    auto own = subject;
    take_out_image_labels(own, *image_labels);
    // Of a service a label is for all hosts, and it is this one's to say who has which role here.
    if (own.labels.contains(std::string(model::label_swarm_task)))
        own.labels.erase(std::string(model::label_own_task_role));
    keep_own_labels(seen.given, decide(own), own.labels);
    return decide(with_own_labels(subject, seen.given));
}

/// For all that have it: what their image is labelled is known now.
void Registrar::apply_image(const std::string& image_id) {
    std::set<std::string> tasks;
    for (const auto& [docker_id, seen] : seen_)
        if (seen.image_id == image_id)
            if (const auto found = world_.find_by_docker_id(docker_id))
                tasks.insert(found.task->arn);
    for (const auto& arn : tasks)
        if (const auto task = world_.find_task(arn))
            reassess(*task);
}

bool Registrar::wants_address(const model::Container& container) const {
    const auto decision = decide(subject_of(container));
    return decision.address && !decision.opted_out;
}

void Registrar::set_rules(rules::HostFile rules) {
    if (rules == host_.rules)
        return;
    host_.rules = std::move(rules);
    const auto tasks = world_.tasks();
    for (const auto& [arn, task] : tasks)
        reassess(*task);
}

void Registrar::reassess(const model::Task& task) {
    auto changed = task;
    for (auto& container : changed.containers) {
        const auto found = seen_.find(container.docker_id);
        if (found == seen_.end() || container.declared)
            continue;
        auto& seen = found->second;
        const auto before = seen.given;
        container.role = role_of(subject_of(container), seen, container.network_mode == "host");
        if (seen.given == before || !tell_learned_)
            continue;
        auto given = seen.given;
        given.endpoint_id = container.endpoint_id; // the observer has made it where there was none
        tell_learned_(container.docker_id, given);
    }
    world_.put(std::move(changed));
}

void Registrar::forget(const std::string& docker_id) {
    std::erase_if(owners_, [&](const auto& entry) { return entry.second == docker_id; });
    const auto seen = seen_.extract(docker_id);
    if (!seen.empty()) {
        let_go_of_image(seen.mapped().image_id);
        if (seen.mapped().has_directory)
            remove_directory(seen.mapped().given.endpoint_id);
    }
    hand_on_volume(world_, host_.metadata_root, docker_id);
}

/// Unless somebody else has it.
void Registrar::let_go_of_image(const std::string& image_id) {
    if (std::ranges::none_of(seen_,
                             [&](const auto& entry) { return entry.second.image_id == image_id; }))
        images_.forget(image_id);
}

} // namespace agent::doors
