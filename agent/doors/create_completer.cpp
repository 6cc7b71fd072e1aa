#include "agent/doors/create_completer.hpp"

#include "agent/containers/create_body.hpp"
#include "agent/doors/subject.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace agent::doors {

using base::Async;
using base::Result;
using proxy::Completed;
using proxy::LeftAlone;
using proxy::Untouched;

namespace {

/// Containers whose mounts a container may ask to share and still be completed.
constexpr std::size_t most_volumes_from = 16;
/// An engine that comes back answers its clients a moment before it was looked at whole.
constexpr auto patience = std::chrono::milliseconds(800);
/// From the creation of a container until the observer has seen it.
constexpr auto longest_look = std::chrono::milliseconds(500);

bool has_mount_at(const std::vector<containers::Mount>& mounts, const std::string& target) {
    return std::ranges::any_of(mounts, [&](const auto& each) { return each.target == target; });
}

/// As the engine will show it: Podman writes out the registry that a short name stands for, Docker Hub where several may.
void write_out_image(std::vector<std::string>& images, const std::vector<std::string>& tags) {
    auto name = images.front();
    if (name.find(':', name.rfind('/') + 1) == std::string::npos)
        name += ":latest";
    std::vector<std::string> written_out;
    for (const auto& tag : tags) {
        if (tag == name)
            return;
        if (tag.ends_with('/' + name))
            written_out.push_back(tag);
    }
    if (written_out.size() > 1)
        std::erase_if(written_out, [](const auto& tag) { return !tag.starts_with("docker.io/"); });
    if (written_out.size() == 1)
        images = std::move(written_out);
}

/// Why nothing is given, for the log.
std::string reason_of(const containers::Additions& additions) {
    for (const auto& withheld : additions.withheld)
        if (withheld.gift == containers::Gift::everything)
            return withheld.why;
    return "there is nothing to give";
}

} // namespace

Async<Completed> CreateCompleter::complete(proxy::CreateRequest create) {
    // Nothing of the host is asked for these, so nothing has to be seen either.
    if (create.kind != proxy::CreateKind::container)
        co_return services_.complete(create, registrar_.host());
    if (!observer_.connected())
        co_await observer_.connection_changed().wait_for(patience);
    if (!observer_.connected())
        co_return LeftAlone{Untouched::not_ready, "the agent has not seen all containers yet"};
    // Docker takes a name with a slash before it, and drops it.
    const auto name = create.name.starts_with('/') ? create.name.substr(1) : create.name;
    auto request = containers::read_create_body(create.body, name);
    if (!request)
        co_return LeftAlone{Untouched::bad_body, request.error().what()};
    const auto asked = co_await ask_engine(*request);
    if (!asked)
        co_return LeftAlone{Untouched::engine, asked.error().what()};
    if (!*asked)
        co_return LeftAlone{Untouched::no_image, "the engine does not have its image"};
    auto admitted = std::move(*request);
    const auto admission = co_await registrar_.admit(std::move(admitted));
    if (!admission)
        co_return LeftAlone{Untouched::late, admission.error().what()};
    const auto& additions = admission->additions;
    auto body = containers::complete_create_body(create.body, additions);
    if (body && !additions.empty())
        co_return proxy::NewBody{std::move(*body), admission->endpoint_id};
    if (!admission->endpoint_id.empty())
        registrar_.withdraw(admission->endpoint_id);
    if (!body)
        co_return LeftAlone{Untouched::bad_body, body.error().what()};
    co_return LeftAlone{Untouched::not_wanted, reason_of(additions)};
}

Async<void> CreateCompleter::answered(std::string endpoint_id, int status) {
    constexpr int created = 201;
    if (status != created)
        registrar_.withdraw(endpoint_id);
    else if (observer_.connected())
        co_await registrar_.wait_until_seen(std::move(endpoint_id), longest_look);
}

/// What the body does not say and the decision needs: of the image, and the mounts of other containers.
/// False when the engine does not have the image.
Async<Result<bool>> CreateCompleter::ask_engine(containers::Request& request) {
    if (!request.subject.images || request.subject.images->empty())
        co_return false;
    const auto reference = request.subject.images->front();
    CO_TRY(const auto image, co_await docker_.inspect_image(reference));
    if (!image)
        co_return false;
    write_out_image(*request.subject.images, image->repo_tags);
    request.subject.image_labels = image->labels;
    drop_labels_of_builds(request.subject);
    request.image_environment = image->env;
    if (!request.mounts)
        request.mounts.emplace();
    for (const auto& target : image->volumes)
        if (!has_mount_at(*request.mounts, target))
            request.mounts->push_back({"volume", "", target, "", false});
    CO_TRY(co_await add_mounts_of_others(request));
    const auto plan = containers::plan(request, registrar_.host());
    if (plan.metadata_file) {
        auto name = plan.decision.identity.container_name;
        CO_TRY(request.file_in_image,
               co_await image_probe_.file_in_the_way(reference, image->id, std::move(name)));
    }
    co_return true;
}

Async<Result<>> CreateCompleter::add_mounts_of_others(containers::Request& request) {
    // More are left in there: then there is no file.
    if (request.volumes_from.size() > most_volumes_from)
        co_return Result<>();
    for (const auto& entry : std::exchange(request.volumes_from, {})) {
        auto container = entry.substr(0, entry.find(':')); // a mode may follow
        CO_TRY(const auto other, co_await docker_.inspect_container(std::move(container)));
        // The engine will refuse it.
        if (!other)
            continue;
        for (const auto& mount : other->mounts)
            request.mounts->push_back({mount.type, mount.name.empty() ? mount.source : mount.name,
                                       mount.destination, "", false});
    }
    co_return Result<>();
}

} // namespace agent::doors
