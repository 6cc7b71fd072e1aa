#include "agent/cli/explanation.hpp"

#include "agent/cli/mapping.hpp"
#include "agent/containers/contract_variables.hpp"
#include "agent/containers/task_roles.hpp"
#include "agent/doors/subject.hpp"
#include "model/names.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace agent::cli {

using containers::Gift;
using rules::Source;

namespace {

/// Stands where a secret would.
constexpr std::string_view placeholder = "<id>";

bool is_of_service(const containers::Request& request) {
    return !model::label_of(request.subject.labels, model::label_swarm_task).empty();
}

containers::Minted make_examples(const containers::Request& request, const containers::Host& host,
                                 const containers::Plan& plan) {
    containers::Minted minted;
    const auto given = containers::given_endpoint_id(request.environment);
    minted.endpoint_id = given.empty() ? placeholder : given;
    minted.task_arn = placeholder;
    if (!plan.role.empty()) {
        model::TaskRole role{plan.role, std::string(placeholder)};
        if (host.authorization && !is_of_service(request))
            role.authorization_token = placeholder;
        minted.role_variables = containers::role_variables(role);
    }
    minted.metadata = containers::Mount{"bind", std::string(placeholder), "", "", false};
    return minted;
}

/// Names of the variables that the agent has given to a container that exists.
std::vector<std::string> given_variables(const containers::Request& request) {
    std::vector<std::string> names;
    for (const auto& entry : request.environment) {
        const auto name = containers::name_of_variable(entry);
        if (entry.size() > name.size() &&
            containers::is_of_ours(name, std::string_view(entry).substr(name.size() + 1)))
            names.emplace_back(name);
    }
    return names;
}

std::string value_of(const std::vector<std::string>& environment, std::string_view name) {
    for (const auto& entry : environment)
        if (containers::name_of_variable(entry) == name && entry.size() > name.size())
            return entry.substr(name.size() + 1);
    return {};
}

/// What was given stays, and what was not cannot be given any more.
void explain_existing(const containers::Request& request, const containers::Additions& additions,
                      Explanation& explanation) {
    explanation.variables = given_variables(request);
    explanation.is_told_no_credentials =
        !explanation.plan.role.empty() &&
        containers::given_credentials_id(request.environment).empty();
    for (const auto& entry : additions.variables) {
        const auto name = containers::name_of_variable(entry);
        if (!containers::has_variable(request.environment, name))
            explanation.too_late.push_back("variable " + std::string(name));
    }
    const auto& labels = request.subject.labels;
    for (const auto& [name, value] : additions.labels)
        if (!labels.contains(name))
            explanation.too_late.push_back("label " + name);
    for (const auto& [name, value] : labels)
        if (name.starts_with("com.amazonaws.ecs."))
            explanation.labels.push_back(name);
    // What it was made as, by a door or for a declared task, it stays.
    auto& decision = explanation.plan.decision;
    const auto family = model::label_of(labels, model::label_family);
    if (!family.empty() && !explanation.variables.empty()) {
        decision.identity.family = family;
        decision.identity.container_name = model::label_of(labels, model::label_container_name);
        decision.cluster = model::label_of(labels, model::label_cluster);
        decision.family_by = decision.cluster_by = {Source::By::label, 0};
    }
    const auto file = value_of(request.environment, containers::metadata_file_variable);
    if (containers::is_of_ours(containers::metadata_file_variable, file))
        explanation.metadata_file = file;
}

std::string by(const Source& source, std::string_view host_file, std::string_view otherwise) {
    switch (source.by) {
    case Source::By::label: return "by its label";
    case Source::By::rule:
        return "by containers[" + std::to_string(source.rule) + "] of " + std::string(host_file);
    case Source::By::agent: return "by the agent";
    case Source::By::nobody: break;
    }
    return std::string(otherwise);
}

std::string_view grouped_by(model::GroupedBy by) {
    switch (by) {
    case model::GroupedBy::compose: return "by Compose's labels";
    case model::GroupedBy::swarm: return "by Swarm's labels";
    case model::GroupedBy::label: return "by its label ecs-node-agent.task";
    case model::GroupedBy::nobody: break;
    }
    return "a task of its own";
}

std::string_view name_of(Gift gift) {
    switch (gift) {
    case Gift::everything: return "everything";
    case Gift::metadata_file: return "metadata file";
    case Gift::role: return "role";
    case Gift::region: return "variable";
    case Gift::variable: return "variable";
    case Gift::label: return "labels";
    case Gift::endpoint: return "endpoint";
    }
    return {};
}

std::string joined(const std::vector<std::string>& names, std::string_view nothing) {
    std::string text;
    for (const auto& name : names)
        text += (text.empty() ? "" : ", ") + name;
    return text.empty() ? std::string(nothing) : text;
}

/// Lines of two columns.
class Lines {
public:
    void head(std::string_view text) { text_ += on_a_line(text) + '\n'; }
    void line(std::string_view name, std::string_view value) {
        constexpr std::size_t width = 16;
        text_ += "  " + std::string(name);
        text_.append(width - std::min(width - 1, name.size()), ' ');
        text_ += on_a_line(value) + '\n';
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

std::string task_line(const rules::Decision& decision) {
    auto line =
        decision.identity.family + ", " + std::string(grouped_by(decision.identity.grouped_by));
    if (!decision.identity.task_key.empty())
        line += ", with all of " + decision.identity.task_key;
    return line;
}

} // namespace

containers::Request request_of(const docker::ContainerInspect& inspect) {
    containers::Request request;
    request.subject = doors::subject_of(inspect);
    // The engine has merged the image's into it.
    request.environment = inspect.config.env;
    request.image_environment.emplace();
    request.mounts.emplace();
    for (const auto& mount : inspect.mounts)
        request.mounts->push_back({mount.type, mount.source, mount.destination, "", false});
    return request;
}

Explanation explain_request(std::string what, bool exists, const containers::Request& request,
                            const containers::Host& host) {
    Explanation explanation;
    explanation.what = std::move(what);
    explanation.exists = exists;
    explanation.plan = containers::plan(request, host);
    const auto additions = containers::complete(request, host, explanation.plan,
                                                make_examples(request, host, explanation.plan));
    explanation.withheld = additions.withheld;
    if (host.authorization && !explanation.plan.role.empty() && is_of_service(request))
        explanation.withheld.push_back({Gift::variable, std::string(containers::token_variable),
                                        "a service's tasks are told none, and none is asked for"});
    if (exists) {
        explain_existing(request, additions, explanation);
        return explanation;
    }
    for (const auto& entry : additions.variables)
        explanation.variables.emplace_back(containers::name_of_variable(entry));
    for (const auto& [name, value] : additions.labels)
        explanation.labels.push_back(name);
    explanation.metadata_file = value_of(additions.variables, containers::metadata_file_variable);
    return explanation;
}

std::string render_text(const Explanation& explanation, std::string_view host_file) {
    const auto& decision = explanation.plan.decision;
    Lines lines;
    lines.head(explanation.what + (explanation.exists ? ", a container" : ", to be created"));
    lines.line("task", task_line(decision));
    lines.line("family", by(decision.family_by, host_file, "as said by its task"));
    lines.line("container", decision.identity.container_name);
    if (!decision.identity.service_name.empty())
        lines.line("service", decision.identity.service_name);
    lines.line("cluster",
               decision.cluster + ", " + by(decision.cluster_by, host_file, "the host's"));
    lines.line("role", explanation.plan.role.empty()
                           ? "none"
                           : explanation.plan.role + ", " + by(decision.role_by, host_file, ""));
    if (!explanation.credentials_id.empty())
        lines.line("credentials", std::string(containers::credentials_path) +
                                      explanation.credentials_id + ", asked from its address");
    lines.line("address", decision.address ? "its own, " + by(decision.address_by, host_file, "")
                                           : "none of its own");
    lines.line("metadata file",
               explanation.metadata_file.empty() ? "none" : explanation.metadata_file);
    lines.line("variables", joined(explanation.variables, "none"));
    lines.line("labels", joined(explanation.labels, "none"));
    if (!explanation.withheld.empty())
        lines.head("not given:");
    for (const auto& each : explanation.withheld)
        lines.line(name_of(each.gift), each.what + (each.what.empty() ? "" : ": ") + each.why);
    if (!explanation.too_late.empty())
        lines.head("cannot be given any more, since it exists:");
    for (const auto& name : explanation.too_late)
        lines.line("", name);
    return lines.take();
}

std::string render_json(const Explanation& explanation) {
    using Json = nlohmann::ordered_json;
    const auto source = [](const Source& said) {
        static constexpr std::array names{"nobody", "label", "rule", "agent"};
        Json json{{"by", names.at(static_cast<std::size_t>(said.by))}};
        if (said.by == Source::By::rule)
            json["rule"] = said.rule;
        return json;
    };
    const auto& decision = explanation.plan.decision;
    Json withheld = Json::array();
    for (const auto& each : explanation.withheld)
        withheld.push_back({{"gift", name_of(each.gift)}, {"what", each.what}, {"why", each.why}});
    const Json json{{"name", explanation.what},
                    {"exists", explanation.exists},
                    {"gives", explanation.plan.gives},
                    {"taskKey", decision.identity.task_key},
                    {"groupedBy", grouped_by(decision.identity.grouped_by)},
                    {"family", decision.identity.family},
                    {"familyBy", source(decision.family_by)},
                    {"containerName", decision.identity.container_name},
                    {"serviceName", decision.identity.service_name},
                    {"cluster", decision.cluster},
                    {"clusterBy", source(decision.cluster_by)},
                    {"taskRole", explanation.plan.role},
                    {"taskRoleBy", source(decision.role_by)},
                    {"credentialsId", explanation.credentials_id},
                    {"address", decision.address},
                    {"addressBy", source(decision.address_by)},
                    {"metadataFile", explanation.metadata_file},
                    {"variables", explanation.variables},
                    {"labels", explanation.labels},
                    {"withheld", std::move(withheld)},
                    {"tooLate", explanation.too_late}};
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

} // namespace agent::cli
