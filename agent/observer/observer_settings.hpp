#pragma once
// What the observer is told at its making.

#include <functional>
#include <map>
#include <string>

namespace agent::observer {

struct ObserverSettings {
    /// Endpoint ids of undeclared containers that an earlier run gave, by Docker id.
    std::map<std::string, std::string> endpoint_ids;
    /// Told of every new such id, so that it is stored; and of every one that is done with ("").
    std::function<void(const std::string& docker_id, const std::string& endpoint_id)>
        on_endpoint_id;
};

} // namespace agent::observer
