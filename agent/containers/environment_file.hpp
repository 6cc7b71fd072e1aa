#pragma once
// ECS's environment files: lines NAME=VALUE; a line that begins with '#' is a comment. Quotation
// marks and spaces belong to the value. What is in such a file may be secret: errors name file and
// line, never a text of theirs.

#include "agent/definition/task_definition.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

constexpr std::size_t environment_file_limit = std::size_t{1} << 20;
constexpr std::size_t environment_line_limit = std::size_t{64} << 10;

/// The file's variables, no name twice (the last one counts), in the order of their first
/// appearance. invalid_argument for a line without '=', an empty name, one with white space or
/// control characters, a NUL, or bytes that are not UTF-8, which Docker's API cannot carry; too_large
/// for a line over its limit. Pure.
base::Result<std::vector<definition::KeyValue>> parse_environment_file(const std::string& path,
                                                                       std::string_view content);

/// All variables of the files; where two have the same, the earlier file's. Pure.
std::vector<definition::KeyValue>
merge_environment_files(std::vector<std::vector<definition::KeyValue>> files);

/// Reads and merges the files. Blocks. The errors of parse_environment_file(); not_found,
/// permission, io; too_large for a file over its limit; invalid_argument for what is no file.
base::Result<std::vector<definition::KeyValue>>
read_environment_files(const std::vector<std::string>& paths);

} // namespace agent::containers
