#pragma once
// Puts what Docker says of a container into the World: into the declared task that it belongs to, into
// the task whose namespace it has joined, or into a task of its own. Owned by the observer; loop thread;
// waits for nothing.

#include "agent/docker/types.hpp"
#include "agent/observer/observer_settings.hpp"
#include "model/world.hpp"

#include <map>
#include <set>
#include <string>

namespace agent::observer {

class Mirror {
public:
    Mirror(model::World& world, ObserverSettings settings);

    /// Takes over a container as it was inspected, unless it is a throw-away one. The Docker ids of
    /// those that have to be looked at again, since this one is the owner of their namespace.
    std::set<std::string> apply(const docker::ContainerInspect& inspect);

    /// The container is no longer in Docker; nothing when it was not known.
    void remove(const std::string& docker_id);

    /// Whether nobody else looks at a container that Docker has just made: it is of no declared task, or
    /// of one that has given it up before. `attributes` has its name and labels, as events have them.
    bool is_nobodys(const docker::StringMap& attributes) const;

    /// By Docker id.
    const std::map<std::string, Given>& given() const { return settings_.given; }
    /// Told on where it is another than before.
    void keep_given(const std::string& docker_id, Given given);
    /// The id that the container was given in its environment when it was ours.
    void keep_endpoint_id(const std::string& docker_id, const std::string& endpoint_id);
    void forget_given(const std::string& docker_id);

private:
    std::set<std::string> apply_undeclared(const docker::ContainerInspect& inspect);
    Observed observe(const docker::ContainerInspect& inspect);
    void take_out(const std::string& docker_id);
    model::Task task_of(const docker::ContainerInspect& inspect, const Observed& observed) const;

    model::World& world_;
    ObserverSettings settings_;
    /// Containers that joined one we have not seen yet, by that one's id.
    std::map<std::string, std::set<std::string>> waiting_for_owner_;
};

} // namespace agent::observer
