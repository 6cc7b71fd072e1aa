#pragma once
// Host ports that were chosen for the containers of tasks that run. Docker binds one only while its container
// runs: before its first start, and between two of them, nothing but this keeps another container from
// being given it. What runs when the agent starts has none in here: its ports are bound. Loop thread.

#include "agent/containers/host_ports.hpp"

#include <map>
#include <string>

namespace agent::containers {

class HostPortClaims {
public:
    /// Claims the ports for a container, by its Docker name, instead of those that it had. False, and it
    /// has none then, when another has one of them.
    bool claim(const std::string& owner, HostPortSet ports);
    /// The container's task has stopped.
    void release(const std::string& owner) { claims_.erase(owner); }
    /// All that others than this container have claimed.
    HostPortSet of_others(const std::string& owner) const;

private:
    std::map<std::string, HostPortSet> claims_;
};

} // namespace agent::containers
