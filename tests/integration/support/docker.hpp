#pragma once
// The engine as it says itself, by its API where a test asks again and again (a client that is started takes
// longer than the answer), else by its command-line client: what the agent says is compared with this.

#include "tests/integration/support/command.hpp"
#include "tests/integration/support/http_get.hpp"

#include <nlohmann/json.hpp>

#include <map>
#include <string>
#include <vector>

namespace integration {

using Json = nlohmann::ordered_json;

inline const std::string demo_image = "ecs-node-agent-demo:latest";

/// `docker <words>`, which has to succeed: its standard output.
std::string docker(Words words);

/// Makes the demo image out of busybox where the engine does not have it.
void ensure_demo_image();

/// The socket of the engine of DOCKER_HOST; throws where that is another kind of door.
std::string engine_socket();

/// Docker's filters of a list, by kind ("label", "name", …): all of one kind have to hold.
using Filters = std::map<std::string, std::vector<std::string>>;

/// GET of the Engine API's path at its newest version, from the engine of DOCKER_HOST.
Answer ask_engine(const std::string& path, const Filters& filters = {});

/// The same for what is there: throws for any other status than 200.
Json engine_get(const std::string& path, const Filters& filters = {});

/// A container as the engine lists it.
struct Listed {
    std::string id;
    std::string name;
    std::string state; ///< "running", "exited", "created"
    std::map<std::string, std::string> labels;
};

enum class Which { running, all };

/// Those that have all of these labels ("name" or "name=value"), the newest first.
std::vector<Listed> list_containers(Which which, const std::vector<std::string>& labels);

/// The names of volumes with a label.
std::vector<std::string> list_volumes(const std::string& label);

// The agent's labels.
inline const std::string label_of_task = "com.amazonaws.ecs.task-arn";
inline const std::string label_of_family = "com.amazonaws.ecs.task-definition-family";
inline const std::string label_of_name = "com.amazonaws.ecs.container-name";
inline const std::string label_of_volume = "ecs-node-agent=volume";

/// `docker inspect` of one container; throws where there is none.
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
