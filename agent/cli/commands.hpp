#pragma once
// The commands beside `daemon`: each prints its result to standard output and its refusal, one
// line, to standard error.

#include "agent/config/command_line.hpp"
#include "agent/rules/host_file.hpp"

namespace agent::cli {

/// Checks the configuration and every task definition of the tasks folder: ok, or configuration. Of the files that are
/// named instead it checks these, and of the configuration reads what they need and what it may.
config::ExitCode check_config(const config::Invocation& invocation);

/// The files and folders that check-config is given, with the configuration as it is: ok where nothing in them keeps
/// them from running here, else configuration; usage where the standard input is named twice.
config::ExitCode check_files(const config::Invocation& invocation, const config::Config& config,
                             const rules::HostFile& says);

/// The same for those of the tasks folder.
config::ExitCode check_folder(const config::Invocation& invocation, const config::Config& config,
                              const rules::HostFile& says);

/// The configuration in force with the mapping of containers as comments, or (--reference) the page that
/// documents it.
config::ExitCode print_config(const config::Invocation& invocation);

/// What a container that exists, or one that a create would make, is given, by which rule, and what it is
/// not: ok, configuration for a wrong file or body, failure where there is neither such a container nor
/// such a file.
config::ExitCode explain(const config::Invocation& invocation);

/// Removes all that is ours from this host: the containers of declared tasks, the awsvpc network,
/// veths, leases, bridge, table, metadata and state. The user's task files stay. Refused while an
/// agent runs.
config::ExitCode teardown(const config::Invocation& invocation);

} // namespace agent::cli
