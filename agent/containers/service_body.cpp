#include "agent/containers/body_edits.hpp"
#include "agent/containers/create_body.hpp"

#include "model/identity.hpp"

namespace agent::containers {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// What of a service's specification its containers are made by.
struct ServiceSpec {
    GoStruct service;
    GoStruct tasks;
    GoStruct container;
};

Result<ServiceSpec> service_of(std::string_view json, const WrittenValue& document) {
    TRY(auto service, body_of(json, document));
    TRY(auto tasks, service.part("TaskTemplate"));
    TRY(auto container, tasks.pointer("ContainerSpec"));
    if (!container.present())
        return Error(Errc::unsupported, "the service has no ContainerSpec");
    return ServiceSpec{std::move(service), std::move(tasks), std::move(container)};
}

} // namespace

Result<Request> read_service_body(std::string_view json) {
    TRY(const auto document, read_written_json(json));
    TRY(const auto spec, service_of(json, document));
    Request request;
    request.takes_labels = false;
    TRY(read_config(spec.container, request));
    TRY(request.subject.name, spec.service.text("Name"));
    request.subject.labels.insert_or_assign(std::string(model::label_swarm_service),
                                            request.subject.name);
    request.subject.labels.insert_or_assign(std::string(model::label_swarm_task), "{{.Task.ID}}");
    request.mounts.emplace();
    TRY(read_mounts(spec.container, *request.mounts));
    request.subject.networks.emplace();
    for (const auto* place : {&spec.tasks, &spec.service}) {
        TRY(const auto networks, place->structs("Networks"));
        for (const auto& network : networks) {
            TRY(auto target, network.text("Target"));
            request.subject.networks->push_back(std::move(target));
        }
    }
    return request;
}

Result<std::string> complete_service_body(std::string_view json, const Additions& additions) {
    TRY(const auto document, read_written_json(json));
    TRY(const auto spec, service_of(json, document));
    JsonEdits edits;
    TRY(edit_variables(spec.container, additions, edits));
    if (additions.mount)
        TRY(edit_mounts(spec.container, *additions.mount, true, edits));
    return edits.apply(json);
}

} // namespace agent::containers
