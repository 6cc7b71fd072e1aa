#pragma once
// Is an image pulled before a container is made of it? Pure.

#include "agent/config/choices.hpp"

namespace agent::image {

enum class PullDecision {
    skip,               ///< what is here is used
    pull_or_use_cached, ///< when the pull fails, what is here is used
    pull_or_fail
};

/// What is known of an image.
struct ImageFacts {
    bool present = false;          ///< it is here
    bool has_repo_digests = false; ///< it came from a registry, or went to one
    bool by_digest = false;        ///< the reference names its content
    bool pulled_before = false;    ///< by this agent
};

PullDecision decide(config::PullBehavior behavior, const ImageFacts& image);

} // namespace agent::image
