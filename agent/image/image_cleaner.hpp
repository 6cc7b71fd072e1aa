#pragma once
// Role: removes images that this agent's pulls have brought here and that nobody uses, the longest unused
//   first, as ECS's agent does (agent-lifecycle 3.10). What was built, loaded or pulled by others here is
//   never removed, nor a name that others have given to an image.
// Threading: loop thread; run() is one task of the daemon's group.
// Failure: what cannot be removed is told once and tried again at the next turn; an engine that is away
//   makes the turn nothing.

#include "agent/docker/client.hpp"
#include "agent/image/image_puller.hpp"
#include "agent/state/disk.hpp"
#include "agent/state/store.hpp"
#include "base/async.hpp"
#include "model/world.hpp"

#include <chrono>
#include <cstddef>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace agent::image {

struct CleanerSettings {
    std::chrono::milliseconds interval = std::chrono::minutes(30);
    std::chrono::milliseconds minimum_age = std::chrono::hours(1); ///< since its last pull
    std::size_t most_at_once = 5;                                  ///< a turn
    std::set<std::string> kept; ///< references that are never removed
};

class ImageCleaner {
public:
    ImageCleaner(docker::Client& docker, const model::World& world, ImagePuller& puller,
                 state::Store& store, state::Disk& disk, CleanerSettings settings);

    /// Cleans at each interval until cancelled. The tasks of an earlier run are in the World already.
    base::Async<void> run();
    /// One turn: how many images were removed. unavailable and cancelled; other errors of the engine's and
    /// the store's only where nothing can be found out.
    base::Async<base::Result<std::size_t>> clean();

private:
    using Images = std::vector<state::BroughtImage>;

    bool is_used(const state::BroughtImage& image) const;
    base::Async<base::Result<Images>> unused_images();
    base::Async<base::Result<bool>> remove(state::BroughtImage image);
    base::Async<base::Result<>> forget(state::BroughtImage image);
    void tell_stuck(const state::BroughtImage& image, const base::Error& why);

    docker::Client& docker_;
    const model::World& world_;
    ImagePuller& puller_;
    state::Store& store_;
    state::Disk& disk_;
    CleanerSettings settings_;
    std::map<std::string, std::string> told_; ///< why one cannot be removed, by image id
    std::string trouble_;                     ///< of the last turn, as it was told
};

} // namespace agent::image
