#pragma once
// What secrets are: text in a file of root's that nobody else can read, or what a program prints. A value is
// in memory and in what Docker is sent, and in no error.

#include "agent/config/load.hpp"
#include "agent/definition/replacement.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

constexpr std::size_t longest_secret = std::size_t{64} << 10;

struct SecretValue {
    std::string name; ///< of the variable, or of the log driver's option
    base::Secret value;
};

/// Who is to be given a secret.
struct SecretAsker {
    std::string task_arn;
    std::string container;
    bool is_told = false; ///< what is left out was told when it asked before
};

/// All that is in the source's file (64 KiB at most). The errors of base::read_trusted_file(). Blocks.
base::Result<base::Secret> read_secret_file(const std::string& path);

/// What the source's program prints; it is told the secret in ECS_SECRET, the task in ECS_TASK_ARN and the
/// container in ECS_CONTAINER_NAME. not_found: it has ended with a status other than 0, or is not there;
/// permission, timeout, too_large. Nothing that it has said is in an error. Blocks.
base::Result<base::Secret> run_secret_program(const stand_ins::SecretSource& source,
                                              const std::string& secret, const SecretAsker& asker,
                                              config::Environment environment);

/// The value of a key of a JSON object or of lines NAME=VALUE; of a text that begins with '{', or with a byte
/// order mark and '{', the former. What is no string there is the JSON that it is. not_found; invalid_argument:
/// it is neither, or is nested too deep. Pure.
base::Result<base::Secret> pick_key(const base::Secret& text, const std::string& key);

/// The text without the line end at its end, once it is known to be something that a variable can hold:
/// invalid_argument for NUL and what is no UTF-8. Pure.
base::Result<base::Secret> as_value(const base::Secret& text);

/// The error with no value of these in it.
base::Error conceal(const base::Error& error, const std::vector<SecretValue>& values);

/// "containerDefinitions[0].secrets[0].valueFrom: …" for each secret of which the host does not say where it
/// is. Pure.
std::vector<std::string> unknown_secrets(const definition::TaskDefinition& definition,
                                         const stand_ins::StandIns& host);

/// Where the host says that the others are, those of logins for registries too: "file /etc/ecs/db.json" instead of
/// the name or ARN, or "program …", of which the arguments are not told, or "left out". Pure.
std::vector<definition::Replacement> named_secrets(const definition::TaskDefinition& definition,
                                                   const stand_ins::StandIns& host);

/// What becomes of a secret when a task asks for it.
struct SecretOutlook {
    std::string field; ///< "containerDefinitions[0].secrets[0].valueFrom"
    std::string what;
    bool is_fault = false; ///< the task ends; else it runs, or that cannot be told
};

/// Looks for what named_secrets() names, as far as that can be done without running a program: for files, for what is
/// picked of them, for programs. Nothing is said of those that are as they should be, and no value is. Who is not root
/// may not see all. Blocks.
std::vector<SecretOutlook> look_for_secrets(const definition::TaskDefinition& definition,
                                            const stand_ins::StandIns& host);

} // namespace agent::containers
