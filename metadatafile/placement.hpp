#pragma once
// Whether a container can be given its metadata directory. The bind keeps a container from starting
// where its image has a file in the way or a read-only mount lies above, and would write into the
// user's folder where a writable one does; there it is left out. Pure.

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace metadatafile {

/// What the decision is made from.
struct Circumstances {
    bool enabled_by_configuration = true;     ///< ECS_ENABLE_CONTAINER_METADATA
    std::optional<bool> enabled_by_task;      ///< metadataEnable of the definition
    std::optional<bool> enabled_by_container; ///< metadataEnable of the container, which wins
    std::vector<std::string> mount_targets;   ///< container paths of everything mounted into it
    std::optional<std::string> file_in_image; ///< the one of paths_to_probe() that is no directory
};

/// Is the bind made, and if not, why?
enum class Placement {
    bind,
    off_by_configuration,
    off_by_task,
    off_by_container,
    mount_in_the_way,
    file_in_the_way,
};

struct Decision {
    Placement placement = Placement::bind;
    std::string reason; ///< a sentence for the log, "" for bind

    explicit operator bool() const { return placement == Placement::bind; }
};

/// Paths in the image at which anything but a directory (or a link to one) is in the way, from the
/// top down.
std::array<std::string, 3> paths_to_probe(std::string_view container_name);

Decision decide(const Circumstances& circumstances);

} // namespace metadatafile
