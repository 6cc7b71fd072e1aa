#pragma once
// A container that is there, as the host's rules see it. Pure.

#include "agent/docker/types.hpp"
#include "agent/rules/decision.hpp"
#include "model/container.hpp"

namespace agent::doors {

/// Compose labels the images that it builds, too, but only what it runs has a number or is said to be a
/// one-off: without, its project and service are no container's.
void drop_labels_of_builds(rules::Subject& subject);

rules::Subject subject_of(const docker::ContainerInspect& inspect);
/// The same from what the World has of it.
rules::Subject subject_of(const model::Container& container);

} // namespace agent::doors
