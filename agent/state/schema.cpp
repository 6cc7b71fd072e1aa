#include "agent/state/schema.hpp"

#include <filesystem>
#include <system_error>
#include <utility>

namespace agent::state {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view copy_suffix = ".version-";

/// From version 5 to 6: what observed containers were given beside their ids.
constexpr std::string_view identity_of_observed_containers =
    "ALTER TABLE endpoint_ids ADD COLUMN task_arn TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN task_key TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN family TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN cluster TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN service_name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN name TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN credentials_id TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN claimed_role TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN compose_project TEXT NOT NULL DEFAULT '';"
    "ALTER TABLE endpoint_ids ADD COLUMN compose_service TEXT NOT NULL DEFAULT '';";

/// From version 6 to 7: which images the agent's pulls have brought here.
constexpr std::string_view images_that_were_brought =
    "CREATE TABLE brought_images(image_id TEXT NOT NULL, reference TEXT NOT NULL,"
    " pulled_at INTEGER NOT NULL, used_at INTEGER NOT NULL, PRIMARY KEY(image_id, reference));";

/// Tables change by a new step alone, which a test compares with these: a file of version 5 has to
/// come to the very same. The leases' tables are made by ipam::LeaseStore, and changed here.
constexpr std::string_view tables_of_today =
    "CREATE TABLE IF NOT EXISTS settings(key TEXT PRIMARY KEY, value TEXT NOT NULL);"
    "CREATE TABLE IF NOT EXISTS declared_tasks(arn TEXT PRIMARY KEY, file TEXT NOT NULL,"
    " definition TEXT NOT NULL, revision INTEGER NOT NULL, cluster TEXT NOT NULL,"
    " availability_zone TEXT NOT NULL, availability_zone_id TEXT NOT NULL,"
    " container_instance_arn TEXT NOT NULL, stopped_at INTEGER, stop_reason TEXT NOT NULL,"
    " pull_started_at INTEGER, pull_stopped_at INTEGER);"
    "CREATE TABLE IF NOT EXISTS protections(task_arn TEXT PRIMARY KEY, until INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS containers(task_arn TEXT NOT NULL, name TEXT NOT NULL,"
    " docker_id TEXT NOT NULL, restart_count INTEGER NOT NULL, exit_code INTEGER,"
    " stop_reason TEXT NOT NULL, stopped INTEGER NOT NULL, started_at INTEGER,"
    " finished_at INTEGER, health_status TEXT NOT NULL, health_since INTEGER,"
    " PRIMARY KEY(task_arn, name));"
    // The last definition that ran for a file, and the last revision of a family: both outlive
    // their tasks.
    "CREATE TABLE IF NOT EXISTS files(file TEXT PRIMARY KEY, definition TEXT NOT NULL,"
    " family TEXT NOT NULL, revision INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS families(family TEXT PRIMARY KEY, revision INTEGER NOT NULL);"
    "CREATE TABLE IF NOT EXISTS pulled_images(reference TEXT PRIMARY KEY);"
    "CREATE TABLE IF NOT EXISTS brought_images(image_id TEXT NOT NULL, reference TEXT NOT NULL,"
    " pulled_at INTEGER NOT NULL, used_at INTEGER NOT NULL, PRIMARY KEY(image_id, reference));"
    "CREATE TABLE IF NOT EXISTS endpoint_ids(docker_id TEXT PRIMARY KEY,"
    " endpoint_id TEXT NOT NULL, task_arn TEXT NOT NULL DEFAULT '',"
    " task_key TEXT NOT NULL DEFAULT '', family TEXT NOT NULL DEFAULT '',"
    " cluster TEXT NOT NULL DEFAULT '', service_name TEXT NOT NULL DEFAULT '',"
    " name TEXT NOT NULL DEFAULT '', credentials_id TEXT NOT NULL DEFAULT '',"
    " claimed_role TEXT NOT NULL DEFAULT '',"
    " compose_project TEXT NOT NULL DEFAULT '', compose_service TEXT NOT NULL DEFAULT '');";

Result<std::int64_t> single_number(base::Database& database, std::string_view sql) {
    TRY(auto rows, database.prepare(sql));
    TRY(const bool row, rows.step());
    return row ? rows.number(0) : 0;
}

/// Of the file's tables; 0 when it has none of ours.
Result<std::int64_t> version_of(base::Database& database) {
    TRY(const auto version, single_number(database, "PRAGMA user_version"));
    if (version != 0)
        return version;
    TRY(const auto tables,
        single_number(database,
                      "SELECT count(*) FROM sqlite_master WHERE name = 'declared_tasks'"));
    if (tables > 0)
        return Error(Errc::corrupt, "its tables have no version");
    return version;
}

std::string set_version(std::int64_t version) {
    return "PRAGMA user_version = " + std::to_string(version) + ';';
}

Result<> make_tables(base::Database& database, const Schema& schema) {
    return database.transaction([&]() -> Result<> {
        TRY(database.execute(std::string(schema.tables)));
        return database.execute(set_version(schema.version()));
    });
}

/// A step that fails is a bug, not damage: the file must not be set aside for it.
Error failed_step(const Error& error, std::int64_t from) {
    return Error(Errc::internal, "the tables of version " + std::to_string(from) +
                                     " cannot be brought to those of " + std::to_string(from + 1) +
                                     ", the file stays as it is: " + error.what());
}

Result<> migrate(base::Database& database, const Schema& schema, std::int64_t from) {
    return database.transaction([&]() -> Result<> {
        for (auto version = from; version < schema.version(); ++version) {
            const auto step = schema.steps[static_cast<std::size_t>(version - schema.first)];
            if (auto made = database.execute(std::string(step)); !made)
                return failed_step(made.error(), version);
        }
        return database.execute(set_version(schema.version()));
    });
}

Error too_new(const std::string& path, std::int64_t version, const Schema& schema) {
    const auto tables = "its tables are of version " + std::to_string(version) +
                        ", this one knows those up to " + std::to_string(schema.version());
    return Error(Errc::unsupported, "the state file " + path +
                                        " is of a newer version of the agent (" + tables +
                                        "); install that version again");
}

} // namespace

const Schema& todays_schema() {
    static const Schema schema{
        5, {identity_of_observed_containers, images_that_were_brought}, tables_of_today};
    return schema;
}

Result<OpenedFile> open_state_file(const std::string& path, const Schema& schema,
                                   EarlierVersion earlier) {
    TRY(auto database, base::Database::open(path));
    TRY(const auto version, version_of(database));
    if (version > schema.version())
        return too_new(path, version, schema);
    if (version == 0) {
        TRY(make_tables(database, schema));
        return OpenedFile{std::move(database), std::nullopt};
    }
    if (version < schema.first)
        return Error(Errc::corrupt, "its tables are of version " + std::to_string(version) +
                                        ", expected " + std::to_string(schema.first) + " or later");
    if (version == schema.version())
        return OpenedFile{std::move(database), std::nullopt};
    if (earlier == EarlierVersion::leave)
        return Error(Errc::unsupported, "the state file " + path + " has the tables of version " +
                                            std::to_string(version));
    TRY(database.copy_to(kept_copy(path, version)));
    TRY(migrate(database, schema, version));
    return OpenedFile{std::move(database), version};
}

std::string kept_copy(const std::string& path, std::int64_t version) {
    return path + std::string(copy_suffix) + std::to_string(version);
}

Result<std::size_t> remove_kept_copies(const std::string& path) {
    const std::filesystem::path file(path);
    const auto beginning = file.filename().string() + std::string(copy_suffix);
    std::vector<std::filesystem::path> copies;
    std::error_code failure;
    std::filesystem::directory_iterator entry(file.parent_path(), failure);
    for (; !failure && entry != std::filesystem::directory_iterator(); entry.increment(failure))
        if (entry->path().filename().string().starts_with(beginning))
            copies.push_back(entry->path());
    if (failure)
        return base::from_errno("list " + file.parent_path().string(), failure.value());
    for (const auto& copy : copies)
        if (std::filesystem::remove(copy, failure); failure)
            return base::from_errno("remove " + copy.string(), failure.value());
    return copies.size();
}

} // namespace agent::state
