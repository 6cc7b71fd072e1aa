// What a test does to fakes::FakeDocker, and sees of it.

#include "fakes/fake_docker.hpp"
#include "fakes/fake_docker_stream.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <stdexcept>

namespace fakes {

namespace {

constexpr std::size_t events_remembered = 256;

/// 64 digits; its two halves are the same, since either half has to tell containers apart.
std::string id_of(int number) {
    const auto text = std::to_string(number);
    const auto half = std::string(32 - text.size(), '0') + text;
    return half + half;
}

} // namespace

FakeDocker::FakeDocker(base::Executor loop) : loop_(loop), mended_(std::move(loop)) {
    docker::Network bridge;
    bridge.id = bridge.name = "bridge";
    bridge.driver = "bridge";
    bridge.ipam = {{"172.17.0.0/16", "172.17.0.1"}};
    networks_.push_back(std::move(bridge));
}

FakeDocker::~FakeDocker() = default;

void FakeDocker::add_image(const std::string& reference, std::vector<std::string> environment) {
    docker::ImageInspect image;
    image.id = "sha256:" + id_of(++ids_);
    image.repo_tags = {reference};
    image.env = std::move(environment);
    images_[reference] = std::move(image);
}

void FakeDocker::add_labelled_image(const std::string& reference, docker::StringMap labels) {
    add_image(reference);
    images_[reference].labels = std::move(labels);
}

void FakeDocker::name_image(const std::string& reference, std::vector<std::string> names) {
    images_.at(reference).repo_tags = std::move(names);
}

void FakeDocker::add_file_in_image(const std::string& reference, const std::string& path) {
    files_in_images_[reference].insert(path);
}

void FakeDocker::add_pullable_image(const std::string& reference) {
    pullable_.insert(reference);
}

void FakeDocker::add_network(docker::Network network) {
    docker::Event event;
    event.type = "network";
    event.action = "create";
    event.actor_id = network.id;
    networks_.push_back(std::move(network));
    emit(std::move(event));
}

std::string FakeDocker::make_container(const std::string& name, const std::string& network_mode,
                                       docker::StringMap labels) {
    auto& container = add_container(name, "busybox");
    container.inspect.host_config.network_mode = network_mode;
    container.inspect.config.labels = std::move(labels);
    container_event(container, "create");
    return container.inspect.id;
}

docker::ContainerInspect& FakeDocker::container(const std::string& id_or_name) {
    auto* found = find(id_or_name);
    if (found == nullptr)
        throw std::logic_error("the test has no container " + id_or_name);
    return found->inspect;
}

const std::string& FakeDocker::create_body(const std::string& id_or_name) const {
    for (const auto& each : containers_)
        if (each.inspect.id == id_or_name || each.inspect.name == "/" + id_or_name)
            return each.body;
    throw std::logic_error("the test has no container " + id_or_name);
}

bool FakeDocker::has_container(const std::string& id_or_name) const {
    return std::any_of(containers_.begin(), containers_.end(), [&](const auto& each) {
        return each.inspect.id == id_or_name || each.inspect.name == "/" + id_or_name;
    });
}

std::vector<std::string> FakeDocker::container_names() const {
    std::vector<std::string> names;
    for (const auto& each : containers_)
        names.push_back(each.inspect.name.substr(1));
    return names;
}

FakeDocker::Container* FakeDocker::find(const std::string& id_or_name) {
    for (auto& each : containers_)
        if (each.inspect.id == id_or_name || each.inspect.name == "/" + id_or_name)
            return &each;
    return nullptr;
}

std::string FakeDocker::name_of(const std::string& id) {
    const auto* found = find(id);
    return found == nullptr ? id : found->inspect.name.substr(1);
}

FakeDocker::Container& FakeDocker::add_container(const std::string& name,
                                                 const std::string& image) {
    auto& container = containers_.emplace_back();
    auto& inspect = container.inspect;
    inspect.id = id_of(++ids_);
    inspect.name = "/" + name;
    inspect.created = base::now();
    inspect.state.status = "created";
    inspect.config.image = image;
    if (const auto found = images_.find(image); found != images_.end())
        inspect.image_id = found->second.id;
    inspect.host_config.network_mode = "default";
    inspect.has_network_settings = true;
    if (const auto death = deaths_at_start_.find(name); death != deaths_at_start_.end())
        container.dies_at_start = death->second;
    return container;
}

void FakeDocker::connect_to_network(Container& container) {
    auto& inspect = container.inspect;
    const auto& mode = inspect.host_config.network_mode;
    if (mode == "host" || mode == "none" || mode.starts_with("container:"))
        return;
    docker::NetworkEndpoint endpoint;
    endpoint.network_id = mode;
    // The last digits of the id; nobody else has them.
    const auto number = std::stoi(inspect.id.substr(56));
    endpoint.ip = "172.17." + std::to_string(number / 250) + '.' + std::to_string(number % 250 + 2);
    endpoint.prefix_len = 16;
    endpoint.gateway = "172.17.0.1";
    inspect.network_settings.networks[mode == "default" ? "bridge" : mode] = endpoint;
    inspect.network_settings.sandbox_key = "/var/run/docker/netns/" + inspect.id.substr(52);
}

void FakeDocker::bind_ports(Container& container) {
    if (container.body.empty())
        return;
    const auto document = nlohmann::json::parse(container.body);
    const auto host = document.value("HostConfig", nlohmann::json::object());
    const auto wanted = host.value("PortBindings", nlohmann::json::object());
    for (const auto& [key, bindings] : wanted.items()) {
        for (const auto& binding : bindings) {
            const auto asked = binding.value("HostPort", "");
            const auto port =
                asked.empty() ? next_port_++ : static_cast<std::uint16_t>(std::stoi(asked));
            container.inspect.network_settings.ports[key].push_back({"0.0.0.0", port});
        }
    }
}

void FakeDocker::run_container(const std::string& id_or_name) {
    auto* found = find(id_or_name);
    if (found == nullptr)
        throw std::logic_error("the test has no container " + id_or_name);
    auto& state = found->inspect.state;
    state = docker::ContainerState();
    state.status = "running";
    state.running = true;
    state.pid = ++ids_;
    state.started_at = base::now();
    found->inspect.network_settings = docker::NetworkSettings();
    connect_to_network(*found);
    bind_ports(*found);
    docker::Event connected;
    connected.type = "network";
    connected.action = "connect";
    connected.actor_id = found->inspect.host_config.network_mode;
    connected.attributes["container"] = found->inspect.id;
    emit(std::move(connected));
    container_event(*found, "start");
}

void FakeDocker::die(const std::string& id_or_name, int exit_code) {
    auto* found = find(id_or_name);
    if (found == nullptr)
        throw std::logic_error("the test has no container " + id_or_name);
    auto& state = found->inspect.state;
    state.status = "exited";
    state.running = false;
    state.pid = 0;
    state.exit_code = exit_code;
    state.finished_at = base::now();
    found->inspect.network_settings = docker::NetworkSettings();
    container_event(*found, "die");
}

void FakeDocker::set_health(const std::string& id_or_name, const std::string& status) {
    auto* found = find(id_or_name);
    if (found == nullptr)
        throw std::logic_error("the test has no container " + id_or_name);
    docker::ContainerHealth health;
    health.status = status;
    found->inspect.state.health = health;
    container_event(*found, "health_status: " + status);
}

void FakeDocker::destroy(const std::string& id_or_name) {
    auto* found = find(id_or_name);
    if (found == nullptr)
        throw std::logic_error("the test has no container " + id_or_name);
    const auto id = found->inspect.id;
    if (found->inspect.state.running)
        die(id, 137);
    container_event(*found, "destroy");
    containers_.remove_if([&](const auto& each) { return each.inspect.id == id; });
}

void FakeDocker::container_event(const Container& container, const std::string& action) {
    docker::Event event;
    event.type = "container";
    event.action = action;
    event.actor_id = container.inspect.id;
    event.attributes = container.inspect.config.labels;
    event.attributes["name"] = container.inspect.name.substr(1);
    emit(std::move(event));
}

void FakeDocker::emit(docker::Event event) {
    if (event.time_nano == 0)
        event.time_nano = ++clock_;
    history_.push_back(event);
    if (history_.size() > events_remembered)
        history_.pop_front();
    if (losing_events_)
        return;
    for (const auto& each : streams_)
        if (const auto stream = each.lock(); stream && !stream->hanging)
            stream->push(event);
}

void FakeDocker::fail_next(const std::string& operation, base::Error error) {
    failures_[operation].push_back(std::move(error));
}

void FakeDocker::lose_next_answer(const std::string& operation, base::Error error) {
    lost_answers_[operation].push_back(std::move(error));
}

void FakeDocker::delay(const std::string& operation, std::chrono::milliseconds time) {
    delays_[operation] = time;
}

void FakeDocker::hang(const std::string& operation, const std::string& subject) {
    hanging_.insert(operation + ' ' + subject);
}

void FakeDocker::spoil(const std::string& operation, const std::string& subject,
                       base::Error error) {
    spoiled_.insert_or_assign(operation + ' ' + subject, std::move(error));
}

void FakeDocker::mend(const std::string& operation, const std::string& subject) {
    hanging_.erase(operation + ' ' + subject);
    spoiled_.erase(operation + ' ' + subject);
    mended_.notify_all();
}

void FakeDocker::set_away(bool away) {
    away_ = away;
    if (away)
        cut_events();
}

void FakeDocker::die_at_start(const std::string& name, int exit_code) {
    deaths_at_start_[name] = exit_code;
}

void FakeDocker::cut_events() {
    for (const auto& each : streams_) {
        if (const auto stream = each.lock()) {
            stream->cut = true;
            stream->changed.notify_all();
        }
    }
}

void FakeDocker::hang_events() {
    for (const auto& each : streams_) {
        if (const auto stream = each.lock()) {
            stream->hanging = true;
            stream->changed.notify_all();
        }
    }
}

std::size_t FakeDocker::count(std::string_view beginning) const {
    return static_cast<std::size_t>(
        std::count_if(calls_.begin(), calls_.end(),
                      [&](const std::string& call) { return call.starts_with(beginning); }));
}

std::size_t FakeDocker::most_at_once(const std::string& operation) const {
    const auto found = under_way_.find(operation);
    return found == under_way_.end() ? 0 : found->second.second;
}

std::size_t FakeDocker::open_streams() const {
    return static_cast<std::size_t>(
        std::count_if(streams_.begin(), streams_.end(), [](const auto& each) {
            const auto stream = each.lock();
            return stream && !stream->cut;
        }));
}

} // namespace fakes
