#pragma once
// A client in a container of a task, in the network mode that the test runs in. Started by the
// daemon from a task definition, so that all it knows is what the daemon has given it. What it found
// is compared with what the engine says.

#include "tests/integration/support/tasks.hpp"

#include <string>

namespace conformance {

using integration::Json;

/// Its name has a folder, which clients cut off.
inline const std::string clients_image = "ecs-node-agent-conformance/clients:7";

/// What became of a client.
struct Client {
    std::string id; ///< the container
    Json found;     ///< the line of JSON that it wrote to its log
    Json inspected; ///< the container as the engine has it
};

class ClientTask : public integration::TaskTest, public testing::WithParamInterface<const char*> {
protected:
    /// Makes the image of the clients, once for a program, and starts the agent.
    void SetUp() override;

    /// Runs a client as the container `app` of the task `shop`, and waits for what it writes; throws
    /// when it writes nothing. `more`: further fields of the container's definition.
    Client run(const std::string& command, Json more = Json::object());

    static bool is_awsvpc() { return GetParam() == std::string("awsvpc"); }
    /// The container whose network the client has, as the engine has it.
    static Json network_owner(const Client& client);
};

/// A label of a container; throws where it has none of that name.
std::string label_of(const Client& client, const std::string& name);

} // namespace conformance
