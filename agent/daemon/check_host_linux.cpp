#include "agent/daemon/stages.hpp"
#include "agent/docker/docker_host.hpp"
#include "agent/network/capabilities.hpp"
#include "agent/network/nft_program.hpp"

#include <sys/stat.h>

namespace agent::daemon {

using base::Errc;
using base::Error;
using base::Result;

namespace {

Result<> check_capabilities() {
    TRY(const auto missing, network::missing_capabilities());
    if (missing.empty())
        return {};
    std::string names;
    for (const auto& name : missing)
        names += (names.empty() ? "" : ", ") + name;
    return Error(Errc::permission, "the process lacks " + names +
                                       ", needed for the bridge, its veths and the nftables table; "
                                       "run it as root or give it these capabilities");
}

Result<> check_socket(const std::string& docker_host) {
    TRY(const auto endpoint, docker::parse_docker_host(docker_host));
    if (!endpoint.authority.empty())
        return {};
    struct stat there {};
    if (::stat(endpoint.socket_path.c_str(), &there) != 0)
        return base::from_errno("docker's socket " + endpoint.socket_path) +
               "no Docker Engine (start docker, or set DOCKER_HOST to its socket)";
    if (!S_ISSOCK(there.st_mode))
        return Error(Errc::not_found, endpoint.socket_path + " is not a socket; set DOCKER_HOST");
    return {};
}

} // namespace

base::Async<Result<>> check_host(App& app) {
    auto check = [docker_host = app.loaded.config.docker_host]() -> Result<> {
        TRY(check_capabilities());
        TRY(network::find_nft_program());
        return check_socket(docker_host);
    };
    co_return co_await base::offload(app.pools.files, std::move(check));
}

} // namespace agent::daemon
