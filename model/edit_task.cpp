#include "model/edit_task.hpp"

#include "model/settle.hpp"

namespace model {

void edit_task(model::World& world, const std::string& arn,
               const std::function<void(model::Task&)>& change) {
    const auto task = world.find_task(arn);
    if (!task)
        return;
    model::Task copy = *task;
    change(copy);
    settle(copy);
    world.put(std::move(copy));
}

void edit_container(model::World& world, const std::string& arn, const std::string& name,
                    const std::function<void(model::Container&)>& change) {
    edit_task(world, arn, [&](model::Task& task) {
        for (auto& container : task.containers)
            if (container.declared && container.name == name)
                change(container);
    });
}

const model::Container* find_declared(const model::Task& task, const std::string& name) {
    for (const auto& container : task.containers)
        if (container.declared && container.name == name)
            return &container;
    return nullptr;
}

} // namespace model
