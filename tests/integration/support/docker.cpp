#include "tests/integration/support/docker.hpp"

#include <stdexcept>

namespace integration {

namespace {

constexpr auto make_demo_image = R"sh(
root=$(mktemp -d)
mkdir -p "$root/bin" "$root/tmp" "$root/www"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in $(busybox --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
done
echo 'hello from the ECS node agent' >"$root/www/index.html"
tar -C "$root" --owner=0 --group=0 -c . | docker import - ecs-node-agent-demo:latest
rm -rf "$root"
)sh";

std::string find_container(const std::string& family, const std::string& name, bool all) {
    Words words{"ps", "--quiet", "--no-trunc"};
    if (all)
        words.emplace_back("--all");
    words.insert(words.end(),
                 {"--filter", "label=com.amazonaws.ecs.task-definition-family=" + family,
                  "--filter", "label=com.amazonaws.ecs.container-name=" + name});
    const auto found = lines_of(docker(words));
    if (found.size() > 1)
        throw std::runtime_error("there are several containers " + name + " of " + family);
    return found.empty() ? std::string() : found.front();
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

Json inspect(const std::string& container) {
    return Json::parse(docker({"inspect", "--type", "container", container})).at(0);
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
    return find_container(family, name, false);
}

std::string any_container_of(const std::string& family, const std::string& name) {
    return find_container(family, name, true);
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
