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

struct Services {
    docker::Client& docker;
    observer::Observer& observer;
    model::World& world;
    LinkLocal& link_local;
    MetadataFiles& metadata_files;
    ImageProbe& image_probe;
    state::Store& store; ///< used on `disk` only
    state::Disk& disk;
    EngineSettings settings;
};

} // namespace agent::engine
