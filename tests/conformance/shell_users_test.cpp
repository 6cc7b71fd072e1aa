// Entrypoints that ask with curl, jq, grep and sed.

#include "tests/conformance/client_task.hpp"

#include <set>

namespace conformance {

using namespace integration;

namespace {

constexpr auto container_port = 8080;

/// The host's ports for the container's, as the engine has them. In a network of the task's own there are
/// none, and ECS tells the container's.
std::set<int> host_ports(const Client& client, bool is_awsvpc) {
    if (is_awsvpc)
        return {container_port};
    std::set<int> ports;
    const auto& published = client.inspected.at("NetworkSettings").at("Ports");
    for (const auto& binding : published.at(std::to_string(container_port) + "/tcp"))
        ports.insert(std::stoi(binding.at("HostPort").get<std::string>()));
    return ports;
}

/// One line of JSON for each port, as `jq -c` writes it.
std::set<int> host_ports_in(const Json& lines) {
    std::set<int> ports;
    for (const auto& line : lines_of(lines)) {
        const auto port = Json::parse(line);
        EXPECT_EQ(port.at("ContainerPort"), container_port);
        EXPECT_EQ(port.at("Protocol"), "tcp");
        ports.insert(port.at("HostPort").get<int>());
    }
    return ports;
}

std::set<int> numbers_in(const Json& lines) {
    std::set<int> numbers;
    for (const auto& line : lines_of(lines))
        numbers.insert(std::stoi(line));
    return numbers;
}

std::string address_of(const Json& network_owner) {
    const auto& networks = network_owner.at("NetworkSettings").at("Networks");
    return networks.begin().value().at("IPAddress");
}

} // namespace

class ShellUsers : public ClientTask {
protected:
    Client run_shell() {
        Json ports;
        ports["portMappings"] = Json::array({{{"containerPort", container_port}}});
        return run("/clients/shell_users.sh", ports);
    }
};

TEST_P(ShellUsers, FindTheHostPortByIntrospectionAndInTheFile) {
    const auto client = run_shell();
    const auto expected = host_ports(client, is_awsvpc());
    EXPECT_EQ(host_ports_in(client.found.at("introspected_ports")), expected);
    EXPECT_EQ(host_ports_in(client.found.at("short_id_ports")), expected);
    EXPECT_EQ(numbers_in(client.found.at("file_host_port")), expected);
}

TEST_P(ShellUsers, FindTheirContainerTaskAndAddress) {
    const auto client = run_shell();
    const auto& found = client.found;
    const auto arn = label_of(client, "com.amazonaws.ecs.task-arn");
    for (const auto* way : {"file_container", "v3_container"})
        EXPECT_EQ(found.at(way), client.id) << way;
    EXPECT_EQ(found.at("file_image"), client.inspected.at("Config").at("Image"));
    EXPECT_EQ(found.at("introspected_task"), arn);
    EXPECT_EQ(found.at("introspected_cluster"), label_of(client, "com.amazonaws.ecs.cluster"));
    EXPECT_EQ(found.at("v3_family"), label_of(client, "com.amazonaws.ecs.task-definition-family"));
    EXPECT_EQ(found.at("v4_task"), arn.substr(arn.rfind('/') + 1));
    EXPECT_EQ(found.at("v4_address"), address_of(network_owner(client)));
}

TEST_P(ShellUsers, FindTheirStats) {
    const auto client = run_shell();
    EXPECT_EQ(client.found.at("v4_stats_container"), client.id);
}

INSTANTIATE_TEST_SUITE_P(In, ShellUsers, testing::Values("bridge", "awsvpc"),
                         [](const auto& mode) { return std::string(mode.param); });

} // namespace conformance
