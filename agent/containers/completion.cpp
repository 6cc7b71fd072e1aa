#include "agent/containers/completion.hpp"

#include "agent/containers/contract_variables.hpp"
#include "metadatafile/paths.hpp"
#include "model/names.hpp"

#include <algorithm>

namespace agent::containers {

namespace {

using rules::Decision;
using By = rules::Source::By;

std::string rule_name(std::size_t rule) {
    return "containers[" + std::to_string(rule) + "]";
}

/// What the manager's door has put into a service's specification, as a task of it has it.
bool is_completed_service(const Request& request) {
    const auto id = given_endpoint_id(request.environment);
    // An image that was made of one has the label, but is not what the engine calls such a task.
    return !id.empty() && !id.starts_with('{') &&
           id == model::label_of(request.subject.labels, model::label_swarm_task) &&
           request.subject.name.ends_with('.' + std::string(id));
}

std::string why_nothing(const Request& request, const Decision& decision) {
    if (request.completed || is_completed_service(request))
        return "another door of the agent has given it everything";
    switch (decision.opted_out_by.by) {
    case By::agent: return "it is one of the agent's own";
    case By::label: return "its label " + std::string(model::label_own_opt_out) + " says so";
    case By::rule: return "the rule " + rule_name(decision.opted_out_by.rule) + " says opt_out";
    case By::nobody: break;
    }
    return {};
}

/// Whether a mount is one that the agent has made, for this container or for another, so that ours can
/// take its place: a service's volume, whose specification comes back with each update, or the bind of a
/// container that was copied. One of our directories somewhere else is the user's doing.
bool is_ours(const Mount& mount, const Host& host, const Decision& decision) {
    if (mount.type == "volume")
        return mount.driver == metadata_volume_driver && mount.source.starts_with("{{.Task.ID}}");
    return mount.type == "bind" && !host.metadata_root.empty() &&
           mount.source.starts_with(host.metadata_root + '/') &&
           mount.target == metadatafile::container_directory(decision.identity.container_name);
}

/// Why there is no metadata file; nothing where there is.
std::optional<std::string> why_no_metadata(const Request& request, const Host& host,
                                           const Decision& decision) {
    metadatafile::Circumstances circumstances;
    circumstances.enabled_by_configuration = host.metadata_files;
    circumstances.file_in_image = request.file_in_image;
    // A label cannot ask for what the host does not give.
    if (decision.metadata == false)
        return "its label " + std::string(model::label_own_metadata) + " says so";
    for (const auto& mount : request.mounts.value_or(std::vector<Mount>())) {
        if (is_ours(mount, host, decision))
            continue;
        if (mount.driver == metadata_volume_driver)
            return "it mounts a volume of " + std::string(metadata_volume_driver) + " itself";
        circumstances.mount_targets.push_back(mount.target);
    }
    if (const auto placement = metadatafile::decide(circumstances); !placement)
        return placement.reason;
    if (!request.takes_mounts)
        return "mounts cannot be given to it here";
    if (!request.volumes_from.empty())
        return "it has the mounts of " + request.volumes_from.front() +
               ", and they are not known here";
    if (const auto named = metadatafile::check_name(decision.identity.container_name); !named)
        return named.error().what();
    if (says_itself(request.environment, request.image_environment, metadata_file_variable))
        return "it sets " + std::string(metadata_file_variable) + " itself";
    return std::nullopt;
}

bool is_on_host(const Request& request) {
    const auto& networks = request.subject.networks;
    // Where the network is not known, it may be the host's.
    return !networks || std::ranges::find(*networks, "host") != networks->end();
}

void plan_role(const Request& request, const Host& host, Plan& plan) {
    const auto& decision = plan.decision;
    const auto withhold = [&](std::string why) {
        plan.withheld.push_back({Gift::role, decision.role, std::move(why)});
    };
    if (!decision.refused_role.empty())
        plan.withheld.push_back({Gift::role, decision.refused_role,
                                 "labels may not claim it: roles_by_label does not have it"});
    if (decision.undecided)
        plan.withheld.push_back(
            {Gift::role, "",
             "the rule " + rule_name(*decision.undecided) + " asks for its " +
                 std::string(decision.undecided_for) +
                 ", which is not known here; nothing of that rule or those after it is done"});
    if (decision.role.empty())
        return;
    if (!host.task_roles)
        withhold("ECS_ENABLE_TASK_IAM_ROLE is false");
    else if (!host.task_roles_on_host && is_on_host(request))
        withhold("ECS_ENABLE_TASK_IAM_ROLE_NETWORK_HOST is false");
    else
        plan.role = decision.role;
}

void plan_endpoint(const Request& request, Plan& plan) {
    const auto& networks = request.subject.networks;
    const bool without = networks && std::ranges::find(*networks, "none") != networks->end();
    if (without && !plan.decision.address)
        plan.withheld.push_back(
            {Gift::endpoint, "", "it has no network by which it could be reached"});
}

/// Where the file's directory is mounted. A door that is told of no mount takes a place at the top, where
/// none of the user's can be above, below or at it: the engine would refuse the container.
std::string metadata_target(const Request& request, const Decision& decision,
                            const Minted& minted) {
    if (!request.mounts)
        return "/ecs-metadata-" + minted.endpoint_id;
    return metadatafile::container_directory(decision.identity.container_name);
}

/// A tool that copies a container copies our labels with our variables.
bool is_copy(const Request& request) {
    return !given_endpoint_id(request.environment).empty() &&
           request.subject.labels.contains(std::string(model::label_task_arn));
}

void give_labels(const Request& request, const Decision& decision, const Minted& minted,
                 Additions& additions) {
    if (!request.takes_labels) {
        additions.withheld.push_back({Gift::label, "", "labels cannot be given to it here"});
        return;
    }
    const model::ContainerIdentity identity{minted.task_arn, decision.cluster,
                                            decision.identity.family, "1",
                                            decision.identity.container_name};
    const bool replaces = is_copy(request);
    for (auto& [name, value] : model::ecs_labels(identity)) {
        const auto users = request.subject.labels.find(name);
        if (users == request.subject.labels.end() || (replaces && users->second != value))
            additions.labels.emplace(name, value);
        else if (users->second != value)
            additions.withheld.push_back({Gift::label, name, "it has the label already"});
    }
}

void give_variables(const Contract& contract, const Request& request, Additions& additions) {
    auto variables = contract_variables(contract, request.environment, request.image_environment,
                                        Precedence::user);
    additions.variables = std::move(variables.set);
    additions.unset = std::move(variables.unset);
    for (auto& name : variables.kept)
        additions.withheld.push_back({Gift::variable, std::move(name), "it sets this itself"});
    for (auto& name : variables.unknown)
        additions.withheld.push_back(
            {Gift::region, std::move(name), "its image may set it, and is not known here"});
}

void give_mount(const Request& request, const Mount& mount, Additions& additions) {
    const auto same = [&](const Mount& each) {
        return each.type == mount.type && each.source == mount.source &&
               each.target == mount.target && each.driver == mount.driver;
    };
    if (!request.mounts || std::ranges::none_of(*request.mounts, same))
        additions.mount = mount;
}

} // namespace

Plan plan(const Request& request, const Host& host) {
    Plan plan;
    plan.decision = rules::decide(request.subject, host.rules, host.scope);
    if (auto why = why_nothing(request, plan.decision); !why.empty()) {
        plan.withheld.push_back({Gift::everything, "", std::move(why)});
        return plan;
    }
    plan.gives = true;
    plan_endpoint(request, plan);
    plan_role(request, host, plan);
    auto why = why_no_metadata(request, host, plan.decision);
    plan.metadata_file = !why.has_value();
    if (why)
        plan.withheld.push_back({Gift::metadata_file, "", std::move(*why)});
    return plan;
}

Additions complete(const Request& request, const Host& host, const Plan& plan,
                   const Minted& minted) {
    Additions additions;
    additions.withheld = plan.withheld;
    if (!plan.gives)
        return additions;
    Contract contract{minted.endpoint_id, {}, {}, host.scope.region};
    if (!plan.role.empty())
        contract.role_variables = minted.role_variables;
    if (plan.metadata_file && minted.metadata) {
        auto mount = *minted.metadata;
        mount.target = metadata_target(request, plan.decision, minted);
        contract.metadata_environment = std::string(metadata_file_variable) + '=' + mount.target +
                                        '/' + std::string(metadatafile::file_name);
        give_mount(request, mount, additions);
    } else if (plan.metadata_file) {
        additions.withheld.push_back(
            {Gift::metadata_file, "", "its directory could not be made; see the agent's log"});
    }
    give_variables(contract, request, additions);
    give_labels(request, plan.decision, minted, additions);
    return additions;
}

} // namespace agent::containers
