#pragma once
// Role: measures what containers use when somebody asks, from the kernel's files, or else by Docker
//   where those are not to be seen. Nothing runs and nothing is opened while nobody asks.
// Owner: the daemon. Threading: the loop thread; files are read on the worker pool.
// Failure: of a container that cannot be measured nothing is told; why is logged at debug level, since
//   the next measurement may fare better.
// Requests for one container at the same time share a measurement. What is remembered of a container goes
// when it ends or starts anew; its files are closed 10 s after the last request.

#include "agent/docker/client.hpp"
#include "agent/stats/container_files.hpp"
#include "base/async.hpp"
#include "handlers/stats/source.hpp"
#include "model/world.hpp"

#include <memory>
#include <optional>

namespace agent::stats {

class Sampler : public handlers::StatsSource {
public:
    /// All outlive it. Follows the world's changes.
    Sampler(base::Executor loop, base::WorkerPool& workers, docker::Client& docker,
            model::World& world, Host host);
    ~Sampler() override;
    Sampler(const Sampler&) = delete;
    Sampler& operator=(const Sampler&) = delete;

    /// Nothing within 4.5 s, which is what Docker may need, is nothing at all.
    base::Async<std::optional<model::StatsSample>> sample(model::ContainerRef container) override;

    /// Ends what is under way.
    base::Async<void> stop();

    /// Of how many containers something is remembered, and of how many files are open.
    std::size_t remembered() const;
    std::size_t opened() const;

private:
    struct Measurement;
    struct Entry;
    struct Entries;

    std::shared_ptr<Entry> entry_of(const model::ContainerRef& container);
    base::Async<void> measure_now(std::shared_ptr<Entry> entry,
                                  std::shared_ptr<Measurement> measurement, Subject subject);
    base::Async<std::optional<model::Stats>> read(std::shared_ptr<Entry> entry, Subject subject);
    base::Async<std::optional<model::Stats>> ask_docker(std::string docker_id);
    base::Async<void> close_idle_files();

    base::Executor loop_;
    base::WorkerPool& workers_;
    docker::Client& docker_;
    const model::World& world_;
    Host host_;
    std::unique_ptr<Entries> entries_;
    bool closing_ = false; ///< close_idle_files() runs
    base::TaskGroup measurements_;
    model::World::Subscription changes_;
};

} // namespace agent::stats
