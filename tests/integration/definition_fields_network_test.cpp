// Ports and names: what a container is reached at, and whom it finds.

#include "tests/integration/definition_fields.hpp"

#include <algorithm>

namespace integration {

namespace {

int port_of(const Json& binding) {
    return std::stoi(binding.at(0).at("HostPort").get<std::string>());
}

/// The element of v4's Ports for a container's port.
Json shown_port(FieldBench& bench, int container_port) {
    const auto ports = bench.answer("web").at("Ports");
    const auto found = std::ranges::find(ports, Json(container_port),
                                         [](const Json& port) { return port.at("ContainerPort"); });
    return found == ports.end() ? Json() : *found;
}

/// The lines of a file of the container that have this word.
std::string lines_in(FieldBench& bench, const std::string& file, const std::string& word) {
    return bench.inside("app", "grep '" + word + "' " + file + " | tr '\\t' ' '");
}

const FieldTrial port_mappings(
    in_container({"portMappings", "portMappings[].containerPort", "portMappings[].hostPort"}),
    [](FieldBench& bench) {
        const auto looked_at = bench.looked_at("web");
        EXPECT_TRUE(looked_at["Config"]["ExposedPorts"].contains("80/tcp"));
        EXPECT_EQ(port_of(looked_at["HostConfig"]["PortBindings"]["80/tcp"]), 28180);
        EXPECT_EQ(front_page("127.0.0.1", 28180), "hello from the ECS node agent\n");
        EXPECT_EQ(bench.inside("web", "wget -qO- http://127.0.0.1:80/"),
                  "hello from the ECS node agent");
        EXPECT_EQ(shown_port(bench, 80).at("HostPort"), 28180);
        const auto chosen = shown_port(bench, 53).at("HostPort").get<int>();
        EXPECT_GE(chosen, 28200) << "where none is said it is out of the range";
        EXPECT_LE(chosen, 28209);
    });

const FieldTrial protocol(in_container({"portMappings[].protocol"}), [](FieldBench& bench) {
    const auto looked_at = bench.looked_at("web");
    EXPECT_TRUE(looked_at["HostConfig"]["PortBindings"].contains("53/udp"));
    EXPECT_FALSE(looked_at["HostConfig"]["PortBindings"].contains("53/tcp"));
    const auto shown = shown_port(bench, 53);
    EXPECT_EQ(shown.at("Protocol"), "udp");
    EXPECT_EQ(shown.at("HostPort"), port_of(looked_at["NetworkSettings"]["Ports"]["53/udp"]));
});

const FieldTrial port_range(in_container({"portMappings[].containerPortRange"}),
                            [](FieldBench& bench) {
                                const auto ports =
                                    bench.looked_at("web")["NetworkSettings"]["Ports"];
                                const auto first = port_of(ports["9000/tcp"]);
                                EXPECT_GE(first, 28200);
                                EXPECT_LE(first + 2, 28209);
                                EXPECT_EQ(port_of(ports["9001/tcp"]), first + 1);
                                EXPECT_EQ(port_of(ports["9002/tcp"]), first + 2);
                                EXPECT_EQ(shown_port(bench, 9001).at("HostPort"), first + 1);
                            });

/// The names are Service Connect's, which is not run: they are kept.
const FieldTrial port_names(in_container({"portMappings[].name", "portMappings[].appProtocol"}),
                            [](FieldBench& bench) {
                                const auto containers =
                                    bench.kept("many.json").at("containerDefinitions");
                                const auto mapping = containers.back().at("portMappings").front();
                                EXPECT_EQ(mapping.at("name"), "page");
                                EXPECT_EQ(mapping.at("appProtocol"), "http2");
                            });

const FieldTrial links(in_container({"links"}), [](FieldBench& bench) {
    const auto name = bench.looked_at("web")["Name"].get<std::string>();
    const auto target = bench.looked_at("app");
    auto linked = bench.host_config("web")["Links"].get<std::vector<std::string>>();
    std::ranges::sort(linked);
    EXPECT_EQ(linked, (std::vector{target["Name"].get<std::string>() + ':' + name + "/main",
                                   bench.looked_at("terminal")["Name"].get<std::string>() + ':' +
                                       name + "/terminal"}));
    EXPECT_EQ(bench.inside("web", "awk '$2 == \"main\" {print $1}' /etc/hosts"),
              target["NetworkSettings"]["IPAddress"]);
});

const FieldTrial hostname(in_container({"hostname"}), [](FieldBench& bench) {
    EXPECT_EQ(bench.config("app")["Hostname"], "front.shop");
    EXPECT_EQ(bench.inside("app", "hostname"), "front.shop");
});

const FieldTrial dns(in_container({"dnsServers", "dnsSearchDomains"}), [](FieldBench& bench) {
    const auto host = bench.host_config("app");
    EXPECT_EQ(host["Dns"], Json({"192.0.2.53"}));
    EXPECT_EQ(host["DnsSearch"], Json({"shop.example"}));
    EXPECT_EQ(lines_in(bench, "/etc/resolv.conf", "^nameserver"), "nameserver 192.0.2.53");
    EXPECT_EQ(lines_in(bench, "/etc/resolv.conf", "^search"), "search shop.example");
});

const FieldTrial
    extra_hosts(in_container({"extraHosts", "extraHosts[].hostname", "extraHosts[].ipAddress"}),
                [](FieldBench& bench) {
                    EXPECT_EQ(bench.host_config("app")["ExtraHosts"],
                              Json({"warehouse:192.0.2.7"}));
                    EXPECT_EQ(lines_in(bench, "/etc/hosts", "warehouse"), "192.0.2.7 warehouse");
                });

} // namespace

} // namespace integration
