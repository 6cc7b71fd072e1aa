#pragma once
// A container that is there, as the host's rules see it. Pure.

#include "agent/docker/types.hpp"
#include "agent/rules/decision.hpp"
#include "model/container.hpp"

namespace agent::doors {

rules::Subject subject_of(const docker::ContainerInspect& inspect);
/// The same from what the World has of it.
rules::Subject subject_of(const model::Container& container);

} // namespace agent::doors
