#include "fakes/fake_docker.hpp"

#include "fakes/fake_docker_stream.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace fakes {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using std::chrono::milliseconds;

namespace {

/// Counts a call among those under way.
class UnderWay {
public:
    explicit UnderWay(std::pair<std::size_t, std::size_t>& counts) : counts_(counts) {
        ++counts_.first;
        counts_.second = std::max(counts_.first, counts_.second);
    }
    ~UnderWay() { --counts_.first; }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

private:
    std::pair<std::size_t, std::size_t>& counts_;
};

/// Of the lines of a Dockerfile.
docker::StringMap labels_in(const std::vector<std::string>& changes) {
    constexpr std::string_view keyword = "LABEL ";
    docker::StringMap labels;
    for (const auto& change : changes) {
        const auto equals = change.find('=');
        if (change.starts_with(keyword) && equals != std::string::npos)
            labels[change.substr(keyword.size(), equals - keyword.size())] =
                change.substr(equals + 1);
    }
    return labels;
}

Error no_such_container(const std::string& id) {
    return Error(Errc::not_found, "404 Not Found: No such container: " + id);
}

} // namespace

bool has_labels(const docker::StringMap& labels, const std::vector<std::string>& wanted) {
    return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& each) {
        const auto equals = each.find('=');
        const auto found = labels.find(each.substr(0, equals));
        return found != labels.end() &&
               (equals == std::string::npos || found->second == each.substr(equals + 1));
    });
}

Async<Result<>> FakeDocker::enter(std::string operation, std::string subject,
                                  std::optional<milliseconds> deadline) {
    const auto call = operation + ' ' + subject;
    calls_.push_back(call);
    const UnderWay under_way(under_way_[operation]);
    const auto limit = deadline.value_or(std::chrono::hours(1));
    CO_TRY(co_await wait_until_mended(call, limit));
    const auto delayed = delays_.find(operation);
    const auto time = delayed == delays_.end() ? milliseconds(0) : delayed->second;
    const bool slept = co_await base::sleep_for(std::min(time, limit));
    if (!slept)
        co_return Error(Errc::cancelled, operation + " was cancelled");
    if (time > limit)
        co_return Error(Errc::timeout, call + ": no answer");
    if (away_)
        co_return Error(Errc::unavailable, "no engine answers");
    if (const auto spoiled = spoiled_.find(call); spoiled != spoiled_.end())
        co_return spoiled->second;
    auto& failures = failures_[operation];
    if (failures.empty())
        co_return Result<>();
    const auto failure = failures.front();
    failures.pop_front();
    co_return failure;
}

Async<Result<>> FakeDocker::wait_until_mended(std::string call, milliseconds deadline) {
    const auto stop = co_await base::stop_token();
    const auto end = std::chrono::steady_clock::now() + deadline;
    while (hanging_.contains(call)) {
        if (stop.requested())
            co_return Error(Errc::cancelled, call + " was cancelled");
        const auto now = std::chrono::steady_clock::now();
        if (now >= end)
            co_return Error(Errc::timeout, call + ": no answer");
        co_await mended_.wait_for(end - now);
    }
    co_return Result<>();
}

std::optional<Error> FakeDocker::lost_answer(const std::string& operation) {
    auto& lost = lost_answers_[operation];
    if (lost.empty())
        return std::nullopt;
    const auto failure = lost.front();
    lost.pop_front();
    return failure;
}

Async<Result<docker::EngineVersion>> FakeDocker::connect() {
    CO_TRY(co_await enter("connect", ""));
    docker::EngineVersion version;
    version.engine = "fake";
    version.used = docker::newest_api_version;
    co_return version;
}

Async<Result<>> FakeDocker::ping(milliseconds /*deadline*/) {
    CO_TRY(co_await enter("ping", ""));
    co_return Result<>();
}

Async<Result<docker::EngineInfo>> FakeDocker::info() {
    CO_TRY(co_await enter("info", ""));
    co_return info_;
}

Async<Result<std::vector<docker::ContainerSummary>>>
FakeDocker::list_containers(bool all, std::vector<std::string> labels) {
    const auto filter = labels.empty() ? std::string() : labels.front();
    CO_TRY(co_await enter("list", filter));
    std::vector<docker::ContainerSummary> list;
    for (const auto& [inspect, body, death] : containers_) {
        if ((!all && !inspect.state.running) || !has_labels(inspect.config.labels, labels))
            continue;
        docker::ContainerSummary summary;
        summary.id = inspect.id;
        summary.names = {inspect.name};
        summary.state = inspect.state.status;
        summary.labels = inspect.config.labels;
        list.push_back(std::move(summary));
    }
    co_return list;
}

Async<Result<std::optional<docker::ContainerInspect>>>
FakeDocker::inspect_container(std::string id, std::optional<milliseconds> deadline) {
    CO_TRY(co_await enter("inspect", id, deadline));
    const auto* found = find(id);
    if (found == nullptr)
        co_return std::optional<docker::ContainerInspect>();
    auto inspect = std::optional(found->inspect);
    if (const auto late = delays_.find("answer of inspect"); late != delays_.end())
        co_await base::sleep_for(late->second);
    co_return std::move(inspect);
}

Async<Result<std::optional<model::Stats>>> FakeDocker::container_stats(std::string id) {
    CO_TRY(co_await enter("stats", id));
    const auto* found = find(id);
    if (found == nullptr || !found->inspect.state.running)
        co_return std::optional<model::Stats>();
    co_return std::optional(stats_);
}

Async<Result<std::string>> FakeDocker::create_container(std::string name, std::string body) {
    CO_TRY(co_await enter("create", name));
    const auto document = nlohmann::json::parse(body);
    const auto image = document.at("Image").get<std::string>();
    if (find(name) != nullptr)
        co_return Error(Errc::conflict, "409 Conflict: The container name is already in use");
    if (!images_.contains(image))
        co_return Error(Errc::not_found, "404 Not Found: No such image: " + image);
    auto& container = add_container(name, image);
    container.body = body;
    auto& inspect = container.inspect;
    inspect.config.env = document.value("Env", std::vector<std::string>());
    inspect.config.labels = document.value("Labels", docker::StringMap());
    const auto host = document.value("HostConfig", nlohmann::json::object());
    inspect.host_config.network_mode = host.value("NetworkMode", "default");
    inspect.host_config.cgroup_parent = host.value("CgroupParent", "");
    for (const auto& bind : host.value("Binds", std::vector<std::string>())) {
        const auto source = bind.find(':');
        const auto target = bind.find(':', source + 1);
        docker::Mount mount;
        mount.source = bind.substr(0, source);
        mount.type = mount.source.starts_with('/') ? "bind" : "volume";
        if (mount.type == "volume") {
            mount.name = mount.source;
            volumes_[mount.name].name = mount.name; // Docker makes what is not there
        }
        mount.destination = bind.substr(source + 1, target - source - 1);
        mount.rw = target == std::string::npos || !bind.substr(target).starts_with(":ro");
        inspect.mounts.push_back(std::move(mount));
    }
    container_event(container, "create");
    if (auto lost = lost_answer("create"))
        co_return *lost;
    co_return inspect.id;
}

Async<Result<>> FakeDocker::start_container(std::string id) {
    const auto name = name_of(id);
    CO_TRY(co_await enter("start", name));
    auto* found = find(id);
    if (found == nullptr)
        co_return no_such_container(id);
    if (!refused_starts_.empty()) {
        const auto refusal = refused_starts_.front();
        refused_starts_.pop_front();
        found->inspect.state.error = refusal.what();
        found->inspect.state.exit_code = 128;
        co_return refusal;
    }
    const auto death = found->dies_at_start;
    if (!found->inspect.state.running)
        run_container(id);
    if (death)
        die(id, *death);
    if (auto lost = lost_answer("start"))
        co_return *lost;
    co_return Result<>();
}

Async<Result<>> FakeDocker::stop_container(std::string id, std::chrono::seconds grace) {
    const auto name = name_of(id);
    graces_[name] = grace;
    CO_TRY(co_await enter("stop", name));
    const auto* found = find(id);
    if (found == nullptr)
        co_return no_such_container(id);
    if (found->inspect.state.running)
        die(id, 143);
    co_return Result<>();
}

Async<Result<>> FakeDocker::kill_container(std::string id, std::string signal) {
    const auto subject = id + ' ' + signal;
    CO_TRY(co_await enter("kill", subject));
    if (find(id) == nullptr)
        co_return no_such_container(id);
    die(id, 137);
    co_return Result<>();
}

Async<Result<bool>> FakeDocker::remove_container(std::string id, bool force, bool /*volumes*/) {
    const auto name = name_of(id);
    CO_TRY(co_await enter("remove", name));
    const auto* found = find(id);
    if (found == nullptr)
        co_return false;
    if (found->inspect.state.running && !force)
        co_return Error(Errc::conflict, "409 Conflict: You cannot remove a running container");
    destroy(id);
    if (auto lost = lost_answer("remove"))
        co_return *lost;
    co_return true;
}

Async<Result<std::optional<docker::PathStat>>> FakeDocker::stat_path(std::string id,
                                                                     std::string path) {
    CO_TRY(co_await enter("stat", path));
    const auto* found = find(id);
    if (found == nullptr || !files_in_images_[found->inspect.config.image].contains(path))
        co_return std::optional<docker::PathStat>();
    co_return std::optional(docker::PathStat());
}

Async<Result<std::optional<docker::ImageInspect>>>
FakeDocker::inspect_image(std::string reference) {
    CO_TRY(co_await enter("inspect_image", reference));
    const auto found = images_.find(reference);
    if (found == images_.end())
        co_return std::optional<docker::ImageInspect>();
    co_return std::optional(found->second);
}

Async<Result<>> FakeDocker::pull_image(std::string reference,
                                       std::optional<std::string> /*registry_auth*/,
                                       docker::Progress /*progress*/) {
    CO_TRY(co_await enter("pull", reference));
    if (!pullable_.contains(reference))
        co_return Error(Errc::not_found, "404 Not Found: pull access denied for " + reference);
    // What is here is what the registry has.
    if (!images_.contains(reference))
        add_image(reference);
    co_return Result<>();
}

Async<Result<std::string>> FakeDocker::import_image(std::string /*tar*/, std::string repository,
                                                    std::string tag,
                                                    std::vector<std::string> changes) {
    const auto reference = repository + ':' + tag;
    CO_TRY(co_await enter("import", reference));
    add_labelled_image(reference, labels_in(changes));
    co_return images_.at(reference).id;
}

Async<Result<std::vector<std::string>>>
FakeDocker::list_image_names(std::vector<std::string> labels) {
    const auto filter = labels.empty() ? std::string() : labels.front();
    CO_TRY(co_await enter("list_images", filter));
    std::vector<std::string> names;
    for (const auto& [reference, image] : images_)
        if (has_labels(image.labels, labels))
            names.push_back(reference);
    co_return names;
}

Async<Result<std::set<std::string>>> FakeDocker::list_image_ids() {
    CO_TRY(co_await enter("list_images", ""));
    std::set<std::string> ids;
    for (const auto& [reference, image] : images_)
        ids.insert(image.id);
    co_return ids;
}

Async<Result<bool>> FakeDocker::remove_image(std::string reference) {
    CO_TRY(co_await enter("remove_image", reference));
    for (const auto& each : containers_)
        if (each.inspect.config.image == reference)
            co_return Error(Errc::conflict, "409 Conflict: image " + reference + " is in use");
    co_return images_.erase(reference) > 0;
}

Async<Result<std::vector<docker::Network>>> FakeDocker::list_networks() {
    CO_TRY(co_await enter("list_networks", ""));
    co_return networks_;
}

Async<Result<std::optional<docker::Network>>> FakeDocker::inspect_network(std::string id) {
    CO_TRY(co_await enter("inspect_network", id));
    for (const auto& network : networks_)
        if (network.id == id || network.name == id)
            co_return std::optional(network);
    co_return std::optional<docker::Network>();
}

Async<Result<std::string>> FakeDocker::create_network(docker::NetworkSpec spec) {
    CO_TRY(co_await enter("create_network", spec.name));
    for (const auto& network : networks_)
        if (network.name == spec.name)
            co_return Error(Errc::conflict, "409 Conflict: network " + spec.name + " exists");
    docker::Network network;
    network.id = network.name = spec.name;
    network.driver = spec.driver;
    network.ipam = {{spec.subnet, spec.gateway}};
    network.labels = spec.labels;
    add_network(network);
    co_return network.id;
}

Async<Result<bool>> FakeDocker::remove_network(std::string id) {
    CO_TRY(co_await enter("remove_network", id));
    const auto removed = std::erase_if(
        networks_, [&](const auto& each) { return each.id == id || each.name == id; });
    docker::Event event;
    event.type = "network";
    event.action = "destroy";
    event.actor_id = id;
    emit(std::move(event));
    co_return removed > 0;
}

Async<Result<std::unique_ptr<docker::EventStream>>>
FakeDocker::events(docker::EventFilter filter, std::optional<std::int64_t> since_nano) {
    CO_TRY(co_await enter("events", ""));
    since_.push_back(since_nano);
    auto stream = std::make_shared<Stream>(loop_, std::move(filter));
    for (const auto& event : history_)
        if (since_nano && event.time_nano >= *since_nano)
            stream->push(event);
    streams_.push_back(stream);
    std::unique_ptr<docker::EventStream> reader = std::make_unique<StreamReader>(std::move(stream));
    co_return reader;
}

} // namespace fakes
