#include "agent/host/host_reader.hpp"

#include "agent/host/chrony_client.hpp"
#include "agent/host/kernel_clock.hpp"
#include "agent/host/storage.hpp"
#include "base/log.hpp"

namespace agent::host {

namespace log = base::log;
using base::Async;
using std::chrono::steady_clock;

HostReader::HostReader(base::Executor loop, base::WorkerPool& workers, model::World& world,
                       HostReaderSettings settings)
    : workers_(workers), world_(world), settings_(settings), root_known_(loop), progress_(loop) {}

void HostReader::set_docker_root(std::string path) {
    docker_root_ = std::move(path);
    root_known_.notify_all();
}

Async<void> HostReader::follow_clock() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        const auto clock = co_await read_clock();
        auto readings = world_.readings();
        readings.clock = clock;
        world_.set_readings(readings);
        clock_read_ = true;
        progress_.notify_all();
        co_await base::sleep_for(settings_.interval);
    }
}

Async<void> HostReader::follow_storage() {
    const auto stop = co_await base::stop_token();
    while (!stop.requested()) {
        if (!docker_root_.empty()) {
            const auto storage = co_await read_disk();
            auto readings = world_.readings();
            readings.storage = storage;
            world_.set_readings(readings);
            storage_read_ = true;
            progress_.notify_all();
        }
        co_await root_known_.wait_for(settings_.interval);
    }
}

Async<void> HostReader::wait_for_first(std::chrono::milliseconds limit) {
    const auto end = steady_clock::now() + limit;
    const auto stop = co_await base::stop_token();
    while (!(clock_read_ && (storage_read_ || docker_root_.empty())) && !stop.requested() &&
           steady_clock::now() < end)
        co_await progress_.wait_for(end - steady_clock::now());
}

/// A host without chronyd is no trouble: whatever else disciplines the clock tells the kernel.
Async<std::optional<model::ClockDrift>> HostReader::read_clock() {
    const auto chrony = co_await ask_chrony(settings_.chrony_port, settings_.chrony_limit);
    if (chrony)
        co_return *chrony;
    const auto kernel = read_kernel_clock();
    if (!kernel && !clock_failing_)
        log::warn("cannot tell the clock's error; tasks are not told", {log::why(kernel.error())});
    clock_failing_ = !kernel;
    if (kernel)
        co_return *kernel;
    co_return std::nullopt;
}

Async<std::optional<model::EphemeralStorage>> HostReader::read_disk() {
    auto work = [path = docker_root_] { return read_storage(path); };
    const auto storage = co_await base::offload(workers_, std::move(work));
    if (!storage && !storage_failing_)
        log::warn("cannot tell how full docker's disk is; tasks are not told",
                  {log::why(storage.error())});
    storage_failing_ = !storage;
    if (storage)
        co_return *storage;
    co_return std::nullopt;
}

} // namespace agent::host
