// ecs-node-agent: reads what it is asked to do, and does it.

#include "agent/cli/commands.hpp"
#include "agent/config/command_line.hpp"
#include "agent/config/load.hpp"
#include "agent/daemon/daemon.hpp"
#include "base/log.hpp"
#include "version.hpp"

#include <exception>
#include <iostream>
#include <string>

namespace {

using agent::config::Command;
using agent::config::ExitCode;
using agent::config::Invocation;

/// Why it ends before it has begun: as a person reads it who called it, and an error in the journal.
void complain(const std::string& why) {
    if (base::log::goes_to_journal())
        base::log::error(why);
    else
        std::cerr << why << '\n';
}

ExitCode run_daemon(const Invocation& invocation) {
    const auto load = [&invocation] {
        return agent::config::load(invocation.files, invocation.flags,
                                   agent::config::process_environment());
    };
    auto loaded = load();
    if (!loaded) {
        complain(loaded.error().what());
        return ExitCode::configuration;
    }
    return agent::daemon::run_daemon(std::move(*loaded), load);
}

ExitCode run(const Invocation& invocation) {
    switch (invocation.command) {
    case Command::daemon: return run_daemon(invocation);
    case Command::check_config: return agent::cli::check_config(invocation);
    case Command::print_config: return agent::cli::print_config(invocation);
    case Command::explain: return agent::cli::explain(invocation);
    case Command::teardown: return agent::cli::teardown(invocation);
    case Command::version:
        std::cout << "ecs-node-agent " << agent::version << " (" << agent::build_id << ")\n";
        return ExitCode::ok;
    case Command::help: std::cout << invocation.help; return ExitCode::ok;
    }
    return ExitCode::usage;
}

} // namespace

int main(int argc, char** argv) {
    try {
        const auto invocation = agent::config::parse_command_line(argc, argv);
        if (!invocation) {
            complain(invocation.error().what());
            return static_cast<int>(ExitCode::usage);
        }
        return static_cast<int>(run(*invocation));
    } catch (const std::exception& exception) {
        complain("ecs-node-agent ends by a bug: " + std::string(exception.what()));
        return static_cast<int>(ExitCode::failure);
    }
}
