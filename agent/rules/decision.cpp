#include "agent/rules/decision.hpp"

#include "base/text.hpp"
#include "model/names.hpp"

#include <algorithm>

namespace agent::rules {

namespace {

using Labels = std::map<std::string, std::string>;
using By = Source::By;

constexpr std::size_t longest_role = 2048;
constexpr std::size_t longest_name = 255;

constexpr std::string_view hub = "docker.io/";

/// "docker.io/library/nginx:1" for "nginx:1": with the registry that Docker takes it from.
std::string in_full(std::string_view image) {
    const auto slash = image.find('/');
    const auto first = image.substr(0, slash);
    const bool has_registry =
        slash != std::string_view::npos &&
        (first.find_first_of(".:") != std::string_view::npos || first == "localhost");
    if (first == "index.docker.io")
        image.remove_prefix(first.size() + 1);
    else if (has_registry && !image.starts_with(hub))
        return std::string(image);
    else if (has_registry)
        image.remove_prefix(hub.size());
    const bool is_official = image.find('/') == std::string_view::npos;
    return std::string(hub) + (is_official ? "library/" : "") + std::string(image);
}

/// The same as Docker prints it: "nginx:1".
std::string_view familiar(std::string_view in_full) {
    if (!in_full.starts_with(hub))
        return in_full;
    in_full.remove_prefix(hub.size());
    constexpr std::string_view official = "library/";
    return in_full.starts_with(official) ? in_full.substr(official.size()) : in_full;
}

std::string_view without_digest(std::string_view image) {
    return image.substr(0, image.find('@'));
}

/// Without tag and digest.
std::string_view repository(std::string_view image) {
    image = without_digest(image);
    const auto colon = image.rfind(':');
    const bool is_port =
        colon != std::string_view::npos && image.find('/', colon) != std::string_view::npos;
    return is_port ? image : image.substr(0, colon);
}

bool image_matches(std::string_view pattern, std::string_view image) {
    // An id has no name before its colon.
    if (image.starts_with("sha256:"))
        return base::matches(pattern, image);
    auto whole = in_full(image);
    // What is named without one has this tag.
    if (repository(whole) == whole)
        whole += ":latest";
    for (const std::string_view form : {std::string_view(whole), familiar(whole)})
        if (base::matches(pattern, form) || base::matches(pattern, without_digest(form)) ||
            base::matches(pattern, repository(form)))
            return true;
    return false;
}

bool label_matches(const Labels& labels, std::string_view name, std::string_view pattern) {
    const auto found = labels.find(std::string(name));
    return found != labels.end() && base::matches(pattern, found->second);
}

enum class Fit { no, yes, unknown };

/// Whether one of the texts is what the pattern describes; "" describes all.
template <class Matches>
Fit fit_of(const std::string& pattern, const std::optional<std::vector<std::string>>& texts,
           Matches matches) {
    if (pattern.empty())
        return Fit::yes;
    if (!texts)
        return Fit::unknown;
    const bool any = std::ranges::any_of(
        *texts, [&](const std::string& text) { return matches(pattern, text); });
    return any ? Fit::yes : Fit::no;
}

/// `unknown_for` is what would have to be known.
Fit fit_of(const Match& match, const Subject& subject, const Labels& all_labels,
           std::string_view& unknown_for) {
    const auto compose = [&](const std::string& pattern, std::string_view label) {
        return pattern.empty() || label_matches(subject.labels, label, pattern);
    };
    if (!compose(match.compose_project, model::label_compose_project) ||
        !compose(match.compose_service, model::label_compose_service))
        return Fit::no;
    for (const auto& [name, pattern] : match.labels)
        if (!label_matches(all_labels, name, pattern))
            return Fit::no;
    const auto image = fit_of(match.image, subject.images, image_matches);
    const auto network = fit_of(match.network, subject.networks, base::matches);
    if (image == Fit::no || network == Fit::no)
        return Fit::no;
    if (image == Fit::yes && network == Fit::yes)
        return Fit::yes;
    unknown_for = image == Fit::unknown ? "image" : "network";
    return Fit::unknown;
}

void find_rule(const Subject& subject, const Labels& labels, const HostFile& file,
               Decision& decision) {
    for (std::size_t i = 0; i < file.containers.size(); ++i) {
        const auto fit = fit_of(file.containers[i].match, subject, labels, decision.undecided_for);
        if (fit == Fit::yes)
            decision.rule = i;
        if (fit == Fit::unknown)
            decision.undecided = i;
        // Behind one that might match none is the first that does.
        if (fit != Fit::no)
            return;
    }
}

/// What a flag says that is only named, or named with a word for yes or no.
std::optional<bool> flag(const Labels& labels, std::string_view name) {
    const auto found = labels.find(std::string(name));
    if (found == labels.end())
        return std::nullopt;
    const auto& value = found->second;
    return value != "false" && value != "0" && value != "no" && value != "off";
}

bool is_agents_own(const Subject& subject, const Labels& labels) {
    const bool is_pause = model::label_of(labels, model::label_container_name)
                              .starts_with(model::pause_container_name) &&
                          labels.contains(std::string(model::label_task_arn));
    return is_pause || model::is_throw_away('/' + subject.name, labels);
}

bool is_cluster(std::string_view name) {
    return !name.empty() && name.size() <= longest_name && model::as_family(name) == name;
}

bool is_role(std::string_view role) {
    return !role.empty() && role.size() <= longest_role &&
           std::ranges::all_of(role, [](char c) { return c > ' ' && c < 127; });
}

void decide_role(const Labels& labels, const HostFile& file, const ContainerRule* rule,
                 const model::ArnScope& scope, Decision& decision) {
    if (rule != nullptr && !rule->task_role.empty()) {
        decision.role = model::role_arn(rule->task_role, scope);
        decision.role_by = {By::rule, *decision.rule};
    }
    const auto claimed = model::label_of(labels, model::label_own_task_role);
    if (!is_role(claimed))
        return;
    const auto arn = model::role_arn(claimed, scope);
    const bool allowed = std::ranges::any_of(file.roles_by_label, [&](const auto& pattern) {
        return base::matches(model::role_arn(pattern, scope), arn);
    });
    if (allowed) {
        decision.role = arn;
        decision.role_by = {By::label, 0};
    } else if (arn != decision.role) {
        decision.refused_role = arn;
    }
}

void decide_place(const Labels& labels, const ContainerRule* rule, const model::ArnScope& scope,
                  Decision& decision) {
    const auto family = model::label_of(labels, model::label_own_family);
    if (!family.empty() && family.size() <= longest_name) {
        decision.family_by = {By::label, 0};
    } else if (rule != nullptr && !rule->family.empty()) {
        decision.identity.family = rule->family;
        decision.family_by = {By::rule, *decision.rule};
    }
    decision.cluster = scope.cluster;
    if (const auto own = model::label_of(labels, model::label_own_cluster); is_cluster(own)) {
        decision.cluster = own;
        decision.cluster_by = {By::label, 0};
    } else if (rule != nullptr && !rule->cluster.empty()) {
        decision.cluster = rule->cluster;
        decision.cluster_by = {By::rule, *decision.rule};
    }
}

void decide_address(const Labels& labels, const ContainerRule* rule, Decision& decision) {
    const auto by_label = flag(labels, model::label_own_address);
    const bool refuses = rule != nullptr && rule->address == false;
    if (by_label && !refuses) {
        decision.address = *by_label;
        decision.address_by = {By::label, 0};
    } else if (rule != nullptr && rule->address) {
        decision.address = *rule->address;
        decision.address_by = {By::rule, *decision.rule};
    }
}

/// Role, family and cluster are a task's: whoever has others is in another.
std::string task_key(const Decision& decision) {
    auto key = decision.identity.task_key;
    if (key.empty())
        return key;
    const auto differ = [&](std::string_view what, const Source& by, std::string_view value) {
        if (by.by != By::nobody)
            key.append("|").append(what).append("=").append(model::join_key({value}));
    };
    differ("family", decision.family_by, decision.identity.family);
    differ("cluster", decision.cluster_by, decision.cluster);
    differ("role", decision.role_by, decision.role);
    return key;
}

/// After what a container without a name is called: the last word of its image.
std::string name_of(const Subject& subject) {
    if (!subject.name.empty() || !subject.images || subject.images->empty())
        return subject.name;
    const std::string_view image = subject.images->front();
    if (image.starts_with("sha256:"))
        return {};
    const auto name = repository(image);
    return std::string(name.substr(name.rfind('/') + 1));
}

} // namespace

Labels merged_labels(const Subject& subject) {
    auto labels = subject.labels;
    labels.insert(subject.image_labels.begin(), subject.image_labels.end());
    return labels;
}

Decision decide(const Subject& subject, const HostFile& file, const model::ArnScope& scope) {
    const auto labels = merged_labels(subject);
    Decision decision;
    find_rule(subject, labels, file, decision);
    const auto* rule = decision.rule ? &file.containers[*decision.rule] : nullptr;

    // What groups containers is asked of their own labels, what names them of the image's too.
    auto naming = subject.labels;
    for (const auto name : {model::label_own_family, model::label_own_container_name})
        if (const auto value = model::label_of(labels, name); !value.empty())
            naming.insert_or_assign(std::string(name), value);
    decision.identity = model::identify(naming, name_of(subject));
    decide_place(labels, rule, scope, decision);
    // Whoever makes an image does not say as whom others run it.
    decide_role(subject.labels, file, rule, scope, decision);
    decide_address(labels, rule, decision);
    decision.identity.task_key = task_key(decision);
    decision.metadata = flag(labels, model::label_own_metadata);

    if (is_agents_own(subject, labels))
        decision.opted_out_by = {By::agent, 0};
    else if (flag(labels, model::label_own_opt_out).value_or(false))
        decision.opted_out_by = {By::label, 0};
    else if (rule != nullptr && rule->opt_out.value_or(false))
        decision.opted_out_by = {By::rule, *decision.rule};
    decision.opted_out = decision.opted_out_by.by != By::nobody;
    return decision;
}

} // namespace agent::rules
