#pragma once
// What the metadata handlers of all versions work with; owned by TaskApi.

#include "handlers/body_cache.hpp"
#include "handlers/caller.hpp"
#include "model/world.hpp"

namespace handlers::metadata {

struct Context {
    const model::World& world;
    CallerFinder& callers;
    BodyCache& bodies;
};

} // namespace handlers::metadata
