#include "agent/cli/commands.hpp"

#include "agent/cli/mapping.hpp"
#include "agent/cli/stand_ins.hpp"
#include "agent/config/load.hpp"
#include "agent/credentials/credentials_file.hpp"
#include "agent/doors/host.hpp"
#include "base/files.hpp"

#include <iostream>

namespace agent::cli {

using config::ExitCode;

namespace {

base::Result<config::Loaded> load(const config::Invocation& invocation) {
    return config::load(invocation.files, invocation.flags, config::process_environment());
}

/// A configuration file that nobody has named, and that is not ours to read, counts as absent.
void pass_over_unreadable(std::string& path, bool is_named) {
    if (is_named)
        return;
    const auto text = base::read_file(path, 1);
    if (text || text.error().code() != base::Errc::permission)
        return;
    std::cerr << "warning: " << text.error().what() << "; going on without it\n";
    path.clear();
}

base::Result<config::Loaded> load_readable(config::Invocation invocation) {
    pass_over_unreadable(invocation.files.yaml, invocation.files.yaml_required);
    pass_over_unreadable(invocation.files.ecs_config, invocation.files.ecs_config_required);
    return load(invocation);
}

/// As load_readable().
base::Result<rules::HostFile> read_readable_host_file(const config::Loaded& loaded) {
    auto says = doors::read_host_file(loaded);
    const auto layer = config::origin_of(loaded, "host_file").layer;
    const bool is_named = layer == config::Layer::environment || layer == config::Layer::flag;
    if (says || is_named || says.error().code() != base::Errc::permission)
        return says;
    std::cerr << "warning: " << says.error().what() << "; going on without it\n";
    rules::HostFile nothing;
    nothing.stand_ins.file = loaded.config.host_file;
    return nothing;
}

void print_warnings(const config::Loaded& loaded) {
    for (const auto& warning : loaded.warnings)
        std::cerr << "warning: " << warning << '\n';
    if (const auto settings = config::settings_without_effect(loaded); !settings.empty())
        std::cerr << "note: without effect here: " << settings << '\n';
}

} // namespace

ExitCode check_config(const config::Invocation& invocation) {
    const bool has_files = !invocation.definitions.empty();
    const auto loaded = has_files ? load_readable(invocation) : load(invocation);
    if (!loaded) {
        std::cerr << loaded.error().what() << '\n';
        return ExitCode::configuration;
    }
    print_warnings(*loaded);
    // What gives roles keys says nothing of definitions.
    if (!has_files)
        if (const auto roles = credentials::read_credentials_file(*loaded); !roles) {
            std::cerr << roles.error().what() << '\n';
            return ExitCode::configuration;
        }
    const auto says = has_files ? read_readable_host_file(*loaded) : doors::read_host_file(*loaded);
    if (!says) {
        std::cerr << says.error().what() << '\n';
        return ExitCode::configuration;
    }
    return has_files ? check_files(invocation, loaded->config, *says)
                     : check_folder(invocation, loaded->config, *says);
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
