#pragma once
// Role: has the values of a container's secrets, each from where this host says it is.
// Threading: the loop thread; files are read and programs awaited by workers, each of their own, so that
//   what hangs holds up those alone who wait for it. Keeps nothing.
// Failure: a secret that cannot be had is an error, unless the host says that it may be missing; then the
//   log tells.

#include "agent/config/load.hpp"
#include "agent/containers/secret_values.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace agent::containers {

/// How ECS's reason for a task begins that ends for want of a secret.
inline constexpr std::string_view secret_failure =
    "ResourceInitializationError: unable to pull secrets or registry auth: ";

class Secrets {
public:
    /// Both outlive it.
    Secrets(base::WorkerPool& files, base::WorkerPool& programs, config::Environment environment);

    /// In the order in which they are wanted, but for those that are left out. What several want of one file
    /// or program is had once. cancelled when the calling task is, once what is under way has ended; any other
    /// error begins with `secret_failure` and names the secret.
    base::Async<base::Result<std::vector<SecretValue>>>
    find(std::vector<definition::Secret> wanted, SecretAsker asker, stand_ins::StandInsPtr host);

private:
    using Texts = std::map<std::string, base::Result<base::Secret>>;

    base::Async<base::Result<base::Secret>> value_of(definition::Secret secret,
                                                     const stand_ins::SecretSource& source,
                                                     SecretAsker asker, Texts& texts);
    base::Async<base::Result<base::Secret>> text_of(const stand_ins::SecretSource& source,
                                                    std::string secret, SecretAsker asker);

    base::WorkerPool& files_;
    base::WorkerPool& programs_;
    const config::Environment environment_;
};

} // namespace agent::containers
