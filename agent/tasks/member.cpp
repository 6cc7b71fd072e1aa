#include "agent/tasks/member.hpp"

#include "model/edit_task.hpp"

#include <algorithm>

namespace agent::tasks {

Member find_member(model::TaskPtr task, const definition::TaskDefinition& definition,
                   const std::string& name) {
    Member member;
    member.task = std::move(task);
    member.container = model::find_declared(*member.task, name);
    const auto found =
        std::ranges::find(definition.containers, name, &definition::ContainerDefinition::name);
    if (found != definition.containers.end())
        member.definition = &*found;
    return member;
}

} // namespace agent::tasks
