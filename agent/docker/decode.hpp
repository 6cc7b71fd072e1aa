#pragma once
// Docker's JSON into our types. Pure functions, one a document. What is missing or null is left at
// its default; what has the wrong type is a protocol error that names the field by its JSON
// pointer; what we do not know is ignored.

#include "agent/docker/types.hpp"
#include "base/error.hpp"
#include "model/stats.hpp"

#include <optional>
#include <set>
#include <string_view>
#include <vector>

namespace agent::docker {

/// EngineVersion::used is left zero.
base::Result<EngineVersion> decode_version(std::string_view json);
base::Result<EngineInfo> decode_info(std::string_view json);
base::Result<std::vector<ContainerSummary>> decode_container_list(std::string_view json);
base::Result<ContainerInspect> decode_container(std::string_view json);
/// Nothing of a container that does not run.
base::Result<std::optional<model::Stats>> decode_stats(std::string_view json);
/// ImageInspect::pulled_from is nothing where the document has no such record.
base::Result<ImageInspect> decode_image(std::string_view json);
/// The tags of all images of a list; those without one are passed over.
base::Result<std::vector<std::string>> decode_image_names(std::string_view json);
base::Result<std::set<std::string>> decode_image_ids(std::string_view json);
base::Result<std::vector<Network>> decode_network_list(std::string_view json);
base::Result<Network> decode_network(std::string_view json);
base::Result<std::vector<Volume>> decode_volume_list(std::string_view json);
base::Result<Volume> decode_volume(std::string_view json);
base::Result<Event> decode_event(std::string_view json);

/// The `Id` in the answer to a create call; it must be there.
base::Result<std::string> decode_created_id(std::string_view json);

/// The base64 document of the X-Docker-Container-Path-Stat header.
base::Result<PathStat> decode_path_stat(std::string_view header);

base::Result<ProgressLine> decode_progress(std::string_view json);

/// Docker's `message` in the body of a refusal; the trimmed body itself when it is no such
/// document. Never longer than 2,048 bytes.
std::string decode_error_message(std::string_view body);

} // namespace agent::docker
