#include "agent/engine/pause_image.hpp"

#include "base/log.hpp"
#include "packaging/pause/pause_program.hpp"

namespace agent::engine {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view repository = "ecs-node-agent/pause";

} // namespace

std::string pause_image_name() {
    return std::string(repository) + ':' + packaging::pause_digest();
}

Async<Result<>> ensure_pause_image(docker::Client& docker) {
    CO_TRY(const auto present, co_await docker.inspect_image(pause_image_name()));
    if (present)
        co_return Result<>();
    std::vector<std::string> changes;
    changes.emplace_back(R"(ENTRYPOINT ["/pause"])");
    changes.emplace_back("USER 65534");
    changes.push_back("LABEL " + std::string(own_label) + "=pause");
    auto tar = packaging::pause_tar();
    const auto imported = co_await docker.import_image(std::move(tar), std::string(repository),
                                                       packaging::pause_digest(), changes);
    if (!imported)
        co_return imported.error() + "import the pause image";
    base::log::info("imported the pause image", {{"image", pause_image_name()}});
    co_return Result<>();
}

Async<Result<>> ensure_awsvpc_network(docker::Client& docker, std::string name,
                                      std::string subnet) {
    CO_TRY(const auto present, co_await docker.inspect_network(name));
    if (present && present->driver == "bridge")
        co_return Result<>();
    if (present)
        co_return Error(Errc::conflict,
                        "docker network " + name + " has driver " + present->driver +
                            ", not bridge; remove it or configure another awsvpc_network");
    docker::NetworkSpec spec;
    spec.name = name;
    spec.subnet = std::move(subnet);
    spec.labels.emplace(own_label, "awsvpc");
    const auto created = co_await docker.create_network(spec);
    // Another task may have made it meanwhile.
    if (!created && created.error().code() != Errc::conflict)
        co_return created.error() + "make the network of awsvpc tasks";
    if (created)
        base::log::info("made the network of awsvpc tasks", {{"network", name}});
    co_return Result<>();
}

} // namespace agent::engine
