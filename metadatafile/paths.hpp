#pragma once
// Where a metadata file lives on the host and in its container, and what the container is given to
// find it. Pure functions.
//
//               Linux                                       Windows
//   data        /var/lib/ecs/data                           %ProgramData%\Amazon\ECS\data
//   on the host <data>/metadata/<cluster>/<task>/<name>/ <data>\metadata\<cluster>\<task>\<name>\.
//               (undeclared: ~undeclared and the endpoint id in place of cluster and task; volumes:
//               ~volumes, the volume's name and _data)
//   inside      /ecs/metadata/<name>/metadata.json C:\Amazon\ECS\metadata\<name>\metadata.json

#include "base/error.hpp"

#include <string>
#include <string_view>

namespace metadatafile {

/// One column of the table above.
struct Layout {
    std::string_view data_directory; ///< where the data is unless configured
    std::string_view container_root; ///< under which containers find their directory
    char separator;
};
inline constexpr Layout linux_layout{"/var/lib/ecs/data", "/ecs/metadata", '/'};
inline constexpr Layout windows_layout{R"(%ProgramData%\Amazon\ECS\data)",
                                       R"(C:\Amazon\ECS\metadata)", '\\'};

inline constexpr std::string_view file_name = "metadata.json";
inline constexpr std::string_view environment_name = "ECS_CONTAINER_METADATA_FILE";

/// invalid_argument unless the name is one plain path component: 1 to 255 letters, digits and
/// `_ . - ~`, and neither "." nor "..".
base::Result<> check_name(std::string_view name);

/// `<data>/metadata`, which holds all that this room writes.
std::string root_directory(std::string_view data_directory, const Layout& layout = linux_layout);

/// `<data>/metadata/<cluster>/<task id>`. The cluster is a name or an ARN. invalid_argument for a
/// part that could lead elsewhere.
base::Result<std::string> task_directory(std::string_view data_directory, std::string_view cluster,
                                         std::string_view task_id,
                                         const Layout& layout = linux_layout);

/// The task's directory and the container's name below it: the source of the bind.
base::Result<std::string> host_directory(std::string_view data_directory, std::string_view cluster,
                                         std::string_view task_id, std::string_view container_name,
                                         const Layout& layout = linux_layout);

/// Stands in a cluster's place for containers that no task definition declares, which have a directory
/// each, by their endpoint id in the task's place. No cluster is called so.
inline constexpr std::string_view undeclared = "~undeclared";

/// Stands in a cluster's place for the volumes that the agent serves to the engine, which have a directory
/// each, by their names. No cluster is called so.
inline constexpr std::string_view volumes = "~volumes";

/// `<data>/metadata/~volumes/<volume>/_data`: what the engine mounts. invalid_argument for a name that
/// could lead elsewhere.
base::Result<std::string> volume_directory(std::string_view data_directory,
                                           std::string_view volume);

/// The same below a root_directory(), for a name that is known to be one.
std::string volume_directory_below(std::string_view root, std::string_view volume);

/// `/ecs/metadata/<container name>`: the target of the bind.
std::string container_directory(std::string_view container_name,
                                const Layout& layout = linux_layout);

/// `ECS_CONTAINER_METADATA_FILE=/ecs/metadata/<container name>/metadata.json`.
std::string environment_entry(std::string_view container_name, const Layout& layout = linux_layout);

/// Docker's bind `<source>:<target>:ro`, with `,z` where the engine labels for SELinux.
/// invalid_argument for a source with a colon, which Docker would read as its end.
base::Result<std::string> bind(std::string_view source, std::string_view target, bool selinux);

} // namespace metadatafile
