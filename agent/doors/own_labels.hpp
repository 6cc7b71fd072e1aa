#pragma once
// A container's own labels, of those that decide about its role. Docker merges an image's into a container's,
// and whoever makes an image does not say as whom others run it: what is known to be a container's own is
// kept with what it was given. Pure.

#include "agent/docker/types.hpp"
#include "agent/observer/observer_settings.hpp"
#include "agent/rules/decision.hpp"

namespace agent::doors {

/// Takes what the image says too out of the subject's labels: which of the two has said it nobody can tell.
void take_out_image_labels(rules::Subject& subject, const docker::StringMap& image_labels);

/// Keeps what was decided by these labels, which are not its image's; what is kept already stays.
void keep_own_labels(observer::Given& given, const rules::Decision& decision,
                     const docker::StringMap& labels);

/// The subject with those labels alone that were kept.
rules::Subject with_own_labels(rules::Subject subject, const observer::Given& given);

} // namespace agent::doors
