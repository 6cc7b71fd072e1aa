#pragma once
// A second machine in the sandbox: network, mounts, host name and IPC of its own, a cable to the sandbox's
// network, and a Docker Engine. Processes, cgroups and files are the sandbox's, so that a test reaches all
// of them by the same paths; /run/docker, where an engine looks for plugins, is its own. Owned by a suite.

#include "tests/integration/support/private_engine.hpp"

#include <optional>
#include <string>
#include <sys/types.h>

namespace integration {

class Node {
public:
    /// The sandbox's address in the network that it has with its nodes.
    static constexpr auto address_of_sandbox = "192.168.234.1";

    /// Starts it. `name` is the host's, of 10 letters at most; `number`, 2 to 254, is the end of its address;
    /// `directory` is its engine's.
    Node(std::string name, int number, const std::string& directory);
    ~Node();
    Node(const Node&) = delete;
    Node& operator=(const Node&) = delete;

    const std::string& name() const { return name_; }
    const std::string& address() const { return address_; }
    /// What stands before a command that is to run there.
    Words entry() const;
    PrivateEngine& engine() { return *engine_; }

private:
    void connect() const;

    std::string name_;
    std::string address_;
    pid_t holder_ = -1; ///< of the namespaces
    std::optional<PrivateEngine> engine_;
};

} // namespace integration
