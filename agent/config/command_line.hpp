#pragma once
// What the program was asked to do. Pure; any thread.

#include "agent/config/load.hpp"
#include "base/error.hpp"

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace agent::config {

enum class Command { daemon, check_config, print_config, explain, teardown, version, help };

/// The program's exit status; documented in --help and docs/configuration.md.
enum class ExitCode {
    ok = 0,
    failure = 1,       ///< it did not work out; trying again may help
    usage = 2,         ///< the command line is wrong
    configuration = 3, ///< a file, variable or flag has a wrong value
    environment = 4,   ///< the host lacks something: the engine's socket, a capability, a free port
    already_running = 5, ///< another agent runs on this host
    newer_state = 6,     ///< the state file is of a newer version of the agent
};

struct ExitMeaning {
    ExitCode code;
    std::string_view meaning;
};
std::span<const ExitMeaning> exit_codes();

struct Invocation {
    Command command = Command::help;
    ConfigFiles files;
    std::vector<FlagValue> flags; ///< in the order of the rows
    bool reference = false;       ///< print-config --reference: print the documentation page
    std::string explained;        ///< explain: a container, or a file
    /// check-config: files with task definitions, "-" for the standard input; none: the tasks folder
    std::vector<std::string> definitions;
    bool json = false; ///< check-config --json, explain --json
    std::string help;  ///< the text, when command is help
};

/// Reads the command line; `arguments` without the program's name. invalid_argument (exit with
/// ExitCode::usage) with one line that says what is wrong.
base::Result<Invocation> parse_command_line(const std::vector<std::string>& arguments);

/// The same for main()'s parameters.
base::Result<Invocation> parse_command_line(int argc, const char* const* argv);

} // namespace agent::config
