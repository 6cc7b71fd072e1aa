#include "agent/stats/sampler.hpp"

#include "agent/stats/history.hpp"
#include "base/log.hpp"

#include <unordered_map>
#include <utility>

namespace agent::stats {

namespace log = base::log;
using base::Async;
using std::chrono::steady_clock;

namespace {

constexpr auto measurement_limit = std::chrono::milliseconds(4500);
constexpr auto idle_time = std::chrono::seconds(10);
/// About 20 files each.
constexpr std::size_t most_opened = 128;
constexpr auto container_prefix = std::string_view("container:");
/// Docker does not allow to join one that has itself joined another; others might.
constexpr int most_joined = 4;

/// Whether it has the host's interfaces, by itself or as one that it has joined.
bool in_host_network(const model::World& world, const model::Container* container) {
    for (int joined = 0; container != nullptr && joined < most_joined; ++joined) {
        const std::string_view mode = container->network_mode;
        if (!mode.starts_with(container_prefix))
            return mode == "host";
        container = world.find_by_docker_id(mode.substr(container_prefix.size())).container;
    }
    return true;
}

bool is_same_run(const model::Container& one, const model::Container* other) {
    return other != nullptr && other->pid == one.pid && other->started_at == one.started_at;
}

} // namespace

/// One that is under way or has ended, and all who wait for it.
struct Sampler::Measurement {
    explicit Measurement(base::Executor loop) : ended(std::move(loop)) {}
    base::Notifier ended;
    std::optional<model::StatsSample> sample;
};

/// A running container that somebody has asked for.
struct Sampler::Entry {
    std::shared_ptr<const ContainerFiles> files; ///< null while not open
    steady_clock::time_point asked;
    std::shared_ptr<Measurement> under_way;
    History history;
};

struct Sampler::Entries {
    std::unordered_map<std::string, std::shared_ptr<Entry>> by_docker_id;

    /// Forgets what has ended, or was started anew, between two snapshots.
    void follow(const model::Task& before, const model::Task* after) {
        if (by_docker_id.empty())
            return;
        for (const auto& container : before.containers) {
            const auto* now =
                after == nullptr ? nullptr : after->find_container(container.docker_id);
            if (!is_same_run(container, now))
                by_docker_id.erase(container.docker_id);
        }
    }
    std::size_t opened() const {
        std::size_t count = 0;
        for (const auto& [id, entry] : by_docker_id)
            count += entry->files ? 1U : 0U;
        return count;
    }
};

Sampler::Sampler(base::Executor loop, base::WorkerPool& workers, docker::Client& docker,
                 model::World& world, Host host)
    : loop_(loop),
      workers_(workers),
      docker_(docker),
      world_(world),
      host_(std::move(host)),
      entries_(std::make_unique<Entries>()),
      measurements_(loop),
      changes_(world.on_change(
          [&entries = *entries_](const model::TaskPtr& before, const model::TaskPtr& after) {
              if (before)
                  entries.follow(*before, after.get());
          })) {}

Sampler::~Sampler() = default;

Async<void> Sampler::stop() {
    measurements_.cancel();
    const bool ended = co_await measurements_.wait(measurement_limit);
    if (!ended)
        log::warn("reading a container's stats does not end, leaving it");
    entries_->by_docker_id.clear();
}

std::size_t Sampler::remembered() const {
    return entries_->by_docker_id.size();
}

std::size_t Sampler::opened() const {
    return entries_->opened();
}

std::shared_ptr<Sampler::Entry> Sampler::entry_of(const model::ContainerRef& container) {
    const auto& id = container.container->docker_id;
    const auto& known = entries_->by_docker_id;
    if (const auto found = known.find(id); found != known.end())
        return found->second;
    // A snapshot may be older than the World: what has gone meanwhile is not remembered again.
    const auto now = world_.find_by_docker_id(id);
    if (!now || !is_same_run(*container.container, now.container))
        return nullptr;
    return entries_->by_docker_id.emplace(id, std::make_shared<Entry>()).first->second;
}

Async<std::optional<model::StatsSample>> Sampler::sample(model::ContainerRef container) {
    // One that Docker is about to start again has no process.
    if (!model::is_running(*container.container) || container.container->pid == 0)
        co_return std::nullopt;
    const auto entry = entry_of(container);
    if (!entry)
        co_return std::nullopt;
    entry->asked = steady_clock::now();
    auto measurement = entry->under_way;
    if (!measurement) {
        measurement = entry->under_way = std::make_shared<Measurement>(loop_);
        Subject subject;
        subject.pid = container.container->pid;
        subject.docker_id = container.container->docker_id;
        subject.task_id = container.task->id;
        subject.own_network = !in_host_network(world_, container.container);
        measurements_.spawn("stats", measure_now(entry, measurement, std::move(subject)));
    }
    co_await measurement->ended.wait_for(measurement_limit);
    co_return measurement->sample;
}

Async<void> Sampler::measure_now(std::shared_ptr<Entry> entry,
                                 std::shared_ptr<Measurement> measurement, Subject subject) {
    auto stats = co_await read(entry, std::move(subject));
    if (stats)
        measurement->sample = entry->history.complete(std::move(*stats), steady_clock::now());
    entry->under_way.reset();
    measurement->ended.notify_all();
}

Async<std::optional<model::Stats>> Sampler::read(std::shared_ptr<Entry> entry, Subject subject) {
    if (entry->files) {
        auto read = [files = entry->files] { return files->read(); };
        auto stats = co_await base::offload(workers_, std::move(read));
        if (!stats)
            entry->files.reset();
        co_return stats;
    }
    using Opened = base::Result<std::shared_ptr<const ContainerFiles>>;
    using Seen = std::pair<Opened, std::optional<model::Stats>>;
    auto docker_id = subject.docker_id;
    auto open_and_read = [host = host_, subject = std::move(subject)] {
        Seen seen{ContainerFiles::open(host, subject), std::nullopt};
        if (seen.first)
            seen.second = (*seen.first)->read();
        return seen;
    };
    auto seen = co_await base::offload(workers_, std::move(open_and_read));
    if (!seen.first) {
        log::debug("asking Docker for stats", {log::why(seen.first.error())});
        co_return co_await ask_docker(std::move(docker_id));
    }
    if (seen.second && entries_->opened() < most_opened) {
        entry->files = std::move(*seen.first);
        if (!std::exchange(closing_, true))
            measurements_.spawn("close stats files", close_idle_files());
    }
    co_return std::move(seen.second);
}

Async<std::optional<model::Stats>> Sampler::ask_docker(std::string docker_id) {
    auto stats = co_await docker_.container_stats(std::move(docker_id));
    if (!stats) {
        log::debug("no stats of a container", {log::why(stats.error())});
        co_return std::nullopt;
    }
    co_return std::move(*stats);
}

Async<void> Sampler::close_idle_files() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested() && entries_->opened() > 0) {
        co_await base::sleep_for(idle_time);
        const auto now = steady_clock::now();
        for (const auto& [id, entry] : entries_->by_docker_id)
            if (now - entry->asked >= idle_time)
                entry->files.reset();
    }
    closing_ = false;
}

} // namespace agent::stats
