#pragma once
// Runs a program that prints keys as JSON (`credential_process`). Blocks.

#include "agent/config/load.hpp"
#include "agent/credentials/keys.hpp"
#include "agent/credentials/provider.hpp"
#include "base/error.hpp"

#include <chrono>
#include <string>
#include <vector>

namespace agent::credentials {

struct KeysProgram {
    std::vector<std::string> command; ///< its path, else a name to be found in PATH; arguments
    config::Environment environment;  ///< all of it
    std::chrono::milliseconds limit = std::chrono::seconds(10);
};

/// The program is told the role in AWS_ROLE_ARN, its session in AWS_ROLE_SESSION_NAME and the task in
/// ECS_TASK_ARN. not_found, permission: it cannot be started; timeout: it was killed; io: it ended
/// with a status other than 0; the errors of read_keys(). All name it; nothing that it has said is
/// in them.
base::Result<Keys> run_keys_program(KeysProgram program, const RoleRequest& request);

} // namespace agent::credentials
