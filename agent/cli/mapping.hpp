#pragma once
// The mapping of containers that no task definition declares, as print-config shows it.

#include "agent/config/load.hpp"
#include "agent/rules/host_file.hpp"

#include <string>
#include <string_view>

namespace agent::cli {

/// The host file as the configuration names it; one that was named must be there. The errors of
/// rules::load_host_file(). Blocks.
base::Result<rules::HostFile> read_host_file(const config::Loaded& loaded);

/// Lines of comments, so that what print-config prints stays a configuration file.
std::string render_mapping(const rules::HostFile& file, std::string_view path);

/// A text of somebody's on a line for a terminal: what would control it becomes '?'.
std::string on_a_line(std::string_view text);

} // namespace agent::cli
