#pragma once
// Role: reads now and then what tasks are told of this host beside Docker: how far its clock may be
//   off (chronyd's answer, else the kernel's) and how full Docker's disk is. Puts it into the World.
// Threading: loop thread; the disk is asked on a worker, one question at a time. A mount that hangs
//   holds that worker and leaves the last answer standing.
// Failure: what cannot be read is not shown; said once, until it can be read again.

#include "base/async.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace agent::host {

struct HostReaderSettings {
    std::chrono::milliseconds interval = std::chrono::seconds(30);
    std::uint16_t chrony_port = 323;
    std::chrono::milliseconds chrony_limit = std::chrono::milliseconds(200);
};

class HostReader {
public:
    HostReader(base::Executor loop, base::WorkerPool& workers, model::World& world,
               HostReaderSettings settings = {});

    /// Both until they are cancelled.
    base::Async<void> follow_clock();
    base::Async<void> follow_storage();

    /// Docker's data root, as the engine says it; the disk is read as soon as it is known.
    void set_docker_root(std::string path);

    /// Until both were read once, or the limit has passed. A disk that nobody has named is not
    /// waited for.
    base::Async<void> wait_for_first(std::chrono::milliseconds limit);

private:
    base::Async<std::optional<model::ClockDrift>> read_clock();
    base::Async<std::optional<model::EphemeralStorage>> read_disk();

    base::WorkerPool& workers_;
    model::World& world_;
    HostReaderSettings settings_;
    std::string docker_root_; ///< "" until it is known
    base::Notifier root_known_;
    base::Notifier progress_;
    bool clock_read_ = false;
    bool storage_read_ = false;
    bool clock_failing_ = false; ///< and that was said
    bool storage_failing_ = false;
};

} // namespace agent::host
