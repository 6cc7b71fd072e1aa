#include "agent/doors/nri/registrar_completer.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/doors/subject.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "model/names.hpp"

#include <algorithm>
#include <utility>

namespace agent::doors::nri {

namespace log = base::log;
using base::Async;

namespace {

/// Where Compose says of which image a container is made, by its id.
constexpr std::string_view label_compose_image = "com.docker.compose.image";
/// Of containers that were given nothing, in memory until the next registration.
constexpr std::size_t most_known = 10000;
/// In one line of the log.
constexpr std::size_t most_named = 10;

std::string_view without_slash(std::string_view name) {
    return name.starts_with('/') ? name.substr(1) : name;
}

/// Whether the engine can read it: it takes UTF-8 alone, and the kernel nothing with a zero in it.
bool is_text(std::string_view text) {
    while (!text.empty()) {
        const auto length = base::utf8_length(text);
        if (length == 0 || text.front() == '\0')
            return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string joined(const std::vector<std::string>& names) {
    std::string text;
    for (std::size_t i = 0; i < names.size() && i < most_named; ++i)
        text += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > most_named)
        text += " and " + std::to_string(names.size() - most_named) + " more";
    return text;
}

/// Without a mount there is no file. A variable that another container has left cannot be taken away.
void leave_out_file(containers::Additions& additions, const std::vector<std::string>& environment) {
    const std::string name(containers::metadata_file_variable);
    additions.mount.reset();
    std::erase_if(additions.variables, [&](const std::string& entry) {
        return containers::name_of_variable(entry) == name;
    });
    if (containers::has_variable(environment, name))
        additions.unset.push_back(name);
}

} // namespace

RegistrarCompleter::RegistrarCompleter(Registrar& registrar, const model::World& world,
                                       ImageNames& images, std::function<bool()> is_ready)
    : registrar_(registrar), world_(world), images_(images), is_ready_(std::move(is_ready)) {}

Async<Completed> RegistrarCompleter::complete(Container container) {
    if (!is_ready_())
        co_return Passed::not_ready;
    if (known_ && known_->size() < most_known)
        known_->insert(container.id);
    if (is_declared(container))
        co_return Passed::not_wanted;
    auto request = request_of(container);
    const auto plan = containers::plan(request, registrar_.host());
    if (!plan.gives)
        co_return Passed::not_wanted;
    auto admission = co_await registrar_.admit(std::move(request));
    if (!admission) {
        log::warn("a container comes without the agent's additions",
                  {{"container", container.id}, log::why(admission.error())});
        co_return Passed::failed;
    }
    Adjusted adjusted;
    adjusted.ticket = admission->endpoint_id;
    adjusted.adjustment = adjustment_of(std::move(admission->additions), container.environment);
    if (adjusted.ticket.empty() || adjusted.adjustment.empty()) {
        if (!adjusted.ticket.empty())
            registrar_.withdraw(adjusted.ticket);
        co_return Passed::not_wanted;
    }
    tell_undecided(plan);
    // What it was given says at the next registration that it was.
    if (known_)
        known_->erase(container.id);
    co_return std::move(adjusted);
}

void RegistrarCompleter::withdraw(const std::string& ticket) {
    registrar_.withdraw(ticket);
}

/// One that the agent makes of a task definition: it has everything, by an id that nobody else has.
bool RegistrarCompleter::is_declared(const Container& container) const {
    const auto endpoint_id = containers::given_endpoint_id(container.environment);
    const auto known =
        endpoint_id.empty() ? model::ContainerRef() : world_.find_by_endpoint_id(endpoint_id);
    // An image that was made of one has the id, too.
    return known && known.container->declared &&
           (known.container->docker_id.empty() || known.container->docker_id == container.id);
}

containers::Request RegistrarCompleter::request_of(const Container& container) {
    containers::Request request;
    request.subject.name = without_slash(container.name);
    request.subject.labels = container.labels;
    request.environment = container.environment;
    request.image_environment.emplace(); // it is in there
    request.labels_are_own = false;
    request.takes_labels = false;
    add_image(request);
    drop_labels_of_builds(request.subject);
    return request;
}

/// The image's name. Where it has several, nobody tells by which of them the container was asked for, and
/// the container that is seen later is called by that one: it is known only where the rules do not care.
void RegistrarCompleter::add_name(rules::Subject& subject,
                                  const std::vector<std::string>& names) const {
    const auto& host = registrar_.host();
    using Found = std::pair<std::optional<std::size_t>, std::optional<std::size_t>>;
    std::set<Found> found;
    for (const auto& name : names) {
        subject.images = {{name}};
        const auto decision = rules::decide(subject, host.rules, host.scope);
        found.emplace(decision.rule, decision.undecided);
    }
    if (found.size() != 1)
        subject.images.reset();
}

/// What its image is called, where somebody says which it is and it is known here, and what of the labels
/// is the image's.
void RegistrarCompleter::add_image(containers::Request& request) {
    auto& subject = request.subject;
    const auto id = model::label_of(subject.labels, label_compose_image);
    if (!id.empty())
        images_.learn(id);
    const std::string role_label(model::label_own_task_role);
    if (const auto* image = id.empty() ? nullptr : images_.find(id)) {
        add_name(subject, image->names);
        subject.image_labels = image->labels;
        const auto of_image = image->labels.find(role_label);
        const auto of_all = subject.labels.find(role_label);
        if (of_image != image->labels.end() && of_all != subject.labels.end() &&
            of_image->second == of_all->second)
            subject.labels.erase(of_all);
    } else if (subject.labels.erase(role_label) > 0 && !std::exchange(told_role_label_, true)) {
        // Whoever makes an image does not say as whom others run it.
        log::warn(
            "through NRI a container's label cannot claim a role, since it may be its image's",
            {{"label", role_label}});
    }
}

/// Once for each rule.
void RegistrarCompleter::tell_undecided(const containers::Plan& plan) {
    if (!plan.decision.undecided)
        return;
    if (told_rules_ != registrar_.host().rules) {
        told_rules_ = registrar_.host().rules;
        told_.clear();
    }
    const auto rule = *plan.decision.undecided;
    if (told_.insert(rule).second)
        log::warn(
            "a rule asks for what the engine does not tell through NRI; nothing of it or of those "
            "behind it is done for containers that it might be for",
            {{"rule", "containers[" + std::to_string(rule) + "]"},
             {"asks_for", plan.decision.undecided_for}});
}

/// Of what is to be given, what the engine takes: anything else would have it refuse the container.
Adjustment RegistrarCompleter::adjustment_of(containers::Additions additions,
                                             const std::vector<std::string>& environment) {
    if (additions.mount && additions.mount->selinux) {
        leave_out_file(additions, environment);
        if (!std::exchange(told_selinux_, true))
            log::warn(
                "containers have no metadata file through NRI, by which nothing can be labelled "
                "for SELinux");
    }
    if (additions.mount &&
        !(is_text(additions.mount->source) && additions.mount->source.starts_with('/') &&
          is_text(additions.mount->target)))
        leave_out_file(additions, environment);
    Adjustment adjustment;
    if (additions.mount)
        adjustment.bind = ReadOnlyBind{additions.mount->source, additions.mount->target};
    for (const auto& entry : additions.variables) {
        const std::string name(containers::name_of_variable(entry));
        if (!name.empty() && is_text(entry))
            adjustment.variables.emplace_back(
                name, entry.substr(std::min(name.size() + 1, entry.size())));
    }
    // There is no way to take one away: it says nothing any more.
    for (auto& name : additions.unset)
        adjustment.variables.emplace_back(std::move(name), std::string());
    return adjustment;
}

bool RegistrarCompleter::was_missed(const Container& container) const {
    if (known_->contains(container.id) ||
        !containers::given_endpoint_id(container.environment).empty())
        return false;
    rules::Subject subject;
    subject.name = without_slash(container.name);
    subject.labels = container.labels;
    const auto& host = registrar_.host();
    return !rules::decide(subject, host.rules, host.scope).opted_out;
}

std::size_t RegistrarCompleter::listed(std::vector<Container> containers, bool last) {
    for (const auto& container : containers) {
        listed_.insert(container.id);
        if (const auto id = model::label_of(container.labels, label_compose_image); !id.empty())
            images_.learn(id);
        if (known_ && was_missed(container))
            missed_.emplace_back(without_slash(container.name));
    }
    if (!last)
        return 0;
    known_ = std::exchange(listed_, {});
    const auto missed = std::exchange(missed_, {});
    if (!missed.empty())
        log::warn(
            "containers were made while the engine did not ask the agent; they have none of its "
            "variables, and have to be made anew for that",
            {{"count", missed.size()}, {"containers", joined(missed)}});
    return missed.size();
}

} // namespace agent::doors::nri
