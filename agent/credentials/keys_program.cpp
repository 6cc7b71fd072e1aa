#include "agent/credentials/keys_program.hpp"

#include "agent/credentials/keys_document.hpp"
#include "base/process.hpp"

namespace agent::credentials {

namespace {

using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t longest_output = std::size_t{64} << 10;

} // namespace

Result<Keys> run_keys_program(KeysProgram wanted, const RoleRequest& request) {
    base::Program program;
    const auto path = wanted.environment.find("PATH");
    TRY(program.path, base::find_program(wanted.command.front(),
                                         path == wanted.environment.end() ? "" : path->second));
    program.arguments.assign(wanted.command.begin() + 1, wanted.command.end());
    const std::pair<const char*, const std::string&> told[] = {
        {"AWS_ROLE_ARN", request.role_arn},
        {"AWS_ROLE_SESSION_NAME", request.session_name},
        {"ECS_TASK_ARN", request.task_arn}};
    for (const auto& [name, value] : told)
        if (!value.empty())
            wanted.environment[name] = value;
    program.environment = config::for_programs(wanted.environment);
    program.limit = wanted.limit;
    program.max_output = longest_output;
    TRY(auto ending, base::run_program(program));
    const base::WipeAtEnd wipe_out(ending.out);
    const base::WipeAtEnd wipe_err(ending.err);
    if (ending.status != 0)
        return Error(Errc::io, program.path + " ended with status " +
                                   std::to_string(ending.status) +
                                   "; run it by hand to see what it says");
    if (!ending.complete)
        return Error(Errc::too_large, program.path + " said more than 64 KiB");
    auto keys = read_keys(ending.out, base::now());
    if (!keys)
        return std::move(keys).error() + program.path;
    return keys;
}

} // namespace agent::credentials
