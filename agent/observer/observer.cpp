#include "agent/observer/observer.hpp"

#include "base/empty_at_end.hpp"
#include "base/log.hpp"

#include <algorithm>

namespace agent::observer {

namespace log = base::log;
using base::Async;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr std::string_view engine_is_away = "docker engine is away; trying again until it answers";
constexpr auto first_pause = milliseconds(20);
constexpr auto longest_pause = milliseconds(500);
constexpr auto idle_limit = seconds(10);
constexpr auto ping_deadline = seconds(2);
/// Of the containers that Docker cannot tell of.
constexpr std::size_t most_named = 3;

} // namespace

Observer::Observer(base::Executor loop, docker::Client& docker, model::World& world,
                   ContainerNetworks& networks, ObserverSettings settings)
    : docker_(docker),
      world_(world),
      networks_(networks),
      mirror_(world, std::move(settings)),
      looks_(loop, docker, world,
             [this](const std::string& docker_id,
                    const std::optional<docker::ContainerInspect>& found) {
                 return apply(docker_id, found);
             }),
      tasks_(loop),
      connection_changed_(loop),
      list_ended_(loop) {}

Observer::~Observer() {
    base::assert_empty_at_end("starts of containers", starting_.size());
}

Async<void> Observer::run() {
    const auto stop = co_await base::stop_token();
    auto pause = first_pause;
    while (!stop.requested()) {
        const auto version = co_await reach();
        if (version && (told_.empty() || told_ == engine_is_away)) {
            told_ = {};
            log::info("docker engine answers",
                      {{"engine", version->engine}, {"api", version->used.to_string()}});
        }
        if (version)
            co_await follow();
        else
            tell_once(engine_is_away, version.error());
        // To answer is not enough: one that could not be looked at whole is asked ever later.
        if (connected_) {
            told_ = {};
            pause = first_pause;
        }
        set_connected(false);
        co_await base::sleep_for(pause);
        pause = std::min<milliseconds>(pause * 2, longest_pause);
    }
    tasks_.cancel();
    co_await looks_.end();
    co_await tasks_.wait(seconds(5));
}

Async<base::Result<docker::EngineVersion>> Observer::reach() {
    CO_TRY(const auto version, co_await docker_.connect());
    if (on_return_) {
        auto ask = on_return_();
        CO_TRY(co_await std::move(ask));
    }
    co_return version;
}

/// One life of the event stream: open it first and look at everything then, so that nothing falls
/// between the two.
Async<void> Observer::follow() {
    docker::EventFilter filter;
    filter.types = {"container", "network"};
    // Health checks alone would send three events a probe.
    filter.actions = {"start",  "die",           "destroy", "rename",  "pause",     "unpause",
                      "update", "health_status", "create",  "connect", "disconnect"};
    if (on_reload_) {
        filter.types.emplace_back("daemon");
        filter.actions.emplace_back("reload");
    }
    const auto opened = co_await docker_.events(filter, last_event_);
    if (!opened) {
        tell_once("cannot open docker's event stream", opened.error());
        co_return;
    }
    comparing_ = true;
    const bool compared = co_await compare();
    comparing_ = false;
    fresh_.clear();
    if (compared)
        co_await read_events(**opened);
    ++life_;
}

/// What has to be done once before anybody looks; whether it is.
Async<bool> Observer::prepare() {
    const auto stop = co_await base::stop_token();
    if (!before_first_look_)
        co_return true;
    auto preparing = before_first_look_();
    const auto prepared = co_await std::move(preparing);
    if (prepared)
        before_first_look_ = nullptr;
    else if (!stop.requested())
        tell_once("cannot find the tasks of an earlier run, trying again", prepared.error());
    co_return prepared.has_value();
}

/// Lists what Docker has and has looked at what differs from what is known. These looks go on beside
/// the events: a container that Docker cannot tell of keeps nobody from hearing of the others.
Async<bool> Observer::compare() {
    const auto begun = looks_.begun();
    const bool prepared = co_await prepare();
    if (!prepared)
        co_return false;
    const bool networks = co_await refresh_networks();
    if (!networks)
        co_return false;
    std::set<std::string> looked_at;
    const bool listed = co_await look_at_list(Extent::all, looked_at);
    if (listed)
        tasks_.spawn("full look", finish_full_look(std::move(looked_at), begun, life_));
    co_return listed;
}

/// Connected means that all that differed was looked at, but what is sick; as long as it is the same
/// life of the event stream.
Async<void> Observer::finish_full_look(std::set<std::string> looked_at, std::uint64_t begun,
                                       std::uint64_t life) {
    const auto stop = co_await base::stop_token();
    co_await looks_.wait_for(std::move(looked_at), begun);
    if (stop.requested() || life != life_)
        co_return;
    if (!told_.empty())
        log::info("docker has been looked at whole again");
    told_ = {};
    set_connected(true);
}

/// Until the stream ends, or the engine does not answer.
Async<void> Observer::read_events(docker::EventStream& stream) {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto event = co_await stream.next(idle_limit);
        if (!event) {
            if (event.error().code() != base::Errc::cancelled)
                tell_once("docker's event stream ended", event.error());
            co_return;
        }
        if (*event) {
            handle(**event);
            continue;
        }
        // Silence is normal for events, and also what a hung engine looks like.
        const auto alive = co_await docker_.ping(ping_deadline);
        if (!alive) {
            tell_once("docker engine does not answer a ping", alive.error());
            co_return;
        }
    }
}

/// Until the engine has been looked at whole: it is asked up to twenty times a second.
void Observer::tell_once(std::string_view trouble, const base::Error& why) {
    if (trouble == told_)
        return;
    told_ = trouble;
    log::warn(trouble, {log::why(why)});
}

void Observer::set_connected(bool connected) {
    if (connected_ == connected)
        return;
    connected_ = connected;
    connection_changed_.notify_all();
}

Async<bool> Observer::refresh_networks() {
    const auto networks = co_await docker_.list_networks();
    if (!networks) {
        tell_once("cannot list docker's networks", networks.error());
        co_return false;
    }
    networks_.replace(*networks);
    co_return true;
}

Async<void> Observer::refresh_networks_once() {
    const auto stop = co_await base::stop_token();
    // Networks come and go in bursts (docker compose up): one refresh serves them all.
    do {
        networks_stale_ = false;
        if (stop.requested())
            break;
        co_await refresh_networks();
    } while (networks_stale_);
    networks_refreshing_ = false;
}

/// `looked_at` is given the containers that it goes on to inspect.
Async<bool> Observer::look_at_list(Extent extent, std::set<std::string>& looked_at) {
    // As it is before the list is asked for: what is given meanwhile is not in that.
    const auto given_before = mirror_.given();
    std::vector<std::string> no_labels;
    const auto listed = co_await docker_.list_containers(true, std::move(no_labels));
    if (!listed) {
        tell_once("cannot list docker's containers", listed.error());
        co_return false;
    }
    std::set<std::string> there;
    for (const auto& summary : *listed) {
        there.insert(summary.id);
        const auto known = world_.find_by_docker_id(summary.id);
        const bool ended = summary.state == "exited" || summary.state == "dead";
        // One that runs may have been restarted while nobody watched; one that ended stays so.
        const bool as_known = known && ended && !looks_.is_sick(summary.id) &&
                              known.container->known == model::ContainerStatus::stopped;
        const bool may_differ = !as_known && !fresh_.contains(summary.id);
        if (!known || (extent == Extent::all && may_differ))
            looked_at.insert(summary.id);
    }
    // The list is a moment old: one that was made meanwhile is missing from it. Only a look tells.
    for (const auto& reference : world_.find_by_docker_id_prefix(""))
        if (!there.contains(reference.container->docker_id))
            looked_at.insert(reference.container->docker_id);
    for (const auto& docker_id : looked_at)
        look(docker_id);
    for (const auto& [docker_id, given] : given_before)
        if (!there.contains(docker_id))
            mirror_.forget_given(docker_id);
    co_return true;
}

Async<bool> Observer::look_at_all(steady_clock::duration limit) {
    const auto stop = co_await base::stop_token();
    const auto end = steady_clock::now() + limit;
    // The containers of declared tasks would be taken for undeclared ones.
    if (before_first_look_)
        co_return false;
    // What has been asked for already may be older than what is looked for.
    const auto mine = list_begun_ + 1;
    list_wanted_ = mine;
    if (!sharing_lists_) {
        sharing_lists_ = true;
        tasks_.spawn("shared lists", share_lists());
    }
    while (list_over_ < mine && steady_clock::now() < end && !stop.requested())
        co_await list_ended_.wait_for(end - steady_clock::now());
    co_return list_compared_ >= mine;
}

/// As long as somebody wants a list that has not been asked for.
Async<void> Observer::share_lists() {
    const auto stop = co_await base::stop_token();
    while (list_begun_ < list_wanted_ && !stop.requested()) {
        const auto number = ++list_begun_;
        std::set<std::string> looked_at;
        const bool compared = co_await look_at_list(Extent::unknown, looked_at);
        list_over_ = number;
        if (compared)
            list_compared_ = number;
        list_ended_.notify_all();
    }
    sharing_lists_ = false;
}

std::set<std::string> Observer::apply(const std::string& docker_id,
                                      const std::optional<docker::ContainerInspect>& found) {
    const auto first_look = first_looks_.extract(docker_id);
    if (!found) {
        mirror_.remove(docker_id);
        return {};
    }
    if (!first_look.empty())
        first_look.mapped()(*found);
    auto because_of_it = mirror_.apply(*found);
    // Podman 4 says nothing of a new network, and Docker's event may have been lost.
    if (!networks_.know(*found))
        refresh_networks_soon();
    return because_of_it;
}

Async<base::Result<Looks::Found>> Observer::inspect(std::vector<std::string> docker_ids) {
    auto found = co_await looks_.inspect(std::move(docker_ids));
    if (found && comparing_)
        for (const auto& [docker_id, inspect] : found->containers)
            fresh_.insert(docker_id);
    co_return std::move(found);
}

Async<void> Observer::look_and_wait(std::string docker_id) {
    co_await looks_.look_and_wait(std::move(docker_id));
}

std::string Observer::trouble() const {
    if (!connected_)
        return {};
    const auto& sick = looks_.sick();
    std::string text;
    std::size_t named = 0;
    for (const auto& [docker_id, why] : sick) {
        if (++named > most_named)
            break;
        const auto known = world_.find_by_docker_id(docker_id);
        const auto name = known ? known.container->docker_name + ' ' : std::string();
        text += (named == 1 ? "" : "; ") + ("cannot inspect container " + name) + '(' +
                docker_id.substr(0, 12) + "): " + why;
    }
    if (sick.size() > most_named)
        text += "; and " + std::to_string(sick.size() - most_named) + " more";
    return text;
}

void Observer::refresh_networks_soon() {
    networks_stale_ = true;
    if (networks_refreshing_)
        return;
    networks_refreshing_ = true;
    tasks_.spawn("networks", refresh_networks_once());
}

void Observer::handle(const docker::Event& event) {
    last_event_ = event.time_nano;
    const std::string_view action = event.action;
    if (event.type == "daemon") {
        if (action == "reload" && on_reload_)
            on_reload_();
        return;
    }
    if (event.type == "network") {
        if (action == "connect" || action == "disconnect") {
            // Docker says connect before every start; only for one that runs it changes anything.
            const auto found = event.attributes.find("container");
            const auto reference = found == event.attributes.end()
                                       ? model::ContainerRef()
                                       : world_.find_by_docker_id(found->second);
            if (reference && model::is_running(*reference.container))
                look(found->second);
        } else if (action == "create" || action == "destroy") {
            refresh_networks_soon();
        }
        return;
    }
    if (action == "destroy") {
        mirror_.remove(event.actor_id);
        looks_.forget(event.actor_id);
        first_looks_.erase(event.actor_id);
    } else if (action == "create") {
        // Whoever creates a declared container looks at it himself, unless it took too long for him.
        if (mirror_.is_nobodys(event.attributes))
            look(event.actor_id);
    } else if (action == "start" || action == "die" || action == "rename" || action == "pause" ||
               action == "unpause" || action == "update" || action.starts_with("health_status"))
        look(event.actor_id);
}

} // namespace agent::observer
