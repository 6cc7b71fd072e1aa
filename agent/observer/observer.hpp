#pragma once
// Role: keeps the World true to Docker. Events are hints to look at a container again, inspect is
//   the truth, and after every (re)connection everything is looked at. Looks go on beside the events
//   (looks.hpp): nobody waits for a container that Docker cannot tell of.
// Threading: the loop thread; run() is one task of the daemon's group, what goes on beside it are tasks
//   of our own.
// Failure: an engine that is away, or answers and cannot be looked at whole, is asked again ever later,
//   every 500 ms in the end; until then the World stays as it was last known, and connected() is false.

#include "agent/docker/client.hpp"
#include "agent/observer/container_networks.hpp"
#include "agent/observer/looks.hpp"
#include "agent/observer/mirror.hpp"
#include "base/async.hpp"
#include "handlers/pending_changes.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace agent::observer {

class Observer : public handlers::PendingChanges {
public:
    Observer(base::Executor loop, docker::Client& docker, model::World& world,
             ContainerNetworks& networks, ObserverSettings settings);
    ~Observer() override;
    Observer(const Observer&) = delete;
    Observer& operator=(const Observer&) = delete;

    /// Asked at each return of the engine, before anything else is: all that follows from which
    /// engine it is now. While it fails the engine counts as away. Before run().
    void on_return(std::function<base::Async<base::Result<>>()> ask) {
        on_return_ = std::move(ask);
    }

    /// Called when Docker has read its configuration anew. Before run().
    void on_reload(std::function<void()> tell) { on_reload_ = std::move(tell); }

    /// Done once, when the event stream is open and before anybody looks at anything: what it inspects
    /// by inspect() is not looked at once more. While it fails the engine counts as away, and nobody is
    /// looked for. Before run().
    void before_first_look(std::function<base::Async<base::Result<>>()> prepare) {
        before_first_look_ = std::move(prepare);
    }

    /// Until cancelled.
    base::Async<void> run();

    /// Whether the event stream is open and the first full look after its opening is done: everything
    /// was looked at then, but containers that are sick.
    bool connected() const { return connected_; }
    /// Notified whenever connected() changes.
    base::Notifier& connection_changed() { return connection_changed_; }

    /// For a container that nobody declares any more: the endpoint id that it knows of itself.
    /// Before the first look at it.
    void keep_endpoint_id(const std::string& docker_id, const std::string& endpoint_id) {
        mirror_.keep_endpoint_id(docker_id, endpoint_id);
    }

    /// What became known, after it was seen, of what an undeclared container was given.
    void keep_given(const std::string& docker_id, Given given) {
        mirror_.keep_given(docker_id, std::move(given));
    }

    /// What undeclared containers were given, by Docker id: now, or by an earlier run.
    const std::map<std::string, Given>& given() const { return mirror_.given(); }

    /// Inspects these side by side, for who puts them into the World himself: Looks::inspect().
    base::Async<base::Result<Looks::Found>> inspect(std::vector<std::string> docker_ids);

    /// For a container that inspect() has found sick: what the first look at it finds is told before
    /// the World has it.
    void at_first_look(const std::string& docker_id,
                       std::function<void(const docker::ContainerInspect&)> tell) {
        first_looks_[docker_id] = std::move(tell);
    }

    /// Looks at one container soon; never two looks at one container at once.
    void look(const std::string& docker_id) { looks_.look(docker_id); }

    /// The same, and returns when a look that began after this call has ended, or after 30 s.
    base::Async<void> look_and_wait(std::string docker_id);

    /// Which containers Docker cannot tell of, and why: a sentence. "" when there is none, and while
    /// the engine is away.
    std::string trouble() const;

    /// Docker is about to be asked to start a container: whoever asks about that one waits until the
    /// outcome has been looked at, which whoever has Docker asked says.
    void start_begins(const std::string& docker_id);
    void start_has_ended(const std::string& docker_id);

    /// A look that is due is waited for, but none that takes longer than 500 ms, nor while the engine is
    /// away. What does not run may have been started all the same: while Docker is asked to (10 s at
    /// most, then it is sick), and else one look tells: once a second for each container, and for so
    /// many of them at most.
    bool is_pending(const model::Container& container) const override;
    /// Docker cannot tell of it, so what is known may be old.
    bool is_sick(const std::string& docker_id) const { return looks_.is_sick(docker_id); }
    base::Async<void> wait(std::string docker_id,
                           std::chrono::steady_clock::time_point end) override;

    /// Compares a list of containers, which is asked for after this call, with what is known; looks at
    /// what is new in it are under way then. One list for all who asked before it. True when it came
    /// within the limit.
    base::Async<bool> look_at_all(std::chrono::steady_clock::duration limit);

private:
    /// What does a look at the list go on to inspect?
    enum class Extent {
        all,     ///< everything that may differ from what is known
        unknown, ///< only what is not known at all
    };

    base::Async<base::Result<docker::EngineVersion>> reach();
    base::Async<void> follow();
    base::Async<bool> prepare();
    base::Async<bool> compare();
    base::Async<void> finish_full_look(std::set<std::string> looked_at, std::uint64_t begun,
                                       std::uint64_t life);
    base::Async<void> read_events(docker::EventStream& stream);
    base::Async<bool> refresh_networks();
    base::Async<bool> look_at_list(Extent extent, std::set<std::string>& looked_at);
    std::set<std::string> apply(const std::string& docker_id,
                                const std::optional<docker::ContainerInspect>& found);
    bool is_being_started(const std::string& docker_id) const;
    bool may_be_looked_at(const model::Container& container) const;
    void look_for_somebody(const std::string& docker_id);
    base::Async<void> refresh_networks_once();
    base::Async<void> share_lists();
    void handle(const docker::Event& event);
    void refresh_networks_soon();
    void set_connected(bool connected);
    void tell_once(std::string_view trouble, const base::Error& why);

    docker::Client& docker_;
    model::World& world_;
    ContainerNetworks& networks_;
    std::function<base::Async<base::Result<>>()> on_return_;
    std::function<base::Async<base::Result<>>()> before_first_look_; ///< null once it is done
    std::function<void()> on_reload_;                                ///< null: nobody asks
    Mirror mirror_;
    Looks looks_;
    base::TaskGroup tasks_;
    base::Notifier connection_changed_;
    base::Notifier list_ended_;
    std::map<std::string, std::function<void(const docker::ContainerInspect&)>> first_looks_;
    /// Inspected since the event stream was opened, which tells of what has happened to them since.
    std::set<std::string> fresh_;
    /// Containers that Docker is being asked to start: since when.
    std::map<std::string, std::chrono::steady_clock::time_point> starting_;
    /// Containers that were looked at since somebody asked about them while they did not run: when.
    std::map<std::string, std::chrono::steady_clock::time_point> looked_at_;
    // Shared lists, by their number.
    std::uint64_t list_wanted_ = 0;
    std::uint64_t list_begun_ = 0;
    std::uint64_t list_compared_ = 0; ///< the last one that the engine answered
    std::uint64_t list_over_ = 0;     ///< the last one, answered or not
    bool sharing_lists_ = false;
    bool networks_refreshing_ = false;
    bool networks_stale_ = false;
    bool connected_ = false;
    bool comparing_ = false; ///< the event stream is open, and the list not there yet
    std::uint64_t life_ = 0; ///< of the event stream: their count
    std::string_view told_;  ///< what the log says is wrong with the engine, a literal; "": nothing
    std::optional<std::int64_t> last_event_;
};

} // namespace agent::observer
