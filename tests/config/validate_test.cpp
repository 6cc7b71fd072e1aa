#include "agent/config/config.hpp"
#include "agent/config/registry_logins.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace agent::config {
namespace {

using namespace std::chrono_literals;

std::string fault(const std::function<void(Config&)>& change) {
    Config config;
    change(config);
    const auto done = validate(config);
    return done ? "no error" : done.error().what();
}

TEST(Validate, Clusters) {
    const auto cluster = [](std::string name) {
        return fault([&](Config& config) { config.cluster = std::move(name); });
    };
    for (const auto* name : {"a", "Web-1_x", "arn:aws:ecs:us-east-1:123456789012:cluster/web",
                             "arn:aws-us-gov:ecs:us-gov-west-1:123456789012:cluster/web"})
        EXPECT_EQ(cluster(name), "no error");
    for (const std::string name :
         {"", "a b", "a/b", "arn:aws:ecs:us-east-1:123456789012:service/web",
          "arn:aws:ecs:us-east-1:1234:cluster/web", "arn:aws:ecs:us-east-1:123456789012:cluster/",
          "arn:aws:ec2:us-east-1:123456789012:cluster/web", "arn:"})
        EXPECT_EQ(cluster(name),
                  "cluster: expected 1 to 255 letters, digits, '-' and '_', or an "
                  "ARN such as arn:aws:ecs:us-east-1:123456789012:cluster/web, got '" +
                      name + "'");
    EXPECT_NE(cluster(std::string(256, 'a')), "no error");
}

TEST(Validate, Identity) {
    for (const std::string region : {"", "us", "us-east", "US-EAST-1", "us-east-1a", "us--1",
                                     "us-east-", "-east-1", "us-east-100"})
        EXPECT_EQ(fault([&](Config& config) { config.region = region; }),
                  "region: expected a region such as us-east-1, got '" + region + "'");
    for (const auto* region : {"eu-west-3", "us-gov-west-1", "cn-north-1", "us-isob-east-1",
                               "ap-southeast-2", "eu-isoe-west-1"})
        EXPECT_EQ(fault([&](Config& config) { config.region = region; }), "no error");
    for (const std::string account : {"", "12345678901", "1234567890123", "12345678901a"})
        EXPECT_EQ(fault([&](Config& config) { config.account_id = account; }),
                  "account_id: expected 12 digits, got '" + account + "'");
    for (const std::string zone : {"eu-west-1a", "us-east-1", "us-east-1 a"})
        EXPECT_EQ(
            fault([&](Config& config) { config.availability_zone = zone; }),
            "availability_zone: expected a zone of region us-east-1 such as us-east-1a, got '" +
                zone + "'");
    for (const auto* zone : {"us-east-1f", "us-east-1-bos-1a"})
        EXPECT_EQ(fault([&](Config& config) { config.availability_zone = zone; }), "no error");
    EXPECT_EQ(fault([](Config& config) { config.availability_zone_id = "use1 az1"; }),
              "availability_zone_id: expected a zone id such as use1-az1, got 'use1 az1'");
    for (const std::string id : {"x", "0123456789abcdef0123456789abcdeF", "0123456789abcdef",
                                 "0123456789abcdef-123456789abcdef"})
        EXPECT_EQ(fault([&](Config& config) { config.container_instance_id = id; }),
                  "container_instance_id: expected 32 hexadecimal digits or a UUID in lower case, "
                  "got '" +
                      id + "'");
    for (const auto* id :
         {"0123456789abcdef0123456789abcdef", "01234567-89ab-cdef-0123-456789abcdef"})
        EXPECT_EQ(fault([&](Config& config) { config.container_instance_id = id; }), "no error");
    EXPECT_EQ(fault([](Config& config) {
                  config.task_tags = {{"", "x"}};
              }),
              "task_tags: a tag's key has 1 to 128 characters, its value at most 256");
    EXPECT_EQ(fault([](Config& config) {
                  for (int i = 0; i < 51; ++i)
                      config.container_instance_tags[std::to_string(i)] = "";
              }),
              "container_instance_tags: at most 50 tags");
}

TEST(Validate, Places) {
    EXPECT_EQ(fault([](Config& config) { config.tasks_dir = "tasks"; }),
              "tasks_dir: expected an absolute path, got 'tasks'");
    EXPECT_EQ(fault([](Config& config) { config.data_dir = ""; }),
              "data_dir: expected an absolute path, got ''");
    EXPECT_EQ(fault([](Config& config) { config.data_dir = "/a:b"; }),
              "data_dir: must not contain ':', which Docker's bind syntax separates by");
    for (const std::string path : {"", "credentials.yaml", "./c", "~/c"}) {
        EXPECT_EQ(fault([&](Config& config) { config.credentials_file = path; }),
                  "credentials_file: expected an absolute path, got '" + path + "'");
        EXPECT_EQ(fault([&](Config& config) { config.audit_log_file = path; }),
                  "audit_log_file: expected an absolute path, got '" + path + "'");
    }
    EXPECT_EQ(fault([](Config& config) { config.credentials_file = "/a:b/c"; }), "no error");
    EXPECT_EQ(fault([](Config& config) { config.audit_log_file = "/dev/full"; }), "no error");
}

TEST(Validate, Docker) {
    for (const auto* host : {"unix:///run/docker.sock", "tcp://127.0.0.1:2375", "tcp://[::1]:2375",
                             "tcp://localhost:1"})
        EXPECT_EQ(fault([&](Config& config) { config.docker_host = host; }), "no error");
    for (const std::string host : {"", "/run/docker.sock", "unix://run", "unix:///", "http://a:1",
                                   "tcp://a", "tcp://:1", "tcp://a:0", "tcp://a:65536", "ssh://a"})
        EXPECT_EQ(fault([&](Config& config) { config.docker_host = host; }),
                  "docker_host: expected unix:///path or tcp://host:port, got '" + host + "'");
    for (const auto* version : {"1.24", "1.52"})
        EXPECT_EQ(fault([&](Config& config) { config.docker_api_version = version; }), "no error");
    for (const std::string version : {"1.23", "v1.41", "1.", "2.0", "1.41x"})
        EXPECT_EQ(fault([&](Config& config) { config.docker_api_version = version; }),
                  "docker_api_version: expected an Engine API version from 1.24 on, got '" +
                      version + "'");
    EXPECT_EQ(fault([](Config& config) { config.container_create_timeout = 59s; }),
              "container_create_timeout: must be at least 1m, got 59s");
    EXPECT_EQ(fault([](Config& config) { config.container_start_timeout = 44s; }),
              "container_start_timeout: must be at least 45s, got 44s");
    EXPECT_EQ(fault([](Config& config) { config.container_stop_timeout = 999ms; }),
              "container_stop_timeout: must be at least 1s, got 999ms");
    EXPECT_EQ(fault([](Config& config) { config.image_pull_timeout = 1s; }),
              "image_pull_timeout: must be at least 1m, got 1s");
    EXPECT_EQ(fault([](Config& config) { config.image_pull_inactivity_timeout = 0s; }),
              "image_pull_inactivity_timeout: must be at least 1m, got 0");
}

std::string auth_fault(EngineAuthType type, const std::string& data) {
    return fault([&](Config& config) {
        config.engine_auth_type = type;
        config.engine_auth_data.text = data;
    });
}

TEST(Validate, Images) {
    using enum EngineAuthType;
    EXPECT_EQ(auth_fault(none, R"({"a":{}})"),
              "engine_auth_data: needs engine_auth_type as well (dockercfg or docker)");
    for (const auto type : {dockercfg, docker})
        EXPECT_EQ(auth_fault(type, ""), "engine_auth_type: needs engine_auth_data as well");
    EXPECT_EQ(auth_fault(docker, R"({"r:5000":{"username":"u","password":"p","email":"e"}})"),
              "no error");
    // "u:p"
    EXPECT_EQ(auth_fault(dockercfg, R"({"https://r/v1/":{"auth":"dTpw","email":"e"}})"),
              "no error");
}

TEST(Validate, NeverShowsLogins) {
    const std::string wrong_docker = "engine_auth_data: expected JSON such as "
                                     R"({"<registry>":{"username":"...","password":"..."}})";
    for (const std::string data :
         {"MARKER", R"({"MARKER")", R"(["MARKER"])", R"({"MARKER":"MARKER"})",
          R"({"MARKER":{"username":"MARKER"}})", R"({"MARKER":{"username":1,"password":"MARKER"}})",
          R"({"":{"username":"MARKER","password":"MARKER"}})",
          R"({"r":{"username":"","password":"MARKER"}})", "{}", "<hidden>",
          R"({"r":{"auth":"MARKER","auth":"MARKER"}})"})
        EXPECT_EQ(auth_fault(EngineAuthType::docker, data), wrong_docker) << data;
    const std::string wrong_dockercfg = "engine_auth_data: expected JSON such as "
                                        R"({"<registry>":{"auth":"<base64 of user:password>"}})";
    // "MARKER" without a colon, and ":MARKER" without a user
    for (const std::string data :
         {R"({"r":{"auth":"!MARKER"}})", R"({"r":{"auth":"TUFSS0VS"}})",
          R"({"r":{"auth":"Ok1BUktFUg=="}})", R"({"r":{"username":"MARKER","password":"MARKER"}})"})
        EXPECT_EQ(auth_fault(EngineAuthType::dockercfg, data), wrong_dockercfg) << data;
}

TEST(RegistryLogins, AreReadInBothForms) {
    const auto plain = parse_registry_logins(EngineAuthType::docker,
                                             R"({"r:5000":{"username":"u","password":"a:b"},"s":)"
                                             R"({"username":"v","password":""}})");
    ASSERT_TRUE(plain);
    EXPECT_EQ(plain->at("r:5000").username, "u");
    EXPECT_EQ(plain->at("r:5000").password, "a:b");
    EXPECT_EQ(plain->at("s").password, "");
    // "u:a:b" and a NUL
    const auto packed =
        parse_registry_logins(EngineAuthType::dockercfg, R"({"r":{"auth":"dTphOmIA"}})");
    ASSERT_TRUE(packed);
    EXPECT_EQ(packed->at("r").username, "u");
    EXPECT_EQ(packed->at("r").password, "a:b");
    EXPECT_TRUE(parse_registry_logins(EngineAuthType::none, "")->empty());
}

TEST(Validate, Tasks) {
    EXPECT_EQ(fault([](Config& config) { config.task_cleanup_wait = 999ms; }),
              "task_cleanup_wait: must be at least 1s, got 999ms");
    EXPECT_EQ(fault([](Config& config) { config.cgroup_path = "cgroup"; }),
              "cgroup_path: expected an absolute path, got 'cgroup'");
    for (const auto period : {7ms, 101ms})
        EXPECT_EQ(fault([&](Config& config) { config.cgroup_cpu_period = period; }),
                  "cgroup_cpu_period: must be from 8ms to 100ms, got " +
                      to_string(Duration(period)));
    EXPECT_EQ(fault([](Config& config) { config.cgroup_cpu_period = 8ms; }), "no error");
}

TEST(Validate, Network) {
    const auto pool = [](std::uint32_t address, int prefix_length) {
        return fault([&](Config& config) { config.link_local_pool = {address, prefix_length}; });
    };
    EXPECT_EQ(pool(0xA9FE0000, 15),
              "link_local_pool: the mask must be /16 to /29, got 169.254.0.0/15");
    EXPECT_EQ(pool(0xA9FEAC00, 30),
              "link_local_pool: the mask must be /16 to /29, got 169.254.172.0/30");
    EXPECT_EQ(pool(0xA9FEA800, 22), "link_local_pool: must not contain 169.254.169.254 or "
                                    "169.254.170.2, got 169.254.168.0/22");
    EXPECT_EQ(pool(0xE0000000, 22),
              "link_local_pool: must be of unicast addresses, got 224.0.0.0/22");
    EXPECT_EQ(pool(0x0A000000, 24), "no error");
    for (const std::string name : {"", ".", "a/b", "sixteen-letters-", "a b"})
        EXPECT_EQ(fault([&](Config& config) { config.bridge_name = name; }),
                  "bridge_name: expected 1 to 15 letters, digits, '_', '.' and '-', got '" + name +
                      "'");
    EXPECT_EQ(fault([](Config& config) { config.awsvpc_network = "-x"; }),
              "awsvpc_network: expected a name for a Docker network, got '-x'");
    EXPECT_EQ(fault([](Config& config) { config.awsvpc_network = "host"; }),
              "awsvpc_network: 'host' is a network of Docker's own");
    EXPECT_EQ(fault([](Config& config) {
                  config.awsvpc_subnet = Ipv4Network{0x0A000000, 7};
              }),
              "awsvpc_subnet: the mask must be /8 to /29, got 10.0.0.0/7");
    for (const auto& subnet : {Ipv4Network{0xA9FE0000, 16}, Ipv4Network{0xA9FEAD00, 24}})
        EXPECT_EQ(fault([&](Config& config) { config.awsvpc_subnet = subnet; }),
                  "awsvpc_subnet: " + to_string(subnet) +
                      " overlaps link_local_pool 169.254.172.0/22");
    EXPECT_EQ(fault([](Config& config) {
                  config.awsvpc_subnet = Ipv4Network{0x0A000000, 16};
              }),
              "no error");
}

TEST(Validate, Servers) {
    EXPECT_EQ(fault([](Config& config) { config.endpoint_port = 0; }),
              "endpoint_port: must not be 0");
    EXPECT_EQ(fault([](Config& config) { config.introspection_port = 0; }),
              "introspection_port: must not be 0");
    EXPECT_EQ(fault([](Config& config) { config.introspection_port = 51679; }),
              "introspection_port: must differ from endpoint_port (51679)");
    EXPECT_EQ(fault([](Config& config) {
                  config.introspection_listen = {"::1", "10.0.0.1", "host"};
              }),
              "introspection_listen: expected an IPv4 or IPv6 address, got 'host'");
    EXPECT_EQ(fault([](Config& config) { config.http_max_connections = 0; }),
              "http_max_connections: must be at least 1");
    EXPECT_EQ(fault([](Config& config) { config.http_max_connections = 100; }), "no error")
        << "fewer than one address may have is no contradiction";
    EXPECT_EQ(fault([](Config& config) { config.http_max_connections_per_address = 0; }),
              "http_max_connections_per_address: must be at least 1");
    EXPECT_EQ(fault([](Config& config) { config.http_max_header.bytes = 1000; }),
              "http_max_header: must be from 1KiB to 1MiB, got 1000");
    EXPECT_EQ(fault([](Config& config) { config.http_max_body.bytes = 1u << 30; }),
              "http_max_body: must be at most 64MiB, got 1GiB");
    EXPECT_EQ(fault([](Config& config) { config.http_request_timeout = 0s; }),
              "http_request_timeout: must be at least 100ms, got 0");
    EXPECT_EQ(fault([](Config& config) { config.http_idle_timeout = 1ms; }),
              "http_idle_timeout: must be at least 100ms, got 1ms");
}

TEST(AvailabilityZone, IsTheRegionsFirstWhenNotSaid) {
    Config config;
    config.region = "eu-west-1";
    EXPECT_EQ(effective_availability_zone(config), "eu-west-1a");
    config.availability_zone = "eu-west-1c";
    EXPECT_EQ(effective_availability_zone(config), "eu-west-1c");
}

} // namespace
} // namespace agent::config
