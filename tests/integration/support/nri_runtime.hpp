#pragma once
// The engine's side of NRI by the library that Docker has it from, in a process of its own
// (tests/integration/nri/runtime.go): it asks plugins of containers that it never makes. Owned by a test.

#include "tests/integration/support/docker.hpp"

#include <string>
#include <sys/types.h>

namespace integration {

class NriRuntime {
public:
    /// `program` is the compiled one, its sockets are in `directory`; it is not started yet.
    NriRuntime(std::string program, std::string directory);
    ~NriRuntime();
    NriRuntime(const NriRuntime&) = delete;
    NriRuntime& operator=(const NriRuntime&) = delete;

    /// Where plugins register.
    std::string socket() const { return directory_ + "/nri.sock"; }

    /// Starts it, and waits until it takes plugins. `name` is what it tells them that it is.
    void start(const std::string& name = "docker");
    void kill9();

    // Containers are {"id", "name", "labels", "env"}, as the engine has them: names with a slash, lists of
    // "NAME=value". What each is given is {"error", "env", "mounts", "us"}: what Docker would fail the user's
    // command with, the variables as an object, the mounts as NRI has them, the time in microseconds.

    /// What a container is given.
    Json create(const Json& container) const;
    /// What each is given, of many that are asked about at the same time.
    Json create_at_once(const Json& containers) const;
    /// Containers that it has, beside those that it was asked to create: plugins hear of them when they
    /// register.
    void have(const Json& containers) const;
    /// Drops its plugins as a reload of Docker's does: without a word to them.
    void forget() const;

private:
    Json command(const std::string& path, const Json& containers) const;

    std::string program_;
    std::string directory_;
    pid_t pid_ = -1;
};

} // namespace integration
