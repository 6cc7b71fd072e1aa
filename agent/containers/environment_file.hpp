#pragma once
// ECS's environment files, read as ECS's agent reads them: lines NAME=VALUE, all of them but the line's
// end; a line that begins with '#' is a comment, one without '=' or with nothing before it is passed
// over. A byte order mark at the beginning is no part of a name. What is in such a file may be secret:
// errors and notices name file and line, never a text of theirs.

#include "agent/definition/task_definition.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

constexpr std::size_t environment_file_limit = std::size_t{1} << 20;
constexpr std::size_t environment_line_limit = std::size_t{64} << 10;

/// What is read of one file, or of several.
struct EnvironmentFile {
    /// Lines of a file that say something and are no variables.
    struct PassedOver {
        std::string first; ///< "/app.env: line 3"
        std::size_t lines = 0;
        bool operator==(const PassedOver&) const = default;
    };
    std::vector<definition::KeyValue> variables; ///< no name twice
    std::vector<PassedOver> passed_over;         ///< one a file, at most
};

/// The text without the mark that some editors put at its beginning; a part of `text`. Pure.
std::string_view without_byte_order_mark(std::string_view text);

/// The file's variables, of those with one name the last, in the order of their first appearance.
/// invalid_argument for a variable with a NUL, or with bytes that are not UTF-8, which Docker's API
/// cannot carry; too_large for a line over its limit. Pure.
base::Result<EnvironmentFile> parse_environment_file(const std::string& path,
                                                     std::string_view content);

/// All variables of the files; where two have the same, the earlier file's. Pure.
std::vector<definition::KeyValue>
merge_environment_files(std::vector<std::vector<definition::KeyValue>> files);

/// Reads and merges the files. Blocks. The errors of parse_environment_file(); not_found,
/// permission, io; too_large for a file over its limit; invalid_argument for what is no file.
base::Result<EnvironmentFile> read_environment_files(const std::vector<std::string>& paths);

} // namespace agent::containers
