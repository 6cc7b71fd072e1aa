#pragma once
// The one way in which a task in the World is changed but by a look. Loop thread.

#include "model/world.hpp"

#include <functional>
#include <string>

namespace model {

/// Copies the task, lets `change` edit the copy, settles what follows from it (statuses), and puts
/// it back. Nothing when the task is gone.
void edit_task(model::World& world, const std::string& arn,
               const std::function<void(model::Task&)>& change);

/// The same for the declared container of this name; nothing when it is gone.
void edit_container(model::World& world, const std::string& arn, const std::string& name,
                    const std::function<void(model::Container&)>& change);

/// A declared container by its name; nullptr when the task has none.
const model::Container* find_declared(const model::Task& task, const std::string& name);

} // namespace model
