#include "agent/containers/pause_image.hpp"

#include "base/log.hpp"
#include "model/names.hpp"
#include "packaging/pause/pause_program.hpp"

namespace agent::containers {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view repository = "ecs-node-agent/pause";
constexpr std::string_view image_label = "ecs-node-agent=pause";

/// Podman has a registry's name before it. The label alone is not enough: images made of this one
/// have it, too.
bool is_pause_image(std::string_view name) {
    const auto at = name.rfind(std::string(repository).append(":"));
    return at == 0 || (at != std::string_view::npos && name[at - 1] == '/');
}

} // namespace

std::string pause_image_name() {
    std::string name(repository);
    name += ':';
    return name += packaging::pause_digest();
}

Async<Result<>> ensure_pause_image(docker::Client& docker) {
    CO_TRY(const auto present, co_await docker.inspect_image(pause_image_name()));
    if (present)
        co_return Result<>();
    std::vector<std::string> changes;
    changes.emplace_back(R"(ENTRYPOINT ["/pause"])");
    changes.emplace_back("USER 65534");
    changes.push_back("LABEL " + std::string(model::own_label) + "=pause");
    auto tar = packaging::pause_tar();
    const auto imported = co_await docker.import_image(std::move(tar), std::string(repository),
                                                       packaging::pause_digest(), changes);
    if (!imported)
        co_return imported.error() + "import the pause image";
    base::log::info("imported the pause image", {{"image", pause_image_name()}});
    co_return Result<>();
}

Async<Result<std::vector<std::string>>> list_pause_images(docker::Client& docker) {
    std::vector<std::string> labels{std::string(image_label)};
    CO_TRY(auto names, co_await docker.list_image_names(labels));
    std::erase_if(names, [](const std::string& name) { return !is_pause_image(name); });
    co_return names;
}

Async<Result<>> remove_old_pause_images(docker::Client& docker) {
    CO_TRY(const auto names, co_await list_pause_images(docker));
    for (const auto& name : names) {
        if (name.ends_with(pause_image_name()))
            continue;
        const auto removed = co_await docker.remove_image(name);
        if (!removed && removed.error().code() != Errc::conflict)
            co_return removed.error() + "remove an old pause image";
        if (removed)
            base::log::info("removed an old pause image", {{"image", name}});
    }
    co_return Result<>();
}

namespace {

/// Networks of ours by this name that nobody uses: of twins, none can be named any more.
Async<Result<>> remove_twins(docker::Client& docker, std::string name) {
    CO_TRY(const auto networks, co_await docker.list_networks());
    for (const auto& network : networks) {
        if (network.name != name || !network.labels.contains(std::string(model::own_label)))
            continue;
        const auto removed = co_await docker.remove_network(network.id);
        if (!removed && removed.error().code() != Errc::conflict)
            co_return removed.error();
    }
    co_return Result<>();
}

} // namespace

Async<Result<>> ensure_awsvpc_network(docker::Client& docker, std::string name,
                                      std::string subnet) {
    auto found = co_await docker.inspect_network(name);
    if (!found && found.error().code() == Errc::invalid_argument) {
        CO_TRY(co_await remove_twins(docker, name));
        found = co_await docker.inspect_network(name);
    }
    CO_TRY(const auto present, found);
    if (present && present->driver == "bridge")
        co_return Result<>();
    if (present)
        co_return Error(Errc::conflict,
                        "docker network " + name + " has driver " + present->driver +
                            ", not bridge; remove it or configure another awsvpc_network");
    docker::NetworkSpec spec;
    spec.name = name;
    spec.subnet = std::move(subnet);
    spec.labels.emplace(model::own_label, "awsvpc");
    const auto created = co_await docker.create_network(spec);
    // Another task may have made it meanwhile.
    if (!created && created.error().code() != Errc::conflict)
        co_return created.error() + "make the network of awsvpc tasks";
    if (created)
        base::log::info("made the network of awsvpc tasks", {{"network", name}});
    co_return Result<>();
}

} // namespace agent::containers
