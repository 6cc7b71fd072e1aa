#pragma once
// The text of a container's metadata.json: every key that today's ECS agent writes, in its order,
// and after them those of the original proposal (seed 004) that it lacks. Pure functions over the
// model; any thread that holds a snapshot.

#include "base/time.hpp"
#include "model/instance.hpp"
#include "model/task.hpp"

#include <cstddef>
#include <string>

namespace metadatafile {

/// The document for one container of the task: a field a line, indented by tabs, without a trailing
/// newline. The agent's keys are left out while unknown, the proposal's are "" then. Whether a
/// change is worth writing is seen by rendering with the last file's time and comparing the texts.
std::string render(const model::Task& task, const model::Container& container,
                   const model::Instance& instance, base::Time written_at);

/// Whether the documents of a container may differ between two snapshots of its task; that they do not is certain. Far
/// cheaper than rendering both. `index` is the container's place in `after`.
bool may_differ(const model::Task& before, const model::Task& after, std::size_t index);

/// Whether the document says `MetadataFileStatus: READY`: the container runs, each of its networks
/// has its address, published ports are bound, and in awsvpc mode the task has its primary and its
/// link-local address.
bool is_ready(const model::Task& task, const model::Container& container);

} // namespace metadatafile
