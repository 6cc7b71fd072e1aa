#pragma once
// What must survive a restart and is written nowhere else: which tasks were made for which file and
// from which definition, what became of their containers, and the ids that were given to containers
// nobody declared. One SQLite file, shared with the leases (ipam::LeaseStore). It may be deleted:
// labels, the containers' environment and the veths' aliases say the rest. Every call blocks; used
// on a worker thread, one call at a time.

#include "agent/state/brought_image.hpp"
#include "agent/state/observed_container.hpp"
#include "agent/state/schema.hpp"
#include "base/error.hpp"
#include "base/sqlite.hpp"
#include "base/time.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::state {

/// A task that the engine runs, from before its first container is created until its last is
/// removed. A file has one that runs and any number that have stopped.
struct DeclaredTask {
    std::string arn;
    std::string file;       ///< name in the tasks folder; its identity
    std::string definition; ///< canonical form, as the file says it
    std::int64_t revision = 0;
    // Where it ran when it was made: fixed for its life, whatever the configuration says later.
    std::string cluster;
    std::string availability_zone;
    std::string availability_zone_id;
    std::string container_instance_arn;
    /// Once it is to stop; its containers alone would not always say so again.
    std::optional<base::Time> stopped_at = {};
    std::string stop_reason = {};
    // From the first pull to the end of the last, when there were any.
    std::optional<base::Time> pull_started_at = {};
    std::optional<base::Time> pull_stopped_at = {};

    bool operator==(const DeclaredTask&) const = default;
};

/// What Docker does not tell of a task's container.
struct ContainerRecord {
    std::string task_arn;
    std::string name;
    std::string docker_id; ///< "" when Docker has none; one that it has no more has vanished
    std::int64_t restart_count = 0;
    // Its last end, once it was told: of one that is not in Docker (it never came up, or was removed
    // after its end) all that there is to know.
    std::optional<std::int64_t> exit_code;
    std::string stop_reason;
    bool stopped = false; ///< and not in Docker
    std::optional<base::Time> started_at = {};
    std::optional<base::Time> finished_at = {};
    // Docker remembers the last probes only, not since when they say the same.
    std::string health_status = {};
    std::optional<base::Time> health_since = {};

    bool operator==(const ContainerRecord&) const = default;
};

class Store {
public:
    /// Brings a file of an earlier version of the agent to today's tables (another schema than
    /// today's: tests). Errors as open_state_file(); corrupt means: set the file aside and open again,
    /// unsupported: it is of a newer version, leave it alone.
    static base::Result<Store> open(const std::string& path, const Schema& schema = todays_schema(),
                                    EarlierVersion earlier = EarlierVersion::migrate);

    /// The version of the tables that the file had, where this opening has brought them to today's.
    std::optional<std::int64_t> migrated_from() const { return migrated_from_; }

    base::Result<std::vector<DeclaredTask>> declared_tasks();
    /// Stores a new task for its file and remembers its definition as the file's; all or nothing.
    /// The revision that the task has: `revision` when given, the file's last one when its
    /// definition is the same as then, else the next of the family. The 10,000 families that were
    /// used last are counted, and those of the files.
    base::Result<std::int64_t> start_task(const DeclaredTask& task, const std::string& family,
                                          std::optional<std::int64_t> revision);
    /// It is stopped from now on, whatever its containers look like.
    base::Result<> note_stop(const std::string& arn, base::Time stopped_at,
                             const std::string& reason);
    base::Result<> note_pull(const std::string& arn, std::optional<base::Time> started_at,
                             std::optional<base::Time> stopped_at);
    /// With its container records.
    base::Result<> remove_task(const std::string& arn);

    /// Until when tasks are protected, by ARN: declared ones and others.
    base::Result<std::map<std::string, base::Time>> protections();
    /// Nothing: not any more.
    base::Result<> protect(const std::string& arn, std::optional<base::Time> until);

    /// The canonical definition of the last task that was started for each file.
    base::Result<std::map<std::string, std::string>> started_definitions();
    /// The file is gone: when it comes again, it is new.
    base::Result<> forget_file(const std::string& file);

    /// Which the tasks folder was when none of its files was missing (definition::folder_identity);
    /// "" when that was never stored.
    base::Result<std::string> tasks_folder();
    base::Result<> put_tasks_folder(const std::string& identity);

    base::Result<std::vector<ContainerRecord>> container_records();
    base::Result<> put(const ContainerRecord& container);

    /// For ECS_IMAGE_PULL_BEHAVIOR=once: whether a pull of this reference was recorded. The 10,000
    /// last ones are remembered.
    base::Result<bool> is_pulled(const std::string& reference);
    base::Result<> record_pull(const std::string& reference);

    /// The 10,000 that were pulled last are remembered.
    base::Result<std::vector<BroughtImage>> brought_images();
    /// A new one, or another time of one that is remembered.
    base::Result<> put(const BroughtImage& image);
    /// A pull has found the image here already: notes the time where it is one that was brought.
    base::Result<> note_pull_again(const BroughtImage& image);
    /// In one go: those are in use now, these are gone.
    base::Result<> note_images(const std::vector<BroughtImage>& used, base::Time now,
                               const std::vector<BroughtImage>& gone);
    /// It is not here any more, or not the agent's.
    base::Result<> forget_brought(const BroughtImage& image);

    /// By Docker id.
    base::Result<std::map<std::string, ObservedContainer>> observed_containers();
    base::Result<> put(const std::string& docker_id, const ObservedContainer& container);
    base::Result<> remove_observed_container(const std::string& docker_id);

    /// The random part of the container instance's ARN, made at first use.
    base::Result<std::string> container_instance_id();

private:
    explicit Store(OpenedFile file)
        : database_(std::move(file.database)), migrated_from_(file.migrated_from) {}
    base::Result<std::int64_t> next_revision(const DeclaredTask& task, const std::string& family);
    base::Result<> count_revision(const std::string& family, const std::string& revision);
    base::Database database_;
    std::optional<std::int64_t> migrated_from_;
};

} // namespace agent::state
