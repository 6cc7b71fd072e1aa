#pragma once
// The engine as its own command-line client sees it: what the agent says is compared with this.

#include "tests/integration/support/command.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace integration {

using Json = nlohmann::ordered_json;

inline const std::string demo_image = "ecs-node-agent-demo:latest";

/// `docker <words>`, which has to succeed: its standard output.
std::string docker(Words words);

/// Makes the demo image out of busybox where the engine does not have it.
void ensure_demo_image();

/// `docker inspect` of one container.
Json inspect(const std::string& container);

/// A command inside a running container, by its sh: standard output.
std::string exec_in(const std::string& container, const std::string& command);
Outcome try_in(const std::string& container, const std::string& command);

/// GET from inside a container: the body as JSON; throws for any other status than 200.
Json get_in(const std::string& container, const std::string& url);

/// The full id of the one container of that family and name that runs; "" where there is none.
std::string container_of(const std::string& family, const std::string& name);
/// The same for one in any state.
std::string any_container_of(const std::string& family, const std::string& name);

/// The host port that the engine gave to a port ("80/tcp").
int published_port(const std::string& container, const std::string& port);

/// A container that the test made itself; removed at the end.
class Container {
public:
    /// `docker run --detach <words>`.
    explicit Container(Words words);
    ~Container();
    Container(Container&& other) noexcept : id_(std::exchange(other.id_, {})) {}
    Container(const Container&) = delete;
    Container& operator=(const Container&) = delete;
    Container& operator=(Container&&) = delete;
    const std::string& id() const { return id_; }

private:
    std::string id_;
};

/// A network that the test made itself; removed at the end.
class DockerNetwork {
public:
    explicit DockerNetwork(Words words);
    ~DockerNetwork();
    DockerNetwork(const DockerNetwork&) = delete;
    DockerNetwork& operator=(const DockerNetwork&) = delete;

private:
    std::string name_;
};

} // namespace integration
