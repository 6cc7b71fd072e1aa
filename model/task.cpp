#include "model/task.hpp"

#include <algorithm>

namespace model {

std::string_view to_string(NetworkMode mode) {
    switch (mode) {
    case NetworkMode::bridge: return "bridge";
    case NetworkMode::host: return "host";
    case NetworkMode::none: return "none";
    case NetworkMode::awsvpc: return "awsvpc";
    }
    return "bridge";
}

const Container* Task::find_container(std::string_view docker_id) const {
    const auto found = std::find_if(containers.begin(), containers.end(), [&](const auto& each) {
        return !docker_id.empty() && each.docker_id == docker_id;
    });
    return found == containers.end() ? nullptr : &*found;
}

const Container* Task::pause() const {
    const auto found = std::find_if(containers.begin(), containers.end(), [](const auto& each) {
        return each.type == ContainerType::cni_pause;
    });
    return found == containers.end() ? nullptr : &*found;
}

const NetworkAttachment* Task::primary_network() const {
    const auto* holder = pause();
    if (holder == nullptr)
        return nullptr;
    for (const auto& network : holder->networks)
        if (!network.ipv4.empty())
            return &network;
    return nullptr;
}

} // namespace model
