// What the engine says (agent/docker/decode): a document is taken or is a protocol error in a few
// words; and whatever an inspect says becomes a task that can be served as JSON.

#include "agent/docker/decode.hpp"
#include "agent/docker/inspect_to_model.hpp"
#include "base/json.hpp"
#include "handlers/metadata/documents.hpp"
#include "model/settle.hpp"
#include "tests/fuzz/support.hpp"

#include <nlohmann/json.hpp>

namespace {

namespace docker = agent::docker;
using fuzz::require;

constexpr std::size_t longest_reason = 400;

template <class T>
void check(const base::Result<T>& decoded) {
    if (decoded)
        return;
    const auto& error = decoded.error();
    require(error.code() == base::Errc::protocol, "another error: " + error.what());
    require(error.what().size() <= longest_reason, "an error without a limit: " + error.what());
    // Names of fields may be told, values not; the corpus has this one in many places.
    require(error.what().find("MARKER") == std::string::npos,
            "an error shows the document: " + error.what());
}

model::Instance instance() {
    model::Instance instance;
    instance.scope = {"us-west-2", "000000000000", "default"};
    return instance;
}

void check_json(const std::string& body) {
    require(base::parse_json(body).has_value(), "what is served is no JSON: " + body);
}

/// The way of a container that nobody declared.
void serve(const docker::ContainerInspect& inspect) {
    const model::World host(instance());
    auto task = docker::observed_task(inspect, host.instance());
    task.containers = {docker::observed_container(inspect, task)};
    docker::read_inspect(task.containers[0], inspect, task.network_mode);
    model::settle(task);
    require(task.containers[0].docker_id == inspect.id, "a container becomes another");
    model::World world(instance());
    world.put(task);
    require(world.find_by_docker_id(inspect.id).container != nullptr, "it is not found again");
    check_json(handlers::metadata::render_task_with_tags(world, task, nullptr));
    check_json(handlers::metadata::render_container(world, task, &task.containers[0]));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    check(docker::decode_version(text));
    check(docker::decode_info(text));
    check(docker::decode_container_list(text));
    check(docker::decode_image(text));
    check(docker::decode_network_list(text));
    check(docker::decode_network(text));
    check(docker::decode_volume_list(text));
    check(docker::decode_volume(text));
    check(docker::decode_event(text));
    check(docker::decode_created_id(text));
    check(docker::decode_path_stat(text));
    check(docker::decode_progress(text));
    require(docker::decode_error_message(text).size() <= 2048, "a refusal without a limit");
    const auto container = docker::decode_container(text);
    check(container);
    if (container)
        serve(*container);
    return 0;
}
