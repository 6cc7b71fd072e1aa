#pragma once
// The mapping of containers that no task definition declares, as print-config shows it.

#include "agent/rules/host_file.hpp"

#include <string>
#include <string_view>

namespace agent::cli {

/// Who is given what, and what becomes of what is not supported. Lines of comments, so that what print-config prints stays a configuration file.
std::string render_mapping(const rules::HostFile& file, std::string_view path);

/// A text of somebody's on a line for a terminal: what would control it becomes '?'.
std::string on_a_line(std::string_view text);

} // namespace agent::cli
