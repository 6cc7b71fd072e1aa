#include "agent/cli/commands.hpp"

#include "agent/cli/mapping.hpp"
#include "agent/cli/stand_ins.hpp"
#include "agent/config/load.hpp"
#include "agent/containers/secret_values.hpp"
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
    const auto says = doors::read_host_file(*loaded);
    if (!says) {
        std::cerr << says.error().what() << '\n';
        return ExitCode::configuration;
    }
    if (!invocation.definitions.empty())
        return check_files(invocation, loaded->config, *says);
    const auto& folder = loaded->config.tasks_dir;
    const definition::Host host{loaded->config.region, loaded->config.account_id,
                                says->unsupported};
    const auto reading = definition::read_tasks_folder(folder, says->stand_ins, host);
    if (!reading) {
        std::cerr << reading.error().what() << '\n';
        return ExitCode::configuration;
    }
    if (!reading->present)
        std::cerr << "warning: the tasks folder " << folder << " does not exist\n";
    auto outcome = ExitCode::ok;
    for (const auto& file : reading->lone_overrides)
        std::cerr << "warning: " << folder << '/' << file << ": has no task beside it\n";
    for (const auto& file : reading->files) {
        const auto path = folder + '/' + file.name;
        for (const auto& field : file.findings.passed_over)
            std::cerr << "warning: " << path << ": " << field << " changes nothing here\n";
        for (const auto& notice : file.findings.notices)
            std::cerr << "warning: " << path << ": " << to_string(notice) << '\n';
        for (const auto& each : file.replaced)
            std::cout << path << ": " << on_a_line(to_string(each)) << '\n';
        if (file.definition) {
            for (const auto& fault :
                 containers::unknown_secrets(*file.definition, says->stand_ins)) {
                std::cerr << path << ": " << fault << '\n';
                outcome = ExitCode::configuration;
            }
            continue;
        }
        std::cerr << file.definition.error().what() << '\n';
        for (std::size_t i = 1; i < file.findings.faults.size(); ++i)
            std::cerr << path << ": " << file.findings.faults[i].what() << '\n';
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
    std::cout << render_mapping(*host, loaded->config.host_file)
              << render_stand_ins(host->stand_ins);
    return ExitCode::ok;
}

} // namespace agent::cli
