#include "agent/doors/service_completer.hpp"

#include "agent/containers/contract_variables.hpp"
#include "agent/containers/create_body.hpp"
#include "base/log.hpp"

namespace agent::doors {

using containers::Gift;
using proxy::Completed;
using proxy::LeftAlone;
using proxy::Untouched;

namespace {

/// Swarm puts a task's id in its place, in variables as in the sources of mounts.
constexpr std::string_view id_of_its_task = "{{.Task.ID}}";

containers::Mount metadata_volume() {
    containers::Mount mount;
    mount.type = "volume";
    mount.source = id_of_its_task;
    mount.driver = containers::metadata_volume_driver;
    return mount;
}

} // namespace

Completed ServiceCompleter::complete(const proxy::CreateRequest& create,
                                     const containers::Host& host) const {
    // The image stays unknown, also where this host has it: another manager has not, and what is added
    // would change from one deployment to the next.
    auto request = containers::read_service_body(create.body);
    if (!request)
        return LeftAlone{Untouched::bad_body, request.error().what()};
    const auto& service = request->subject.name;
    auto plan = containers::plan(*request, host);
    if (!plan.gives)
        return LeftAlone{Untouched::not_wanted, plan.withheld.front().why};
    containers::Minted minted;
    minted.endpoint_id = id_of_its_task;
    withhold_role(plan, service);
    if (!plan.role.empty())
        minted.role_variables = {std::string(containers::credentials_variable) + '=' +
                                 std::string(containers::credentials_path) +
                                 key_->credentials_id(id_of_its_task, service)};
    plan.metadata_file = plan.metadata_file && serves_volumes_;
    if (plan.metadata_file)
        minted.metadata = metadata_volume();
    const auto additions = containers::complete(*request, host, plan, minted);
    if (additions.empty())
        return LeftAlone{Untouched::not_wanted, "there is nothing to give"};
    auto body = containers::complete_service_body(create.body, additions);
    if (!body)
        return LeftAlone{Untouched::bad_body, body.error().what()};
    return proxy::NewBody{std::move(*body), {}};
}

/// Takes the role out of the plan where it cannot be announced, and says why.
void ServiceCompleter::withhold_role(containers::Plan& plan, const std::string& service) const {
    if (plan.role.empty())
        return;
    std::string_view why;
    if (!key_)
        why = "this host has no key of the cluster";
    else if (service.empty())
        why = "the engine has yet to choose its name";
    // There a task's labels cannot be told from its image's.
    else if (plan.decision.role_by.by == rules::Source::By::label)
        why = "the hosts of its tasks give roles by rules only, not by labels";
    else if (key_->credentials_id(id_of_its_task, service).empty())
        why = "no id can be made of the key";
    if (why.empty())
        return;
    base::log::warn("a service gets no role", {{"service", service}, {"why", why}});
    plan.role.clear();
}

} // namespace agent::doors
