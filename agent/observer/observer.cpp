#include "agent/observer/observer.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace agent::observer {

namespace log = base::log;
using base::Async;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

namespace {

constexpr auto first_pause = milliseconds(20);
constexpr auto longest_pause = milliseconds(500);
constexpr auto idle_limit = seconds(10);
constexpr auto ping_deadline = seconds(2);
/// To inspect one container, before it is put off.
constexpr int most_attempts = 5;
constexpr auto late_look = seconds(10);
/// Docker serves looks in parallel, but each may wait for its container's lock.
constexpr std::size_t most_looks_at_once = 16;
/// How long a look at what runs is waited for.
constexpr auto longest_wait = milliseconds(500);
/// Docker may take so long to start a container before it counts as sick.
constexpr auto longest_start = seconds(10);
/// A container that does not run is looked at so often at most because somebody asks about it.
constexpr auto between_looks = seconds(1);
constexpr std::ptrdiff_t most_asked_about = 16;

bool has_started(const model::Container& container) {
    return container.known == model::ContainerStatus::running ||
           container.known == model::ContainerStatus::resources_provisioned;
}

} // namespace

Observer::Observer(base::Executor loop, docker::Client& docker, model::World& world,
                   ContainerNetworks& networks, ObserverSettings settings)
    : docker_(docker),
      world_(world),
      networks_(networks),
      mirror_(world, std::move(settings)),
      looks_(loop),
      connection_changed_(loop),
      look_ended_(loop),
      shared_look_ended_(loop) {}

Observer::~Observer() = default;

Async<void> Observer::run() {
    const auto stop = co_await base::stop_token();
    auto pause = first_pause;
    bool reported = false;
    while (!stop.requested()) {
        const auto version = co_await reach();
        if (version) {
            log::info("docker engine answers",
                      {{"engine", version->engine}, {"api", version->used.to_string()}});
            pause = first_pause;
            reported = false;
            co_await follow();
        } else if (!reported) {
            reported = true;
            log::warn("docker engine is away; trying again until it answers",
                      {log::why(version.error())});
        }
        set_connected(false);
        co_await base::sleep_for(pause);
        pause = std::min<milliseconds>(pause * 2, longest_pause);
    }
    looks_.cancel();
    co_await looks_.wait(seconds(5));
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
    const auto stop = co_await base::stop_token();
    docker::EventFilter filter;
    filter.types = {"container", "network"};
    // Health checks alone would send three events a probe.
    filter.actions = {"start",  "die",           "destroy", "rename",  "pause",     "unpause",
                      "update", "health_status", "create",  "connect", "disconnect"};
    const auto opened = co_await docker_.events(filter, last_event_);
    if (!opened) {
        log::warn("cannot open docker's event stream", {log::why(opened.error())});
        co_return;
    }
    const auto& stream = *opened;
    co_await full_look();
    if (!connected_)
        co_return;
    while (!stop.requested()) {
        const auto event = co_await stream->next(idle_limit);
        if (!event) {
            if (event.error().code() != base::Errc::cancelled)
                log::warn("docker's event stream ended", {log::why(event.error())});
            co_return;
        }
        if (*event) {
            handle(**event);
            continue;
        }
        // Silence is normal for events, and also what a hung engine looks like.
        const auto alive = co_await docker_.ping(ping_deadline);
        if (!alive) {
            log::warn("docker engine does not answer a ping", {log::why(alive.error())});
            co_return;
        }
    }
}

Async<void> Observer::full_look() {
    const auto stop = co_await base::stop_token();
    const bool networks = co_await refresh_networks();
    std::set<std::string> looked_at;
    const bool containers = co_await look_at_list(Extent::all, looked_at);
    if (!networks || !containers)
        co_return;
    // The list named what differs; connected means that all of it was looked at.
    co_await wait_for_looks(std::move(looked_at));
    if (!stop.requested())
        set_connected(true);
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
        log::warn("cannot list docker's networks", {log::why(networks.error())});
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

Async<void> Observer::wait_for_looks(std::set<std::string> docker_ids) {
    const auto stop = co_await base::stop_token();
    const auto is_due = [this](const std::string& id) { return looking_.contains(id); };
    while (!stop.requested() && std::ranges::any_of(docker_ids, is_due))
        co_await look_ended_.wait_for(seconds(1));
}

/// `looked_at` is given the containers that it goes on to inspect.
Async<bool> Observer::look_at_list(Extent extent, std::set<std::string>& looked_at) {
    const auto with_endpoint_id = mirror_.containers_with_endpoint_id();
    std::vector<std::string> no_labels;
    const auto listed = co_await docker_.list_containers(true, std::move(no_labels));
    if (!listed) {
        log::warn("cannot list docker's containers", {log::why(listed.error())});
        co_return false;
    }
    std::set<std::string> there;
    for (const auto& summary : *listed) {
        there.insert(summary.id);
        const auto known = world_.find_by_docker_id(summary.id);
        const bool ended = summary.state == "exited" || summary.state == "dead";
        // One that runs may have been restarted while nobody watched; one that ended stays so.
        const bool as_known =
            known && ended && known.container->known == model::ContainerStatus::stopped;
        if (!known || (extent == Extent::all && !as_known))
            looked_at.insert(summary.id);
    }
    // The list is a moment old: one that was made meanwhile is missing from it. Only a look tells.
    for (const auto& reference : world_.find_by_docker_id_prefix(""))
        if (!there.contains(reference.container->docker_id))
            looked_at.insert(reference.container->docker_id);
    for (const auto& docker_id : looked_at)
        look(docker_id);
    for (const auto& docker_id : with_endpoint_id)
        if (!there.contains(docker_id))
            mirror_.forget_endpoint_id(docker_id);
    co_return true;
}

Async<bool> Observer::look_at_all(steady_clock::duration limit) {
    if (!shared_look_running_) {
        shared_look_running_ = true;
        looks_.spawn("shared look", shared_look());
    }
    const bool ended = co_await shared_look_ended_.wait_for(limit);
    if (!ended)
        co_return false;
    co_return shared_look_succeeded_;
}

Async<void> Observer::shared_look() {
    std::set<std::string> looked_at;
    shared_look_succeeded_ = co_await look_at_list(Extent::unknown, looked_at);
    co_await wait_for_looks(std::move(looked_at));
    shared_look_running_ = false;
    shared_look_ended_.notify_all();
}

void Observer::look(const std::string& docker_id) {
    const auto [entry, added] = looking_.emplace(docker_id, Look());
    if (added)
        looks_.spawn("look", look_now(docker_id));
    else
        entry->second.again = true;
}

Async<void> Observer::look_and_wait(std::string docker_id) {
    const auto stop = co_await base::stop_token();
    const auto end = steady_clock::now() + seconds(30);
    look(docker_id);
    while (looking_.contains(docker_id) && steady_clock::now() < end) {
        if (stop.requested())
            co_return;
        co_await look_ended_.wait_for(seconds(1));
    }
}

Async<void> Observer::look_now(std::string docker_id) {
    const auto stop = co_await base::stop_token();
    while (looks_in_flight_ >= most_looks_at_once) {
        if (stop.requested())
            break;
        co_await look_ended_.wait_for(seconds(1));
    }
    ++looks_in_flight_;
    int failures = 0;
    do {
        if (stop.requested())
            break;
        looking_[docker_id].again = false;
        const auto inspect = co_await docker_.inspect_container(docker_id);
        if (!inspect) {
            if (++failures == 1 && inspect.error().code() != base::Errc::cancelled)
                log::warn("cannot inspect a container, trying again",
                          {{"container", docker_id}, log::why(inspect.error())});
            if (failures == most_attempts)
                break;
            looking_[docker_id].again = true;
            co_await base::sleep_for(milliseconds(100) * failures);
        } else if (!*inspect) {
            mirror_.remove(docker_id);
        } else {
            for (const auto& again : mirror_.apply(**inspect))
                look(again);
            // Podman 4 says nothing of a new network, and Docker's event may have been lost.
            if (!networks_.know(**inspect))
                refresh_networks_soon();
        }
    } while (looking_[docker_id].again);
    // Nobody waits for an engine that cannot say; but what it could not say is not forgotten.
    if (failures == most_attempts && !stop.requested())
        looks_.spawn("late look", look_later(docker_id));
    --looks_in_flight_;
    looking_.erase(docker_id);
    look_ended_.notify_all();
}

Async<void> Observer::look_later(std::string docker_id) {
    const bool waited = co_await base::sleep_for(late_look);
    if (waited)
        look(docker_id);
}

void Observer::start_begins(const std::string& docker_id) {
    starting_[docker_id] = steady_clock::now();
}

void Observer::start_has_ended(const std::string& docker_id) {
    starting_.erase(docker_id);
    look_ended_.notify_all();
}

bool Observer::is_being_started(const std::string& docker_id) const {
    const auto found = starting_.find(docker_id);
    return found != starting_.end() && steady_clock::now() - found->second < longest_start;
}

/// Because somebody asks about a container that does not run.
bool Observer::may_be_looked_at(const std::string& docker_id) const {
    const auto is_recent = [now = steady_clock::now()](const auto& entry) {
        return now - entry.second < between_looks;
    };
    const auto found = looked_at_.find(docker_id);
    if (found != looked_at_.end() && is_recent(*found))
        return false;
    return looked_at_.size() < most_asked_about ||
           std::ranges::count_if(looked_at_, is_recent) < most_asked_about;
}

void Observer::look_for_somebody(const std::string& docker_id) {
    const auto now = steady_clock::now();
    std::erase_if(looked_at_,
                  [&](const auto& entry) { return now - entry.second >= between_looks; });
    looked_at_[docker_id] = now;
    look(docker_id);
}

bool Observer::is_pending(const model::Container& container) const {
    const auto& docker_id = container.docker_id;
    if (docker_id.empty())
        return false;
    // Between two lives that Docker's restart policy gives it, it has started but has no process.
    const bool runs = has_started(container) && container.pid != 0;
    if (!runs && is_being_started(docker_id))
        return true;
    const auto looking = looking_.find(docker_id);
    if (looking != looking_.end())
        return connected_ && steady_clock::now() - looking->second.since < longest_wait;
    const bool ended_for_good = container.known == model::ContainerStatus::stopped &&
                                container.desired == model::ContainerStatus::stopped;
    return !runs && !ended_for_good && connected_ && may_be_looked_at(docker_id);
}

Async<void> Observer::wait(std::string docker_id, steady_clock::time_point end) {
    const auto stop = co_await base::stop_token();
    while (steady_clock::now() < end && !stop.requested()) {
        const auto now = world_.find_by_docker_id(docker_id);
        if (!now || !is_pending(*now.container))
            co_return;
        if (!looking_.contains(docker_id) && !is_being_started(docker_id))
            look_for_somebody(docker_id);
        co_await look_ended_.wait_for(end - steady_clock::now());
    }
}

void Observer::refresh_networks_soon() {
    networks_stale_ = true;
    if (networks_refreshing_)
        return;
    networks_refreshing_ = true;
    looks_.spawn("networks", refresh_networks_once());
}

void Observer::handle(const docker::Event& event) {
    last_event_ = event.time_nano;
    const std::string_view action = event.action;
    if (event.type == "network") {
        if (action == "connect" || action == "disconnect") {
            // Docker says connect before every start; only for one that runs it changes anything.
            const auto found = event.attributes.find("container");
            const auto reference = found == event.attributes.end()
                                       ? model::ContainerRef()
                                       : world_.find_by_docker_id(found->second);
            if (reference && has_started(*reference.container))
                look(found->second);
        } else if (action == "create" || action == "destroy") {
            refresh_networks_soon();
        }
        return;
    }
    if (action == "destroy") {
        mirror_.remove(event.actor_id);
        // An answer that is under way may still know it.
        if (const auto running = looking_.find(event.actor_id); running != looking_.end())
            running->second.again = true;
    } else if (action == "start" || action == "die" || action == "rename" || action == "pause" ||
               action == "unpause" || action == "update" || action.starts_with("health_status"))
        look(event.actor_id);
}

} // namespace agent::observer
