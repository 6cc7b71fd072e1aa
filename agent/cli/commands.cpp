#include "agent/cli/commands.hpp"

#include "agent/cli/mapping.hpp"
#include "agent/config/load.hpp"
#include "agent/credentials/credentials_file.hpp"
#include "agent/definition/tasks_folder.hpp"
#include "agent/doors/host.hpp"

#include <iostream>

namespace agent::cli {

using config::ExitCode;

namespace {

base::Result<config::Loaded> load(const config::Invocation& invocation) {
    return config::load(invocation.files, invocation.flags, config::process_environment());
}

} // namespace

ExitCode check_config(const config::Invocation& invocation) {
    const auto loaded = load(invocation);
    if (!loaded) {
        std::cerr << loaded.error().what() << '\n';
        return ExitCode::configuration;
    }
    for (const auto& warning : loaded->warnings)
        std::cerr << "warning: " << warning << '\n';
    if (const auto settings = config::settings_without_effect(*loaded); !settings.empty())
        std::cerr << "note: without effect here: " << settings << '\n';
    if (const auto roles = credentials::read_credentials_file(*loaded); !roles) {
        std::cerr << roles.error().what() << '\n';
        return ExitCode::configuration;
    }
    if (const auto host = doors::read_host_file(*loaded); !host) {
        std::cerr << host.error().what() << '\n';
        return ExitCode::configuration;
    }
    const auto& folder = loaded->config.tasks_dir;
    const auto reading = definition::read_tasks_folder(folder);
    if (!reading) {
        std::cerr << reading.error().what() << '\n';
        return ExitCode::configuration;
    }
    if (!reading->present)
        std::cerr << "warning: the tasks folder " << folder << " does not exist\n";
    auto outcome = ExitCode::ok;
    for (const auto& file : reading->files) {
        for (const auto& field : file.passed_over)
            std::cerr << "warning: " << folder << '/' << file.name << ": " << field
                      << " changes nothing here\n";
        if (file.definition)
            continue;
        std::cerr << file.definition.error().what() << '\n';
        outcome = ExitCode::configuration;
    }
    if (outcome == ExitCode::ok)
        std::cout << "configuration and " << reading->files.size()
                  << " task definition(s) are fine\n";
    return outcome;
}

ExitCode print_config(const config::Invocation& invocation) {
    if (invocation.reference) {
        std::cout << config::render_reference();
        return ExitCode::ok;
    }
    const auto loaded = load(invocation);
    if (!loaded) {
        std::cerr << loaded.error().what() << '\n';
        return ExitCode::configuration;
    }
    std::cout << config::print_config(*loaded);
    const auto host = doors::read_host_file(*loaded);
    if (!host) {
        std::cerr << host.error().what() << '\n';
        return ExitCode::configuration;
    }
    std::cout << render_mapping(*host, loaded->config.host_file);
    return ExitCode::ok;
}

} // namespace agent::cli
