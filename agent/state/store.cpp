#include "agent/state/store.hpp"

#include "base/ids.hpp"

namespace agent::state {

using base::Result;

Result<Store> Store::open(const std::string& path) {
    TRY(auto database, base::Database::open(path));
    TRY(database.execute(
        "CREATE TABLE IF NOT EXISTS settings(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS declared_tasks(arn TEXT PRIMARY KEY, file TEXT NOT NULL,"
        " definition TEXT NOT NULL, cluster TEXT NOT NULL, availability_zone TEXT NOT NULL,"
        " availability_zone_id TEXT NOT NULL, container_instance_arn TEXT NOT NULL);"
        "CREATE TABLE IF NOT EXISTS endpoint_ids(docker_id TEXT PRIMARY KEY,"
        " endpoint_id TEXT NOT NULL);"));
    return Store(std::move(database));
}

Result<std::vector<DeclaredTask>> Store::declared_tasks() {
    TRY(auto rows, database_.prepare("SELECT arn, file, definition, cluster, availability_zone,"
                                     " availability_zone_id, container_instance_arn"
                                     " FROM declared_tasks"));
    std::vector<DeclaredTask> tasks;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return tasks;
        tasks.push_back({rows.text(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4),
                         rows.text(5), rows.text(6)});
    }
}

Result<> Store::put(const DeclaredTask& task) {
    return database_.run("INSERT OR REPLACE INTO declared_tasks VALUES(?, ?, ?, ?, ?, ?, ?)",
                         {task.arn, task.file, task.definition, task.cluster,
                          task.availability_zone, task.availability_zone_id,
                          task.container_instance_arn});
}

Result<> Store::remove_task(const std::string& arn) {
    return database_.run("DELETE FROM declared_tasks WHERE arn = ?", {arn});
}

Result<std::map<std::string, std::string>> Store::endpoint_ids() {
    TRY(auto rows, database_.prepare("SELECT docker_id, endpoint_id FROM endpoint_ids"));
    std::map<std::string, std::string> ids;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return ids;
        ids.emplace(rows.text(0), rows.text(1));
    }
}

Result<> Store::put_endpoint_id(const std::string& docker_id, const std::string& endpoint_id) {
    return database_.run("INSERT OR REPLACE INTO endpoint_ids VALUES(?, ?)",
                         {docker_id, endpoint_id});
}

Result<> Store::remove_endpoint_ids(const std::vector<std::string>& docker_ids) {
    return database_.transaction([&]() -> Result<> {
        for (const auto& id : docker_ids)
            TRY(database_.run("DELETE FROM endpoint_ids WHERE docker_id = ?", {id}));
        return {};
    });
}

Result<std::string> Store::container_instance_id() {
    TRY(database_.run("INSERT OR IGNORE INTO settings VALUES('container_instance_id', ?)",
                      {base::random_hex(16)}));
    TRY(auto rows,
        database_.prepare("SELECT value FROM settings WHERE key = 'container_instance_id'"));
    TRY(const bool row, rows.step());
    if (!row)
        return base::Error(base::Errc::corrupt, "the stored container instance id is gone");
    return rows.text(0);
}

} // namespace agent::state
