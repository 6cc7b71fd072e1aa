#include "agent/config/command_line.hpp"

#include "agent/config/options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include <algorithm>
#include <array>

namespace agent::config {

namespace {

using base::Errc;
using base::Error;

struct CommandRow {
    Command command;
    std::string_view name;
    std::string_view help;
};
constexpr std::array<CommandRow, 6> commands{{
    {Command::daemon, "daemon", "Run the agent in the foreground"},
    {Command::check_config, "check-config",
     "Check the configuration and the task definitions of the tasks folder, or files (- for the "
     "standard input)"},
    {Command::print_config, "print-config",
     "Print the configuration in force as YAML, with where each value comes from"},
    {Command::explain, "explain",
     "Print what a container, or the body of a create, is given, by which rule, and what it is "
     "not"},
    {Command::teardown, "teardown",
     "Remove all that the agent made: containers, bridge, table, addresses, state"},
    {Command::version, "version", "Print the version"},
}};

constexpr std::array<ExitMeaning, 7> exit_table{{
    {ExitCode::ok, "done"},
    {ExitCode::failure, "it did not work out; trying again may help"},
    {ExitCode::usage, "the command line is wrong"},
    {ExitCode::configuration, "a configuration file, variable or flag has a wrong value"},
    {ExitCode::environment,
     "the host lacks something: the engine's socket, a capability, a free port"},
    {ExitCode::already_running, "another agent runs on this host"},
    {ExitCode::newer_state, "the state file is of a newer version of the agent"},
}};

std::string footer() {
    const ConfigFiles files;
    const Config defaults;
    const std::array<std::pair<std::string, std::string_view>, 7> places{
        {{files.yaml, "settings as 'key: value'"},
         {files.ecs_config, "settings as 'VARIABLE=value'"},
         {defaults.credentials_file, "where the credentials of tasks' roles come from"},
         {defaults.host_file, "which other containers are given what, and which roles"},
         {defaults.swarm_key_file, "the secret that the agents of one Swarm share"},
         {defaults.tasks_dir, "task definitions (*.json, *.yaml, *.yml)"},
         {defaults.data_dir, "state and metadata files"}}};
    std::string text = "Files:\n";
    for (const auto& [place, meaning] : places)
        text += "  " + place + std::string(32 - std::min<std::size_t>(place.size(), 31), ' ') +
                std::string(meaning) + "\n";
    text += "\nRank of settings: command line, environment, ecs.config, YAML file, instance "
            "metadata, default.\n\nExit status:\n";
    for (const auto& [code, meaning] : exit_table)
        text += "  " + std::to_string(static_cast<int>(code)) + "  " + std::string(meaning) + "\n";
    return text;
}

/// What CLI11 fills while it parses.
struct Parsed {
    std::vector<std::string> values; ///< one a row
    Invocation invocation;
};

/// A row's help on the command line, with its variable and default.
std::string flag_help(const Row& row) {
    const auto fallback = row.show(Config{});
    return std::string(row.help) + " [" + std::string(row.environment) + "]" +
           (fallback.empty() ? "" : " [default: " + fallback + "]");
}

void declare(CLI::App& app, Parsed& parsed) {
    auto& invocation = parsed.invocation;
    app.fallthrough();
    // Not required here: CLI11 would say so even where a command is misspelt.
    app.require_subcommand(0, 1);
    app.set_help_flag("-h,--help", "Print this help and exit");
    app.add_option("--config", invocation.files.yaml, "YAML file with settings")
        ->type_name("FILE")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    app.add_option("--ecs-config", invocation.files.ecs_config, "File in ecs.config's form")
        ->type_name("FILE")
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    parsed.values.resize(rows().size());
    for (std::size_t i = 0; i < rows().size(); ++i)
        app.add_option(flag_of(rows()[i]), parsed.values[i], flag_help(rows()[i]))
            ->group(std::string(rows()[i].section))
            ->type_name(std::string(rows()[i].type))
            ->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    for (const auto& row : commands) {
        auto* command = app.add_subcommand(std::string(row.name), std::string(row.help));
        command->set_help_flag();
        if (row.command == Command::print_config)
            command->add_flag("--reference", invocation.reference,
                              "Print the reference page (docs/configuration.md) instead");
        if (row.command == Command::check_config) {
            command->add_option("file", invocation.definitions,
                                "Files with a task definition each, and folders of them");
            command->add_flag("--json", invocation.json, "Print what is found in them as JSON");
        }
        if (row.command == Command::explain) {
            command
                ->add_option("container", invocation.explained,
                             "A container's name or id, or a file with the JSON of a create")
                ->required();
            command->add_flag("--json", invocation.json, "Print it as JSON");
        }
    }
    app.footer(footer());
    app.get_formatter()->column_width(34);
}

Invocation collect(const CLI::App& app, Parsed parsed) {
    auto& invocation = parsed.invocation;
    for (const auto& row : commands)
        if (app.got_subcommand(std::string(row.name)))
            invocation.command = row.command;
    invocation.files.yaml_required = app.count("--config") > 0;
    invocation.files.ecs_config_required = app.count("--ecs-config") > 0;
    for (std::size_t i = 0; i < rows().size(); ++i)
        if (auto flag = flag_of(rows()[i]); app.count(flag) > 0)
            invocation.flags.push_back({std::move(flag), std::move(parsed.values[i])});
    return std::move(parsed.invocation);
}

} // namespace

std::span<const ExitMeaning> exit_codes() {
    return exit_table;
}

base::Result<Invocation> parse_command_line(const std::vector<std::string>& arguments) {
    CLI::App app(
        "Gives every container on this Docker host the contract of a container on Amazon ECS.",
        "ecs-node-agent");
    Parsed parsed;
    declare(app, parsed);
    try {
        app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::CallForHelp&) {
        // The whole help also after a command: app.help() would show the command's few words only.
        Invocation invocation;
        invocation.help =
            app.get_formatter()->make_help(&app, app.get_name(), CLI::AppFormatMode::Normal);
        return invocation;
    } catch (const CLI::ParseError& error) {
        return Error(Errc::invalid_argument, std::string(error.what()) + "; see --help");
    }
    if (app.get_subcommands().empty())
        return Error(Errc::invalid_argument, "a command is needed, such as daemon; see --help");
    return collect(app, std::move(parsed));
}

base::Result<Invocation> parse_command_line(int argc, const char* const* argv) {
    return parse_command_line(std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
}

} // namespace agent::config
