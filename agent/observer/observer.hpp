#pragma once
// Role: keeps the World true to Docker. Events are hints to look at a container again, inspect is
//   the truth, and after every (re)connection everything is looked at.
// Threading: the loop thread; run() is one task of the daemon's group, looks are tasks of our own.
// Failure: an engine that is away is asked again every 500 ms at most; until then the World stays
//   as it was last known, and connected() is false.

#include "agent/docker/client.hpp"
#include "agent/observer/container_networks.hpp"
#include "agent/observer/mirror.hpp"
#include "base/async.hpp"
#include "model/world.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace agent::observer {

class Observer {
public:
    Observer(base::Executor loop, docker::Client& docker, model::World& world,
             ContainerNetworks& networks, ObserverSettings settings);
    ~Observer();
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// Asked at each return of the engine, before anything else is: all that follows from which
    /// engine it is now. While it fails the engine counts as away. Before run().
    void on_return(std::function<base::Async<base::Result<>>()> ask) {
        on_return_ = std::move(ask);
    }

    /// Until cancelled.
    base::Async<void> run();

    /// Whether the event stream is open and the first full look after its opening is done.
    bool connected() const { return connected_; }
    /// Notified whenever connected() changes.
    base::Notifier& connection_changed() { return connection_changed_; }

    /// For a container that nobody declares any more: the endpoint id that it knows of itself.
    /// Before the first look at it.
    void keep_endpoint_id(const std::string& docker_id, const std::string& endpoint_id) {
        mirror_.keep_endpoint_id(docker_id, endpoint_id);
    }

    /// Looks at one container soon; never two looks at one container at once.
    void look(const std::string& docker_id);

    /// The same, and returns when a look that began after this call has ended, or after 30 s.
    base::Async<void> look_and_wait(std::string docker_id);

    /// One look at the list of containers for all who ask meanwhile; true when it ended within the
    /// limit and the engine answered.
    base::Async<bool> look_at_all(std::chrono::steady_clock::duration limit);

private:
    enum class Look { running, again };
    /// What does a look at the list go on to inspect?
    enum class Extent {
        all,     ///< everything that may differ from what is known
        unknown, ///< only what is not known at all
    };

    base::Async<base::Result<docker::EngineVersion>> reach();
    base::Async<void> follow();
    base::Async<void> full_look();
    base::Async<bool> refresh_networks();
    base::Async<bool> look_at_list(Extent extent);
    base::Async<void> look_now(std::string docker_id);
    base::Async<void> look_later(std::string docker_id);
    base::Async<void> refresh_networks_once();
    base::Async<void> shared_look();
    void handle(const docker::Event& event);
    void refresh_networks_soon();
    void set_connected(bool connected);

    docker::Client& docker_;
    model::World& world_;
    ContainerNetworks& networks_;
    std::function<base::Async<base::Result<>>()> on_return_;
    Mirror mirror_;
    base::TaskGroup looks_;
    base::Notifier connection_changed_;
    base::Notifier look_ended_;
    base::Notifier shared_look_ended_;
    std::map<std::string, Look> looking_;
    std::size_t looks_in_flight_ = 0;
    bool shared_look_running_ = false;
    bool shared_look_succeeded_ = false;
    bool networks_refreshing_ = false;
    bool networks_stale_ = false;
    bool connected_ = false;
    std::optional<std::int64_t> last_event_;
};

} // namespace agent::observer
