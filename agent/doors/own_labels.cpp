#include "agent/doors/own_labels.hpp"

#include "model/identity.hpp"
#include "model/names.hpp"

#include <utility>

namespace agent::doors {

void take_out_image_labels(rules::Subject& subject, const docker::StringMap& image_labels) {
    for (const auto& [name, value] : image_labels) {
        const auto same = subject.labels.find(name);
        if (same != subject.labels.end() && same->second == value)
            subject.image_labels.insert(subject.labels.extract(same));
    }
}

void keep_own_labels(observer::Given& given, const rules::Decision& decision,
                     const docker::StringMap& labels) {
    const auto keep = [](std::string& kept, std::string value) {
        if (kept.empty())
            kept = std::move(value);
    };
    if (decision.role_by.by == rules::Source::By::label)
        keep(given.claimed_role, decision.role);
    keep(given.compose_project, model::label_of(labels, model::label_compose_project));
    keep(given.compose_service, model::label_of(labels, model::label_compose_service));
}

rules::Subject with_own_labels(rules::Subject subject, const observer::Given& given) {
    for (const auto& [name, value] : {std::pair(model::label_own_task_role, given.claimed_role),
                                      {model::label_compose_project, given.compose_project},
                                      {model::label_compose_service, given.compose_service}}) {
        subject.labels.erase(std::string(name));
        if (!value.empty())
            subject.labels.emplace(name, value);
    }
    return subject;
}

} // namespace agent::doors
