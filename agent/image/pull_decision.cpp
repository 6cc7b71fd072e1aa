#include "agent/image/pull_decision.hpp"

namespace agent::image {

bool is_from_registry(const Traces& traces) {
    if (!traces.has_repo_digests)
        return false;
    if (!traces.every_image_has_digests)
        return true;
    return traces.recorded_by_engine.value_or(traces.pulled_before);
}

PullDecision decide(config::PullBehavior behavior, const ImageFacts& image) {
    using config::PullBehavior;
    if (!image.present)
        return PullDecision::pull_or_fail;
    // No registry has what was built here, and no registry can have other content for a digest.
    if (!image.from_registry || image.by_digest)
        return PullDecision::skip;
    switch (behavior) {
    case PullBehavior::default_: return PullDecision::pull_or_use_cached;
    case PullBehavior::always: return PullDecision::pull_or_fail;
    case PullBehavior::once:
        return image.pulled_before ? PullDecision::skip : PullDecision::pull_or_fail;
    case PullBehavior::prefer_cached: return PullDecision::skip;
    }
    return PullDecision::pull_or_fail;
}

} // namespace agent::image
