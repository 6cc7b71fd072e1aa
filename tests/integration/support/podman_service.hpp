#pragma once
// Podman of the test's own, which answers at a socket as Docker does. In folders of its own; what it
// makes of networks and mounts is the sandbox's. While it lives, DOCKER_HOST leads to it: the tests'
// docker commands and the agent that is started ask it. Owned by a suite.

#include <string>
#include <sys/types.h>

namespace integration {

class PodmanService {
public:
    /// Starts it; throws where it does not answer.
    explicit PodmanService(std::string directory);
    ~PodmanService();
    PodmanService(const PodmanService&) = delete;
    PodmanService& operator=(const PodmanService&) = delete;

private:
    std::string directory_;
    pid_t pid_ = -1;
};

} // namespace integration
