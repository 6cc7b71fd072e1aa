#pragma once
// The tables of the state file, those of the leases (ipam::LeaseStore) among them, in numbered versions:
// SQLite's `user_version` says which ones a file has. A file of an earlier version is brought to today's
// by steps, one of a later version is refused (docs/decisions/schema-version.md). Every call blocks; one
// at a time.

#include "base/error.hpp"
#include "base/sqlite.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::state {

/// The state file's name in the data directory.
inline constexpr std::string_view file_name = "agent.db";

struct Schema {
    std::int64_t first = 0; ///< the earliest version that can be brought to today's
    /// SQL; the first makes the tables of version `first` + 1 of those of `first`, and so on.
    std::vector<std::string_view> steps;
    std::string_view tables; ///< SQL that makes today's in a file that has none

    /// Today's.
    std::int64_t version() const { return first + static_cast<std::int64_t>(steps.size()); }
};

/// The agent's.
const Schema& todays_schema();

struct OpenedFile {
    base::Database database;
    std::optional<std::int64_t> migrated_from; ///< the version that it had, where steps were made
};

/// What becomes of a file of an earlier version: `leave` is for who only reads what an agent uses.
enum class EarlierVersion { migrate, leave };

/// Opens or makes the file and has today's tables in it. Before steps are made the file is copied to
/// kept_copy(); they are made all or none, and a file whose steps fail stays as it was.
///
/// Errors as base::Database::open; corrupt also for a version before the first (set the file aside
/// and open again); unsupported for a version after today's, or an earlier one that is left; internal
/// when a step fails.
base::Result<OpenedFile> open_state_file(const std::string& path, const Schema& schema,
                                         EarlierVersion earlier = EarlierVersion::migrate);

/// Where the file is kept as it was with the tables of that version: "<path>.version-<n>".
std::string kept_copy(const std::string& path, std::int64_t version);

/// Removes all such copies, once the file has served; how many there were. io or permission.
base::Result<std::size_t> remove_kept_copies(const std::string& path);

} // namespace agent::state
