#include "agent/cli/explain.hpp"

#include "agent/cli/commands.hpp"
#include "agent/cli/explanation.hpp"
#include "agent/cli/mapping.hpp"
#include "agent/config/load.hpp"
#include "agent/containers/create_body.hpp"
#include "agent/containers/written_json.hpp"
#include "agent/docker/docker_host.hpp"
#include "agent/doors/host.hpp"
#include "agent/doors/subject.hpp"
#include "agent/state/store.hpp"
#include "base/files.hpp"

#include <boost/asio/io_context.hpp>

#include <filesystem>
#include <iostream>
#include <optional>
#include <utility>

namespace agent::cli {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using config::ExitCode;

namespace {

Async<void> look(docker::Client& docker, std::string name,
                 std::optional<Result<FoundContainer>>& found) {
    found = co_await find_container(docker, std::move(name));
}

Result<FoundContainer> ask_engine(const config::Config& config, const std::string& name) {
    TRY(const auto address, docker::parse_docker_host(config.docker_host));
    docker::ClientOptions options;
    if (const auto pin = docker::parse_api_version(config.docker_api_version))
        options.pinned_api_version = *pin;
    boost::asio::io_context loop(1);
    const auto docker =
        docker::make_client(http::make_transport(loop.get_executor(), address), options);
    std::optional<Result<FoundContainer>> found;
    base::TaskGroup work(loop.get_executor());
    work.spawn("explain", look(*docker, name, found));
    loop.run();
    if (!found)
        return Error(Errc::internal, "the engine was not asked");
    return std::move(*found);
}

/// The id under which the agent keeps the credentials of a container that nobody declared; "" where that
/// is not to be had: the file is root's alone.
std::string kept_credentials_id(const config::Config& config, const std::string& docker_id) {
    const auto path = config.data_dir + '/' + std::string(state::file_name);
    std::error_code unreadable;
    if (!std::filesystem::exists(path, unreadable))
        return {};
    auto store = state::Store::open(path, state::todays_schema(), state::EarlierVersion::leave);
    if (!store)
        return {};
    const auto containers = store->observed_containers();
    if (!containers || !containers->contains(docker_id))
        return {};
    return containers->at(docker_id).credentials_id;
}

Result<FoundContainer> look_at(const config::Config& config, const std::string& what,
                               bool is_file) {
    if (!is_file)
        return ask_engine(config, what);
    TRY(auto request, request_of_file(what));
    return FoundContainer{"", std::move(request)};
}

ExitCode complain(const Error& error) {
    std::cerr << error.what() << '\n';
    return error.code() == Errc::invalid_argument || error.code() == Errc::too_large
               ? ExitCode::configuration
               : ExitCode::failure;
}

} // namespace

Async<Result<FoundContainer>> find_container(docker::Client& docker, std::string name) {
    CO_TRY(co_await docker.connect());
    CO_TRY(const auto inspect, co_await docker.inspect_container(name));
    if (!inspect)
        co_return Error(Errc::not_found, "there is neither a container nor a file " + name);
    co_return FoundContainer{inspect->id, request_of(*inspect)};
}

Result<containers::Request> request_of_file(const std::string& path) {
    TRY(const auto body, base::read_file(path, containers::largest_written_json));
    auto service = containers::read_service_body(body);
    if (service)
        return service;
    auto request = containers::read_create_body(body, "");
    if (!request)
        return std::move(request).error() + path;
    doors::drop_labels_of_builds(request->subject);
    return request;
}

ExitCode explain(const config::Invocation& invocation) {
    const auto loaded =
        config::load(invocation.files, invocation.flags, config::process_environment());
    if (!loaded) {
        std::cerr << loaded.error().what() << '\n';
        return ExitCode::configuration;
    }
    auto rules = doors::read_host_file(*loaded);
    if (!rules) {
        std::cerr << rules.error().what() << '\n';
        return ExitCode::configuration;
    }
    const auto& what = invocation.explained;
    std::error_code unreadable;
    const bool is_file = std::filesystem::is_regular_file(what, unreadable);
    const auto found = look_at(loaded->config, what, is_file);
    if (!found)
        return complain(found.error());
    const auto& name = found->request.subject.name;
    auto explanation = explain_request(name.empty() ? what : name, !is_file, found->request,
                                       doors::host_of(loaded->config, std::move(*rules)));
    if (explanation.is_told_no_credentials)
        explanation.credentials_id = kept_credentials_id(loaded->config, found->docker_id);
    std::cout << (invocation.json ? render_json(explanation)
                                  : render_text(explanation, loaded->config.host_file));
    return ExitCode::ok;
}

} // namespace agent::cli
