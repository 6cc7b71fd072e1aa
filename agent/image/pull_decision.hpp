#pragma once
// Is an image pulled before a container is made of it? Pure.

#include "agent/config/choices.hpp"

#include <optional>

namespace agent::image {

enum class PullDecision {
    skip,               ///< what is here is used
    pull_or_use_cached, ///< when the pull fails, what is here is used
    pull_or_fail
};

/// What tells an image that is here from a registry from one that was built, loaded or imported.
struct Traces {
    bool has_repo_digests = false;
    bool every_image_has_digests = false; ///< in this engine, so that they tell nothing
    /// Whether the engine's own record of pulls and pushes has the reference's repository; nothing
    /// where it keeps none.
    std::optional<bool> recorded_by_engine;
    bool pulled_before = false; ///< that very reference, by this agent
};

/// Whether a registry may have the image. Where nothing tells, it counts as made here: an image that
/// is pulled over another cannot be had back.
bool is_from_registry(const Traces& traces);

/// What is known of an image.
struct ImageFacts {
    bool present = false;       ///< it is here
    bool from_registry = false; ///< a registry may have it
    bool by_digest = false;     ///< the reference names its content
    bool pulled_before = false; ///< by this agent
};

PullDecision decide(config::PullBehavior behavior, const ImageFacts& image);

} // namespace agent::image
