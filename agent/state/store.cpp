#include "agent/state/store.hpp"

#include "base/ids.hpp"

namespace agent::state {

using base::Errc;
using base::Error;
using base::Result;

namespace {

/// Of families, and of images that were pulled: more than a host sees in years.
constexpr int most_remembered = 10'000;

/// The one number that a query gives; nothing without a row.
Result<std::optional<std::int64_t>> number(base::Database& database, std::string_view sql,
                                           std::string_view value) {
    TRY(auto rows, database.prepare(sql));
    rows.bind(value);
    TRY(const bool row, rows.step());
    if (!row)
        return std::optional<std::int64_t>();
    return std::optional(rows.number(0));
}

Result<std::map<std::string, std::string>> text_by_text(base::Database& database,
                                                        std::string_view sql) {
    TRY(auto rows, database.prepare(sql));
    std::map<std::string, std::string> texts;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return texts;
        texts.emplace(rows.text(0), rows.text(1));
    }
}

/// Texts are stored as the columns' affinity says: as numbers. "" is stored as null.
std::string nanoseconds_of(std::optional<base::Time> time) {
    return time ? std::to_string(time->time_since_epoch().count()) : std::string();
}

/// The number in a column; nothing where it is null, which reads as an empty text.
std::optional<std::int64_t> number_at(const base::Statement& rows, int column) {
    if (rows.text(column).empty())
        return std::nullopt;
    return rows.number(column);
}

std::optional<base::Time> time_at(const base::Statement& rows, int column) {
    const auto number = number_at(rows, column);
    if (!number)
        return std::nullopt;
    return base::Time(std::chrono::nanoseconds(*number));
}

} // namespace

Result<Store> Store::open(const std::string& path, const Schema& schema, EarlierVersion earlier) {
    TRY(auto file, open_state_file(path, schema, earlier));
    return Store(std::move(file));
}

Result<std::vector<DeclaredTask>> Store::declared_tasks() {
    TRY(auto rows,
        database_.prepare("SELECT arn, file, definition, revision, cluster, availability_zone,"
                          " availability_zone_id, container_instance_arn, stopped_at, stop_reason,"
                          " pull_started_at, pull_stopped_at FROM declared_tasks"));
    std::vector<DeclaredTask> tasks;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return tasks;
        tasks.push_back({rows.text(0), rows.text(1), rows.text(2), rows.number(3), rows.text(4),
                         rows.text(5), rows.text(6), rows.text(7), time_at(rows, 8), rows.text(9),
                         time_at(rows, 10), time_at(rows, 11)});
    }
}

Result<std::int64_t> Store::next_revision(const DeclaredTask& task, const std::string& family) {
    TRY(auto same,
        database_.prepare("SELECT revision FROM files WHERE file = ? AND definition = ?"));
    same.bind(task.file).bind(task.definition);
    TRY(const bool unchanged, same.step());
    if (unchanged)
        return same.number(0);
    TRY(const auto last,
        number(database_, "SELECT revision FROM families WHERE family = ?", family));
    return last.value_or(0) + 1;
}

/// The families of files that are there are kept, and those that were used last.
Result<> Store::count_revision(const std::string& family, const std::string& revision) {
    // What is replaced gets a new rowid, the greatest.
    TRY(database_.run("INSERT OR REPLACE INTO families SELECT ?1, max(CAST(?2 AS INTEGER),"
                      " coalesce((SELECT revision FROM families WHERE family = ?1), 0))",
                      {family, revision}));
    return database_.run("DELETE FROM families WHERE family NOT IN (SELECT family FROM files)"
                         " AND rowid < (SELECT rowid FROM families ORDER BY rowid DESC"
                         " LIMIT 1 OFFSET CAST(? AS INTEGER) - 1)",
                         {std::to_string(most_remembered)});
}

Result<std::int64_t> Store::start_task(const DeclaredTask& task, const std::string& family,
                                       std::optional<std::int64_t> revision) {
    std::int64_t given = 0;
    TRY(database_.transaction([&]() -> Result<> {
        TRY(const auto next, next_revision(task, family));
        given = revision.value_or(next);
        const auto text = std::to_string(given);
        TRY(count_revision(family, text));
        // Tasks that are found again come in any order: the last one made is what counts.
        TRY(database_.run("INSERT INTO files VALUES(?, ?, ?, ?) ON CONFLICT(file) DO UPDATE SET"
                          " revision = CASE WHEN definition = excluded.definition"
                          " THEN max(revision, excluded.revision) ELSE excluded.revision END,"
                          " definition = excluded.definition, family = excluded.family",
                          {task.file, task.definition, family, text}));
        return database_.run(
            "INSERT OR REPLACE INTO declared_tasks VALUES(?, ?, ?, ?, ?, ?, ?, ?, nullif(?, ''), ?,"
            " nullif(?, ''), nullif(?, ''))",
            {task.arn, task.file, task.definition, text, task.cluster, task.availability_zone,
             task.availability_zone_id, task.container_instance_arn,
             nanoseconds_of(task.stopped_at), task.stop_reason,
             nanoseconds_of(task.pull_started_at), nanoseconds_of(task.pull_stopped_at)});
    }));
    return given;
}

Result<> Store::note_stop(const std::string& arn, base::Time stopped_at,
                          const std::string& reason) {
    return database_.run("UPDATE declared_tasks SET stopped_at = ?, stop_reason = ? WHERE arn = ?",
                         {nanoseconds_of(stopped_at), reason, arn});
}

Result<> Store::note_pull(const std::string& arn, std::optional<base::Time> started_at,
                          std::optional<base::Time> stopped_at) {
    return database_.run("UPDATE declared_tasks SET pull_started_at = nullif(?, ''),"
                         " pull_stopped_at = nullif(?, '') WHERE arn = ?",
                         {nanoseconds_of(started_at), nanoseconds_of(stopped_at), arn});
}

Result<> Store::remove_task(const std::string& arn) {
    return database_.transaction([&]() -> Result<> {
        TRY(database_.run("DELETE FROM containers WHERE task_arn = ?", {arn}));
        return database_.run("DELETE FROM declared_tasks WHERE arn = ?", {arn});
    });
}

Result<std::map<std::string, base::Time>> Store::protections() {
    TRY(auto rows, database_.prepare("SELECT task_arn, until FROM protections"));
    std::map<std::string, base::Time> protections;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return protections;
        protections.emplace(rows.text(0), base::Time(std::chrono::nanoseconds(rows.number(1))));
    }
}

Result<> Store::protect(const std::string& arn, std::optional<base::Time> until) {
    if (!until)
        return database_.run("DELETE FROM protections WHERE task_arn = ?", {arn});
    return database_.run("INSERT OR REPLACE INTO protections VALUES(?, ?)",
                         {arn, nanoseconds_of(until)});
}

Result<std::map<std::string, std::string>> Store::started_definitions() {
    return text_by_text(database_, "SELECT file, definition FROM files");
}

Result<> Store::forget_file(const std::string& file) {
    return database_.run("DELETE FROM files WHERE file = ?", {file});
}

Result<std::string> Store::tasks_folder() {
    TRY(auto rows, database_.prepare("SELECT value FROM settings WHERE key = 'tasks_folder'"));
    TRY(const bool row, rows.step());
    return row ? rows.text(0) : std::string();
}

Result<> Store::put_tasks_folder(const std::string& identity) {
    return database_.run("INSERT OR REPLACE INTO settings VALUES('tasks_folder', ?)", {identity});
}

Result<std::vector<ContainerRecord>> Store::container_records() {
    TRY(auto rows,
        database_.prepare("SELECT task_arn, name, docker_id, restart_count, exit_code, stop_reason,"
                          " stopped, started_at, finished_at, health_status, health_since"
                          " FROM containers"));
    std::vector<ContainerRecord> records;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return records;
        records.push_back({rows.text(0), rows.text(1), rows.text(2), rows.number(3),
                           number_at(rows, 4), rows.text(5), rows.number(6) != 0, time_at(rows, 7),
                           time_at(rows, 8), rows.text(9), time_at(rows, 10)});
    }
}

Result<> Store::put(const ContainerRecord& container) {
    return database_.run(
        "INSERT OR REPLACE INTO containers VALUES(?, ?, ?, ?, nullif(?, ''), ?, ?, nullif(?, ''),"
        " nullif(?, ''), ?, nullif(?, ''))",
        {container.task_arn, container.name, container.docker_id,
         std::to_string(container.restart_count),
         container.exit_code ? std::to_string(*container.exit_code) : "", container.stop_reason,
         container.stopped ? "1" : "0", nanoseconds_of(container.started_at),
         nanoseconds_of(container.finished_at), container.health_status,
         nanoseconds_of(container.health_since)});
}

Result<bool> Store::is_pulled(const std::string& reference) {
    TRY(const auto found,
        number(database_, "SELECT count(*) FROM pulled_images WHERE reference = ?", reference));
    return *found > 0;
}

Result<> Store::record_pull(const std::string& reference) {
    return database_.transaction([&]() -> Result<> {
        // What is replaced gets a new rowid, the greatest.
        TRY(database_.run("INSERT OR REPLACE INTO pulled_images VALUES(?)", {reference}));
        return database_.run("DELETE FROM pulled_images WHERE rowid <"
                             " (SELECT rowid FROM pulled_images ORDER BY rowid DESC"
                             " LIMIT 1 OFFSET CAST(? AS INTEGER) - 1)",
                             {std::to_string(most_remembered)});
    });
}

Result<std::vector<BroughtImage>> Store::brought_images() {
    TRY(auto rows,
        database_.prepare("SELECT image_id, reference, pulled_at, used_at FROM brought_images"));
    const auto time = [&](int column) {
        return base::Time(std::chrono::nanoseconds(rows.number(column)));
    };
    std::vector<BroughtImage> images;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return images;
        images.push_back({rows.text(0), rows.text(1), time(2), time(3)});
    }
}

Result<> Store::put(const BroughtImage& image) {
    return database_.transaction([&]() -> Result<> {
        // What is replaced gets a new rowid, the greatest.
        TRY(database_.run("INSERT OR REPLACE INTO brought_images VALUES(?, ?, ?, ?)",
                          {image.image_id, image.reference, nanoseconds_of(image.pulled_at),
                           nanoseconds_of(image.used_at)}));
        return database_.run("DELETE FROM brought_images WHERE rowid <"
                             " (SELECT rowid FROM brought_images ORDER BY rowid DESC"
                             " LIMIT 1 OFFSET CAST(? AS INTEGER) - 1)",
                             {std::to_string(most_remembered)});
    });
}

Result<> Store::note_pull_again(const BroughtImage& image) {
    return database_.run("UPDATE brought_images SET pulled_at = ?, used_at = ?"
                         " WHERE image_id = ? AND reference = ?",
                         {nanoseconds_of(image.pulled_at), nanoseconds_of(image.used_at),
                          image.image_id, image.reference});
}

Result<> Store::note_images(const std::vector<BroughtImage>& used, base::Time now,
                            const std::vector<BroughtImage>& gone) {
    if (used.empty() && gone.empty())
        return {};
    return database_.transaction([&]() -> Result<> {
        for (const auto& image : used)
            TRY(database_.run("UPDATE brought_images SET used_at = ?"
                              " WHERE image_id = ? AND reference = ?",
                              {nanoseconds_of(now), image.image_id, image.reference}));
        for (const auto& image : gone)
            TRY(forget_brought(image));
        return {};
    });
}

Result<> Store::forget_brought(const BroughtImage& image) {
    return database_.run("DELETE FROM brought_images WHERE image_id = ? AND reference = ?",
                         {image.image_id, image.reference});
}

Result<std::map<std::string, ObservedContainer>> Store::observed_containers() {
    TRY(auto rows,
        database_.prepare("SELECT docker_id, endpoint_id, task_arn, task_key, family, cluster,"
                          " service_name, name, credentials_id, claimed_role, compose_project,"
                          " compose_service FROM endpoint_ids"));
    std::map<std::string, ObservedContainer> containers;
    for (;;) {
        TRY(const bool row, rows.step());
        if (!row)
            return containers;
        containers.emplace(rows.text(0),
                           ObservedContainer{rows.text(1), rows.text(2), rows.text(3), rows.text(4),
                                             rows.text(5), rows.text(6), rows.text(7), rows.text(8),
                                             rows.text(9), rows.text(10), rows.text(11)});
    }
}

Result<> Store::put(const std::string& docker_id, const ObservedContainer& container) {
    return database_.run("INSERT OR REPLACE INTO endpoint_ids(docker_id, endpoint_id, task_arn,"
                         " task_key, family, cluster, service_name, name, credentials_id,"
                         " claimed_role, compose_project, compose_service)"
                         " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                         {docker_id, container.endpoint_id, container.task_arn, container.task_key,
                          container.family, container.cluster, container.service_name,
                          container.name, container.credentials_id, container.claimed_role,
                          container.compose_project, container.compose_service});
}

Result<> Store::remove_observed_container(const std::string& docker_id) {
    return database_.run("DELETE FROM endpoint_ids WHERE docker_id = ?", {docker_id});
}

Result<std::string> Store::container_instance_id() {
    TRY(database_.run("INSERT OR IGNORE INTO settings VALUES('container_instance_id', ?)",
                      {base::random_hex(16)}));
    TRY(auto rows,
        database_.prepare("SELECT value FROM settings WHERE key = 'container_instance_id'"));
    TRY(const bool row, rows.step());
    if (!row)
        return Error(Errc::corrupt, "the stored container instance id is gone");
    return rows.text(0);
}

} // namespace agent::state
