#pragma once
// What must survive a restart and is written nowhere else: which task runs for which file, from
// which definition, and the ids that were given to containers nobody declared. One SQLite file,
// shared with the leases (ipam::LeaseStore). It may be deleted: labels, the containers' environment
// and the veths' aliases say the rest. Every call blocks; used on a worker thread, one call at a
// time.

#include "base/error.hpp"
#include "base/sqlite.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::state {

/// A task that the engine runs, from before its first container is created until its last is
/// removed.
struct DeclaredTask {
    std::string arn;
    std::string file;       ///< name in the tasks folder; its identity
    std::string definition; ///< canonical form
    // Where it ran when it was made: fixed for its life, whatever the configuration says later.
    std::string cluster;
    std::string availability_zone;
    std::string availability_zone_id;
    std::string container_instance_arn;

    bool operator==(const DeclaredTask&) const = default;
};

class Store {
public:
    /// Errors as base::Database::open; corrupt means: set the file aside and open again.
    static base::Result<Store> open(const std::string& path);

    base::Result<std::vector<DeclaredTask>> declared_tasks();
    base::Result<> put(const DeclaredTask& task);
    base::Result<> remove_task(const std::string& arn);

    /// Endpoint ids of observed containers, by Docker id.
    base::Result<std::map<std::string, std::string>> endpoint_ids();
    base::Result<> put_endpoint_id(const std::string& docker_id, const std::string& endpoint_id);
    base::Result<> remove_endpoint_ids(const std::vector<std::string>& docker_ids);

    /// The random part of the container instance's ARN, made at first use.
    base::Result<std::string> container_instance_id();

private:
    explicit Store(base::Database database) : database_(std::move(database)) {}
    base::Database database_;
};

} // namespace agent::state
