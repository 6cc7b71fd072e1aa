#pragma once
// Host ports that were chosen for a container and that Docker has not bound yet: until then nothing but
// this keeps another container from being given them. Loop thread.

#include "agent/containers/host_ports.hpp"

#include <map>
#include <string>

namespace agent::containers {

class HostPortClaims {
public:
    /// Claims the ports for a container, by its Docker name, instead of those that it had. False, and it
    /// has none then, when another has one of them.
    bool claim(const std::string& owner, HostPortSet ports);
    /// Docker has bound them, or the container will not be started.
    void release(const std::string& owner) { claims_.erase(owner); }
    /// All that others than this container have claimed.
    HostPortSet of_others(const std::string& owner) const;

private:
    std::map<std::string, HostPortSet> claims_;
};

} // namespace agent::containers
