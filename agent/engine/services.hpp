#pragma once
// What the engine's parts work with: references to what the daemon owns, and its settings.
// Everything here outlives the engine.

#include "agent/docker/client.hpp"
#include "agent/engine/image_probe.hpp"
#include "agent/engine/link_local.hpp"
#include "agent/engine/metadata_files.hpp"
#include "agent/observer/observer.hpp"
#include "agent/state/disk.hpp"
#include "agent/state/store.hpp"
#include "base/async.hpp"
#include "model/world.hpp"

#include <chrono>
#include <map>
#include <string>

namespace agent::engine {

struct EngineSettings {
    std::string tasks_directory;
    std::string awsvpc_network;
    std::string awsvpc_subnet; ///< "" lets Docker choose
    std::map<std::string, std::string> task_tags;
    std::chrono::seconds stop_grace{30}; ///< from SIGTERM to SIGKILL
    bool enable_metadata = true;
    bool selinux = false; ///< the engine labels for SELinux; known once it answered
};

/// Lets only so many do something at once; the others wait for their turn.
class Slots {
public:
    Slots(base::Executor loop, std::size_t count) : free_(count), freed_(std::move(loop)) {}

    /// Waits for a free slot and takes it; false when the task was cancelled.
    base::Async<bool> take();
    void give_back();

private:
    std::size_t free_;
    base::Notifier freed_;
};

struct Services {
    docker::Client& docker;
    observer::Observer& observer;
    model::World& world;
    LinkLocal& link_local;
    MetadataFiles& metadata_files;
    ImageProbe& image_probe;
    state::Store& store; ///< used on `disk` only
    state::Disk& disk;
    Slots& start_slots; ///< containers created or started at once
    Slots& pause_turn;  ///< one: Docker makes twins of a network that two ask for
    EngineSettings settings;
};

} // namespace agent::engine
