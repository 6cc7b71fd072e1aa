// What check-config says of task definitions: of files, such as one keeps in a repository, and of the tasks folder.

#include "agent/cli/checked_file.hpp"
#include "agent/cli/commands.hpp"
#include "agent/cli/task_files.hpp"
#include "agent/containers/gpus.hpp"
#include "agent/definition/tasks_folder.hpp"
#include "agent/docker/client.hpp"
#include "agent/docker/docker_host.hpp"
#include "agent/http/transport.hpp"

#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <iostream>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace agent::cli {

namespace {

using base::Async;
using config::ExitCode;

/// An engine that is there answers sooner; nobody waits for one that is not.
constexpr auto engine_limit = std::chrono::seconds(3);

/// What an engine says of what the files name.
struct EngineAnswer {
    std::set<std::string> missing_images;
    std::vector<std::string> runtimes;
};

/// Nothing where the engine does not answer.
Async<void> hear_engine(docker::Client& docker, std::set<std::string> images,
                        std::optional<EngineAnswer>& answer) {
    const auto connected = co_await docker.connect();
    if (!connected)
        co_return;
    const auto info = co_await docker.info();
    if (!info)
        co_return;
    EngineAnswer found{{}, info->runtimes};
    for (const auto& image : images) {
        const auto inspected = co_await docker.inspect_image(image);
        if (!inspected)
            co_return;
        if (!*inspected)
            found.missing_images.insert(image);
    }
    answer = std::move(found);
}

std::optional<EngineAnswer> hear_engine_about(const config::Config& config,
                                              std::set<std::string> images) {
    const auto address = docker::parse_docker_host(config.docker_host);
    if (!address)
        return std::nullopt;
    docker::ClientOptions options;
    options.deadlines.version = engine_limit;
    options.deadlines.info = engine_limit;
    options.deadlines.inspect = engine_limit;
    if (const auto pin = docker::parse_api_version(config.docker_api_version))
        options.pinned_api_version = *pin;
    boost::asio::io_context loop(1);
    const auto docker =
        docker::make_client(http::make_transport(loop.get_executor(), *address), options);
    std::optional<EngineAnswer> answer;
    base::TaskGroup work(loop.get_executor());
    work.spawn("check-config", hear_engine(*docker, std::move(images), answer));
    loop.run();
    return answer;
}

void add_answer(CheckedFile& file, const EngineAnswer& answer) {
    for (const auto& image : file.images)
        if (answer.missing_images.contains(image.name))
            file.missing_images.push_back(image);
    const auto gpus = containers::check_gpus(1, containers::gpu_support(answer.runtimes, ""));
    for (const auto& field : file.gpu_fields)
        if (!gpus)
            file.findings.note_fault(base::Error(gpus.error()) + field);
}

/// Whether an engine answers; adds what it says of the files.
bool add_engine_answer(std::vector<CheckedFile>& files, const config::Config& config) {
    std::set<std::string> images;
    for (const auto& file : files)
        for (const auto& image : file.images)
            images.insert(image.name);
    const auto answer = hear_engine_about(config, std::move(images));
    if (!answer)
        return false;
    for (auto& file : files)
        add_answer(file, *answer);
    return true;
}

void print_text(const std::vector<CheckedFile>& files) {
    for (const auto& file : files) {
        std::cerr << render_faults(file) << std::flush;
        std::cout << render_notices(file) << std::flush;
    }
}

void print_json(const std::vector<CheckedFile>& files, bool runs, bool engine_answered) {
    nlohmann::ordered_json json{{"runs", runs}, {"engineAnswered", engine_answered}};
    json["files"] = nlohmann::ordered_json::array();
    for (const auto& file : files)
        json["files"].push_back(render_json(file));
    std::cout << json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
}

HostWords words_of(const config::Config& config, const rules::HostFile& says) {
    return {{config.region, config.account_id, says.unsupported}, says.stand_ins};
}

void print_warnings_of(const std::vector<std::string>& warnings) {
    for (const auto& warning : warnings)
        std::cerr << "warning: " << warning << '\n';
}

/// Whether all of them run here; prints what is found in them.
bool check_and_print(const std::vector<std::string>& names, const config::Config& config,
                     const rules::HostFile& says, bool as_json) {
    const auto host = words_of(config, says);
    std::vector<CheckedFile> files;
    for (const auto& name : names)
        files.push_back(check_named_file(name, host));
    const bool engine_answered = !files.empty() && add_engine_answer(files, config);
    const bool runs = std::ranges::all_of(files, &CheckedFile::is_fine);
    if (as_json)
        print_json(files, runs, engine_answered);
    else
        print_text(files);
    return runs;
}

} // namespace

ExitCode check_files(const config::Invocation& invocation, const config::Config& config,
                     const rules::HostFile& says) {
    if (count_standard_input(invocation.definitions) > 1) {
        std::cerr << "- is named twice; the standard input can be read once only\n";
        return ExitCode::usage;
    }
    std::vector<std::string> warnings;
    const auto files = files_to_check(invocation.definitions, &warnings);
    print_warnings_of(warnings);
    return check_and_print(files, config, says, invocation.json) ? ExitCode::ok
                                                                 : ExitCode::configuration;
}

ExitCode check_folder(const config::Invocation& invocation, const config::Config& config,
                      const rules::HostFile& says) {
    const auto& folder = config.tasks_dir;
    const auto names = definition::names_in_tasks_folder(folder);
    if (!names) {
        std::cerr << names.error().what() << '\n';
        return ExitCode::configuration;
    }
    if (!names->present)
        print_warnings_of({"the tasks folder " + folder + " does not exist"});
    print_warnings_of(warnings_of(folder, names->lone_overrides));
    std::vector<std::string> files;
    for (const auto& name : names->tasks)
        files.push_back(folder + '/' + name);
    if (!check_and_print(files, config, says, invocation.json))
        return ExitCode::configuration;
    if (!invocation.json)
        std::cout << "configuration and " << files.size() << " task definition(s) are fine\n";
    return ExitCode::ok;
}

} // namespace agent::cli
