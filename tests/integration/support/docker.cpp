#include "tests/integration/support/docker.hpp"

#include <cctype>
#include <cstdlib>
#include <stdexcept>

namespace integration {

namespace {

constexpr auto make_demo_image = R"sh(
root=$(mktemp -d)
mkdir -p "$root/bin" "$root/tmp" "$root/www"
cp "$(command -v busybox)" "$root/bin/busybox"
busybox --list | grep -vx busybox | perl -ne 'chomp; symlink "busybox", "'"$root"'/bin/$_" or die'
echo 'hello from the ECS node agent' >"$root/www/index.html"
tar -C "$root" --owner=0 --group=0 -c . | docker import - ecs-node-agent-demo:latest
rm -rf "$root"
)sh";

std::string percent_encoded(const std::string& text) {
    constexpr auto digits = "0123456789ABCDEF";
    std::string encoded;
    for (const unsigned char letter : text) {
        if (std::isalnum(letter) != 0)
            encoded += static_cast<char>(letter);
        else
            encoded += {'%', digits[letter >> 4U], digits[letter & 15U]};
    }
    return encoded;
}

std::string find_container(const std::string& family, const std::string& name, Which which) {
    const auto found =
        list_containers(which, {label_of_family + '=' + family, label_of_name + '=' + name});
    if (found.size() > 1)
        throw std::runtime_error("there are several containers " + name + " of " + family);
    return found.empty() ? std::string() : found.front().id;
}

} // namespace

std::string docker(Words words) {
    words.insert(words.begin(), "docker");
    return must(words);
}

void ensure_demo_image() {
    if (run({"docker", "image", "inspect", demo_image}).status != 0)
        shell(make_demo_image);
}

std::string engine_socket() {
    const std::string scheme = "unix://";
    const char* host = std::getenv("DOCKER_HOST");
    if (host == nullptr || *host == '\0')
        return "/var/run/docker.sock";
    if (!std::string(host).starts_with(scheme))
        throw std::runtime_error("DOCKER_HOST is no Unix socket");
    return host + scheme.size();
}

Answer ask_engine(const std::string& path, const Filters& filters) {
    auto target = path;
    if (!filters.empty())
        target += (path.find('?') == std::string::npos ? "?filters=" : "&filters=") +
                  percent_encoded(Json(filters).dump());
    // By HTTP/1.0 nothing comes in chunks.
    return exchange(connect_to(engine_socket()), "GET " + target + " HTTP/1.0\r\n\r\n");
}

Json engine_get(const std::string& path, const Filters& filters) {
    const auto answer = ask_engine(path, filters);
    if (answer.status != 200)
        throw std::runtime_error("the engine answers " + path + " with " +
                                 std::to_string(answer.status) + ": " + answer.body);
    return answer.json();
}

std::vector<Listed> list_containers(Which which, const std::vector<std::string>& labels) {
    const std::string all = which == Which::all ? "?all=true" : "";
    std::vector<Listed> found;
    for (const auto& each : engine_get("/containers/json" + all, {{"label", labels}})) {
        Listed listed{each.at("Id"), each.at("Names").at(0).get<std::string>().substr(1),
                      each.at("State"), each.at("Labels")};
        // The engine lists a container while it makes it, before it can be inspected
        // (findings/engine-lists-what-it-cannot-inspect.sh).
        const bool is_being_made = listed.state == "created" &&
                                   ask_engine("/containers/" + listed.id + "/json").status == 404;
        if (!is_being_made)
            found.push_back(std::move(listed));
    }
    return found;
}

std::vector<std::string> list_volumes(const std::string& label) {
    std::vector<std::string> names;
    const auto listed = engine_get("/volumes", {{"label", {label}}});
    for (const auto& volume : listed.at("Volumes"))
        names.push_back(volume.at("Name"));
    return names;
}

Json inspect(const std::string& container) {
    return engine_get("/containers/" + container + "/json");
}

Outcome try_in(const std::string& container, const std::string& command) {
    return run({"docker", "exec", container, "sh", "-c", command});
}

std::string exec_in(const std::string& container, const std::string& command) {
    return must({"docker", "exec", container, "sh", "-c", command});
}

Json get_in(const std::string& container, const std::string& url) {
    return Json::parse(exec_in(container, "timeout 5 wget -qO- " + url));
}

std::string container_of(const std::string& family, const std::string& name) {
    return find_container(family, name, Which::running);
}

std::string any_container_of(const std::string& family, const std::string& name) {
    return find_container(family, name, Which::all);
}

int published_port(const std::string& container, const std::string& port) {
    const auto bindings = inspect(container)["NetworkSettings"]["Ports"][port];
    return std::stoi(bindings.at(0).at("HostPort").get<std::string>());
}

Container::Container(Words words) {
    words.insert(words.begin(), {"run", "--detach"});
    id_ = docker(words);
}

Container::~Container() {
    if (!id_.empty())
        run({"docker", "rm", "--force", "--volumes", id_});
}

DockerNetwork::DockerNetwork(Words words) : name_(words.back()) {
    words.insert(words.begin(), {"network", "create"});
    docker(words);
}

DockerNetwork::~DockerNetwork() {
    run({"docker", "network", "rm", name_});
}

} // namespace integration
