#include "agent/doors/subject.hpp"

#include "agent/docker/inspect_to_model.hpp"
#include "model/identity.hpp"

namespace agent::doors {

namespace {

/// The mode is there already, and often a network's name.
void add_network(rules::Subject& subject, const std::string& name) {
    if (name != subject.networks->front())
        subject.networks->push_back(name);
}

} // namespace

void drop_labels_of_builds(rules::Subject& subject) {
    if (subject.labels.contains(std::string(model::label_compose_number)) ||
        subject.labels.contains(std::string(model::label_compose_oneoff)))
        return;
    for (auto* labels : {&subject.labels, &subject.image_labels})
        for (const auto name : {model::label_compose_project, model::label_compose_service})
            labels->erase(std::string(name));
}

rules::Subject subject_of(const docker::ContainerInspect& inspect) {
    rules::Subject subject;
    subject.name = docker::name_of(inspect);
    subject.labels = inspect.config.labels;
    subject.images = {{inspect.config.image}};
    const auto& mode = inspect.host_config.network_mode;
    subject.networks = {{mode == "default" ? "bridge" : mode}};
    for (const auto& [name, network] : inspect.network_settings.networks)
        add_network(subject, name);
    drop_labels_of_builds(subject);
    return subject;
}

rules::Subject subject_of(const model::Container& container) {
    rules::Subject subject;
    subject.name = container.docker_name;
    subject.labels = container.labels;
    subject.images = {{container.image}};
    subject.networks = {{container.network_mode}};
    for (const auto& network : container.networks)
        add_network(subject, network.name);
    drop_labels_of_builds(subject);
    return subject;
}

} // namespace agent::doors
