#include "agent/config/config.hpp"
#include "agent/config/registry_logins.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace agent::config {

namespace {

using namespace std::chrono_literals;
using MaybeFault = std::optional<Fault>;

constexpr std::uint32_t instance_metadata_address = 0xA9FEA9FE; // 169.254.169.254
constexpr std::uint32_t task_endpoint_address = 0xA9FEAA02;     // 169.254.170.2
constexpr std::size_t max_tags = 50;

bool digit(char c) {
    return c >= '0' && c <= '9';
}
bool lower(char c) {
    return c >= 'a' && c <= 'z';
}
bool hex(char c) {
    return digit(c) || (c >= 'a' && c <= 'f');
}
bool letter(char c) {
    return lower(c) || (c >= 'A' && c <= 'Z');
}

/// Every character is a letter, a digit or one of `more`, and there are 1 to `greatest`.
bool is_name(std::string_view text, std::string_view more, std::size_t greatest) {
    return !text.empty() && text.size() <= greatest && std::ranges::all_of(text, [&](char c) {
        return letter(c) || digit(c) || more.find(c) != std::string_view::npos;
    });
}

/// Takes the text up to `separator` from the front.
std::string_view take(std::string_view& text, char separator) {
    const auto part = text.substr(0, text.find(separator));
    text.remove_prefix(std::min(part.size() + 1, text.size()));
    return part;
}

/// Such as us-east-1 or us-gov-west-1: words, and a number at the end.
bool is_region(std::string_view text) {
    int words = 0;
    while (text.find('-') != std::string_view::npos) {
        const auto word = take(text, '-');
        if (word.size() < 2 || !std::ranges::all_of(word, lower))
            return false;
        ++words;
    }
    return words >= 2 && !text.empty() && text.size() <= 2 && std::ranges::all_of(text, digit);
}

bool is_account(std::string_view text) {
    return text.size() == 12 && std::ranges::all_of(text, digit);
}

bool is_cluster(std::string_view text) {
    if (!text.starts_with("arn:"))
        return is_name(text, "_-", 255);
    take(text, ':');
    const auto partition = take(text, ':');
    const auto service = take(text, ':');
    const auto region = take(text, ':');
    const auto account = take(text, ':');
    const auto kind = take(text, '/');
    return partition.starts_with("aws") && service == "ecs" && is_region(region) &&
           is_account(account) && kind == "cluster" && is_name(text, "_-", 255);
}

MaybeFault check_tags(std::string_view key, const Tags& tags) {
    if (tags.size() > max_tags)
        return Fault{key, "at most " + std::to_string(max_tags) + " tags"};
    for (const auto& [name, value] : tags)
        if (name.empty() || name.size() > 512 || value.size() > 1024)
            return Fault{key, "a tag's key has 1 to 128 characters, its value at most 256"};
    return {};
}

MaybeFault check_identity(const Config& config) {
    if (!is_cluster(config.cluster))
        return Fault{"cluster", "expected 1 to 255 letters, digits, '-' and '_', or an ARN such as "
                                "arn:aws:ecs:us-east-1:123456789012:cluster/web, got '" +
                                    config.cluster + "'"};
    if (!is_region(config.region))
        return Fault{"region", "expected a region such as us-east-1, got '" + config.region + "'"};
    if (!is_account(config.account_id))
        return Fault{"account_id", "expected 12 digits, got '" + config.account_id + "'"};
    const auto& zone = config.availability_zone;
    if (!zone.empty() &&
        (!zone.starts_with(config.region) || zone == config.region || !is_name(zone, "-", 64)))
        return Fault{"availability_zone", "expected a zone of region " + config.region +
                                              " such as " + config.region + "a, got '" + zone +
                                              "'"};
    const auto& zone_id = config.availability_zone_id;
    if (!zone_id.empty() && !is_name(zone_id, "-", 64))
        return Fault{"availability_zone_id",
                     "expected a zone id such as use1-az1, got '" + zone_id + "'"};
    const auto& instance = config.container_instance_id;
    const auto dashes = std::ranges::count(instance, '-');
    const bool uuid = instance.size() == 36 && dashes == 4;
    const bool plain = instance.size() == 32 && dashes == 0;
    if (!instance.empty() && (!(uuid || plain) || !std::ranges::all_of(instance, [](char c) {
            return hex(c) || c == '-';
        })))
        return Fault{"container_instance_id",
                     "expected 32 hexadecimal digits or a UUID in lower case, got '" + instance +
                         "'"};
    if (auto fault = check_tags("container_instance_tags", config.container_instance_tags))
        return fault;
    return check_tags("task_tags", config.task_tags);
}

MaybeFault check_places(const Config& config) {
    const std::array<std::pair<std::string_view, const std::string*>, 9> places{
        {{"tasks_dir", &config.tasks_dir},
         {"data_dir", &config.data_dir},
         {"host_file", &config.host_file},
         {"credentials_file", &config.credentials_file},
         {"audit_log_file", &config.audit_log_file},
         {"docker_proxy_socket", &config.docker_proxy_socket},
         {"nri_socket", &config.nri_socket},
         {"swarm_key_file", &config.swarm_key_file},
         {"volume_plugin_socket", &config.volume_plugin_socket}}};
    for (const auto& [key, place] : places)
        if (!place->starts_with('/'))
            return Fault{key, "expected an absolute path, got '" + *place + "'"};
    if (config.data_dir.find(':') != std::string::npos)
        return Fault{"data_dir", "must not contain ':', which Docker's bind syntax separates by"};
    return {};
}

bool is_docker_host(std::string_view text) {
    if (text.starts_with("unix:///"))
        return text.size() > 8;
    if (!text.starts_with("tcp://"))
        return false;
    text.remove_prefix(6);
    const auto colon = text.rfind(':');
    if (colon == 0 || colon == std::string_view::npos)
        return false;
    std::uint16_t port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, failure] = std::from_chars(text.data() + colon + 1, end, port);
    return stop == end && failure == std::errc{} && port != 0 &&
           is_name(text.substr(0, colon), ".-:[]", 255);
}

bool is_api_version(std::string_view text) {
    int minor = 0;
    const auto* end = text.data() + text.size();
    if (!text.starts_with("1."))
        return false;
    const auto [stop, failure] = std::from_chars(text.data() + 2, end, minor);
    return stop == end && failure == std::errc{} && minor >= 24 && minor < 1000;
}

MaybeFault check_docker(const Config& config) {
    if (!is_docker_host(config.docker_host))
        return Fault{"docker_host",
                     "expected unix:///path or tcp://host:port, got '" + config.docker_host + "'"};
    if (!config.docker_api_version.empty() && !is_api_version(config.docker_api_version))
        return Fault{"docker_api_version", "expected an Engine API version from 1.24 on, got '" +
                                               config.docker_api_version + "'"};
    struct Least {
        std::string_view key;
        Duration value;
        Duration least;
    };
    const std::array<Least, 5> leasts{
        {{"container_create_timeout", config.container_create_timeout, 1min},
         {"container_start_timeout", config.container_start_timeout, 45s},
         {"container_stop_timeout", config.container_stop_timeout, 1s},
         {"image_pull_timeout", config.image_pull_timeout, 1min},
         {"image_pull_inactivity_timeout", config.image_pull_inactivity_timeout, 1min}}};
    for (const auto& [key, value, least] : leasts)
        if (value < least)
            return Fault{key, "must be at least " + to_string(least) + ", got " + to_string(value),
                         to_string(least)};
    return {};
}

MaybeFault check_images(const Config& config) {
    const bool typed = config.engine_auth_type != EngineAuthType::none;
    const auto& data = config.engine_auth_data.text;
    if (typed && data.empty())
        return Fault{"engine_auth_type", "needs engine_auth_data as well"};
    if (!typed && !data.empty())
        return Fault{"engine_auth_data", "needs engine_auth_type as well (dockercfg or docker)"};
    if (auto logins = parse_registry_logins(config.engine_auth_type, data); !logins)
        return Fault{"engine_auth_data", logins.error().what(),
                     right_registry_logins(config.engine_auth_type, data)};
    if (config.image_cleanup_interval < 1s)
        return Fault{"image_cleanup_interval",
                     "must be at least 1s, got " + to_string(config.image_cleanup_interval)};
    if (config.num_images_delete_per_cycle == 0)
        return Fault{"num_images_delete_per_cycle", "must be at least 1"};
    return {};
}

MaybeFault check_tasks(const Config& config) {
    if (config.task_cleanup_wait < 1s)
        return Fault{"task_cleanup_wait",
                     "must be at least 1s, got " + to_string(config.task_cleanup_wait)};
    if (!config.cgroup_path.starts_with('/'))
        return Fault{"cgroup_path", "expected an absolute path, got '" + config.cgroup_path + "'"};
    if (config.cgroup_cpu_period < 8ms || config.cgroup_cpu_period > 100ms)
        return Fault{"cgroup_cpu_period",
                     "must be from 8ms to 100ms, got " + to_string(config.cgroup_cpu_period)};
    return {};
}

bool contains(const Ipv4Network& network, std::uint32_t address) {
    return (address ^ network.address) >> (32 - network.prefix_length) == 0;
}

MaybeFault check_pool(const Ipv4Network& pool) {
    if (pool.prefix_length < 16 || pool.prefix_length > 29)
        return Fault{"link_local_pool", "the mask must be /16 to /29, got " + to_string(pool)};
    if (contains(pool, instance_metadata_address) || contains(pool, task_endpoint_address))
        return Fault{"link_local_pool",
                     "must not contain 169.254.169.254 or 169.254.170.2, got " + to_string(pool)};
    const auto first_byte = pool.address >> 24;
    if (first_byte == 0 || first_byte == 127 || first_byte >= 224)
        return Fault{"link_local_pool", "must be of unicast addresses, got " + to_string(pool)};
    return {};
}

MaybeFault check_network(const Config& config) {
    if (auto fault = check_pool(config.link_local_pool))
        return fault;
    if (!is_name(config.bridge_name, "_.-", 15) ||
        config.bridge_name.find_first_not_of('.') == std::string::npos)
        return Fault{"bridge_name", "expected 1 to 15 letters, digits, '_', '.' and '-', got '" +
                                        config.bridge_name + "'"};
    const auto& name = config.awsvpc_network;
    if (!is_name(name, "_.-", 255) || !(letter(name.front()) || digit(name.front())))
        return Fault{"awsvpc_network", "expected a name for a Docker network, got '" + name + "'"};
    if (name == "bridge" || name == "host" || name == "none")
        return Fault{"awsvpc_network", "'" + name + "' is a network of Docker's own"};
    if (!config.awsvpc_subnet)
        return {};
    const auto& subnet = *config.awsvpc_subnet;
    if (subnet.prefix_length < 8 || subnet.prefix_length > 29)
        return Fault{"awsvpc_subnet", "the mask must be /8 to /29, got " + to_string(subnet)};
    if (contains(subnet, config.link_local_pool.address) ||
        contains(config.link_local_pool, subnet.address))
        return Fault{"awsvpc_subnet", to_string(subnet) + " overlaps link_local_pool " +
                                          to_string(config.link_local_pool)};
    return {};
}

bool is_address(const std::string& text) {
    std::array<unsigned char, sizeof(in6_addr)> address{};
    return ::inet_pton(AF_INET, text.c_str(), address.data()) == 1 ||
           ::inet_pton(AF_INET6, text.c_str(), address.data()) == 1;
}

MaybeFault check_limits(const Config& config) {
    if (config.http_max_connections == 0)
        return Fault{"http_max_connections", "must be at least 1"};
    // More than http_max_connections is as good as that many.
    if (config.http_max_connections_per_address == 0)
        return Fault{"http_max_connections_per_address", "must be at least 1"};
    if (config.http_max_header.bytes < 1 << 10 || config.http_max_header.bytes > 1 << 20)
        return Fault{"http_max_header",
                     "must be from 1KiB to 1MiB, got " + to_string(config.http_max_header)};
    if (config.http_max_body.bytes > 64 << 20)
        return Fault{"http_max_body",
                     "must be at most 64MiB, got " + to_string(config.http_max_body)};
    if (config.http_request_timeout < 100ms)
        return Fault{"http_request_timeout",
                     "must be at least 100ms, got " + to_string(config.http_request_timeout)};
    if (config.http_idle_timeout < 100ms)
        return Fault{"http_idle_timeout",
                     "must be at least 100ms, got " + to_string(config.http_idle_timeout)};
    return {};
}

MaybeFault check_servers(const Config& config) {
    if (config.endpoint_port == 0)
        return Fault{"endpoint_port", "must not be 0"};
    if (config.introspection_port == 0)
        return Fault{"introspection_port", "must not be 0"};
    if (config.endpoint_port == config.introspection_port)
        return Fault{"introspection_port",
                     "must differ from endpoint_port (" + to_string(config.endpoint_port) + ")"};
    for (const auto& address : config.introspection_listen)
        if (!is_address(address))
            return Fault{"introspection_listen",
                         "expected an IPv4 or IPv6 address, got '" + address + "'"};
    return check_limits(config);
}

} // namespace

std::string effective_availability_zone(const Config& config) {
    return config.availability_zone.empty() ? config.region + "a" : config.availability_zone;
}

std::optional<Fault> find_fault(const Config& config) {
    for (const auto check : {check_identity, check_places, check_docker, check_images, check_tasks,
                             check_network, check_servers})
        if (auto fault = check(config))
            return fault;
    return {};
}

base::Result<> validate(const Config& config) {
    if (auto fault = find_fault(config))
        return base::Error(base::Errc::invalid_argument,
                           std::string(fault->key) + ": " + fault->reason);
    return {};
}

} // namespace agent::config
