// Every field of the documents that this project started from (its seeds 000 and 001: versions 2, 3
// and 4), and what the contract adds, is served by the versions that have it, with its type; and
// docs/endpoints.md says which these are and where each comes from.

#include "base/json.hpp"
#include "handlers/metadata/documents.hpp"
#include "handlers/v3/metadata.hpp"
#include "handlers/v4/metadata.hpp"
#include "support.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>
#include <span>

namespace {

using namespace handlers;
using metadata::Json;

enum class Type { text, integer, number, flag, time, texts, map, list };
enum class In { all, v4 };

struct Field {
    std::string_view path; ///< `[]` is the first element
    Type type;
    In in = In::all;
};

constexpr Field task_fields[] = {
    {"Cluster", Type::text},
    {"TaskARN", Type::text},
    {"Family", Type::text},
    {"Revision", Type::text},
    {"DesiredStatus", Type::text},
    {"KnownStatus", Type::text},
    {"Containers", Type::list},
    {"Limits.CPU", Type::number},
    {"Limits.Memory", Type::integer},
    {"PullStartedAt", Type::time},
    {"PullStoppedAt", Type::time},
    {"ExecutionStoppedAt", Type::time},
    {"AvailabilityZone", Type::text},
    {"TaskTags", Type::map},
    {"ContainerInstanceTags", Type::map},
    {"LaunchType", Type::text, In::v4},
    {"VPCID", Type::text, In::v4},
    {"ServiceName", Type::text, In::v4},
    {"ClockDrift.ClockErrorBound", Type::number, In::v4},
    {"ClockDrift.ReferenceTimestamp", Type::time, In::v4},
    {"ClockDrift.ClockSynchronizationStatus", Type::text, In::v4},
    {"EphemeralStorageMetrics.Utilized", Type::integer, In::v4},
    {"EphemeralStorageMetrics.Reserved", Type::integer, In::v4},
    {"FaultInjectionEnabled", Type::flag, In::v4},
    {"AvailabilityZoneID", Type::text, In::v4},
};

constexpr Field container_fields[] = {
    {"DockerId", Type::text},
    {"Name", Type::text},
    {"DockerName", Type::text},
    {"Image", Type::text},
    {"ImageID", Type::text},
    {"Ports[].ContainerPort", Type::integer},
    {"Ports[].Protocol", Type::text},
    {"Ports[].HostPort", Type::integer},
    {"Ports[].HostIp", Type::text, In::v4},
    {"Labels", Type::map},
    {"DesiredStatus", Type::text},
    {"KnownStatus", Type::text},
    {"ExitCode", Type::integer},
    {"Limits.CPU", Type::integer},
    {"Limits.Memory", Type::integer},
    {"CreatedAt", Type::time},
    {"StartedAt", Type::time},
    {"FinishedAt", Type::time},
    {"Type", Type::text},
    {"Networks[].NetworkMode", Type::text},
    {"Networks[].IPv4Addresses", Type::texts},
    {"Networks[].IPv6Addresses", Type::texts},
    {"Networks[].AttachmentIndex", Type::integer, In::v4},
    {"Networks[].MACAddress", Type::text, In::v4},
    {"Networks[].IPv4SubnetCIDRBlock", Type::text, In::v4},
    {"Networks[].IPv6SubnetCIDRBlock", Type::text, In::v4},
    {"Networks[].DomainNameServers", Type::texts, In::v4},
    {"Networks[].DomainNameSearchList", Type::texts, In::v4},
    {"Networks[].PrivateDNSName", Type::text, In::v4},
    {"Networks[].SubnetGatewayIpv4Address", Type::text, In::v4},
    {"Networks[].SubnetGatewayIpv6Address", Type::text, In::v4},
    {"Health.status", Type::text},
    {"Health.statusSince", Type::time},
    {"Health.exitCode", Type::integer},
    {"Health.output", Type::text},
    {"Volumes[].DockerName", Type::text},
    {"Volumes[].Source", Type::text},
    {"Volumes[].Destination", Type::text},
    {"LogDriver", Type::text, In::v4},
    {"LogOptions", Type::map, In::v4},
    {"ContainerARN", Type::text, In::v4},
    {"RestartCount", Type::integer, In::v4},
};

bool is_text(const Json& value) {
    return value.is_string() && !value.get<std::string>().empty();
}

bool all_texts(const Json& value) {
    return !value.empty() && std::all_of(value.begin(), value.end(), is_text);
}

bool has_type(const Json& value, Type type) {
    switch (type) {
    case Type::text: return is_text(value);
    case Type::integer: return value.is_number_integer();
    case Type::number: return value.is_number();
    case Type::flag: return value.is_boolean();
    case Type::time:
        return is_text(value) && value.get<std::string>().back() == 'Z' &&
               base::parse_rfc3339(value.get<std::string>());
    case Type::texts: return value.is_array() && all_texts(value);
    case Type::map: return value.is_object() && all_texts(value);
    case Type::list: return value.is_array() && !value.empty();
    }
    return false;
}

/// What stands at a path; null where nothing does.
Json at(Json value, std::string_view path) {
    while (!path.empty() && value.is_object()) {
        auto key = path.substr(0, path.find('.'));
        path.remove_prefix(std::min(key.size() + 1, path.size()));
        const bool first_element = key.ends_with("[]");
        if (first_element)
            key.remove_suffix(2);
        value = value.value(std::string(key), Json());
        if (first_element)
            value = value.is_array() && !value.empty() ? Json(value[0]) : Json();
    }
    return value;
}

/// A task that has everything, with one container that has everything, but for what excludes itself.
model::Task whole_task() {
    const auto moment = base::parse_rfc3339("2024-01-02T03:04:05.6789Z");
    auto task = handlers_test::example_task();
    task.service_name = "shop";
    task.cpu_vcpu = 0.25;
    task.tags = {{"project", "demo"}};
    auto& container = task.containers[0];
    container.ports = {{80, 80, "tcp", "0.0.0.0"}};
    container.known = model::ContainerStatus::stopped;
    container.exit_code = 7;
    container.created_at = container.started_at = container.finished_at = moment;
    container.health = model::Health{"UNHEALTHY", moment, 1, "no"};
    container.volumes = {{"data", "/var/lib/data", "/data"}};
    container.log_driver = "awslogs";
    container.log_options = {{"awslogs-group", "shop"}};
    container.restart_count = 0;
    auto& pause = task.containers[1];
    pause.hostname = "3f2a1b0c9d8e";
    pause.dns_servers = {"10.0.0.2"};
    pause.dns_search = {"example.org"};
    pause.networks[0].ipv6 = "2001:db8::2";
    pause.networks[0].ipv6_prefix = 64;
    pause.networks[0].ipv6_gateway = "2001:db8::1";
    return task;
}

class SeedFields : public testing::Test {
protected:
    SeedFields() : world(instance()) {
        model::HostReadings readings;
        readings.clock =
            model::ClockDrift{0.5458, base::parse_rfc3339("2021-09-07T16:57:44Z"), true};
        readings.storage = model::EphemeralStorage{261, 20496};
        world.set_readings(readings);
    }
    static model::Instance instance() {
        auto made = handlers_test::example_instance();
        made.tags = {{"rack", "7"}};
        return made;
    }
    Json render(const BodyCache::Render& how) const {
        return *base::parse_json(how.function(world, task, nullptr));
    }

    /// All that the version has is there, and nothing that only version 4 has is elsewhere.
    static void expect(const Json& document, std::span<const Field> fields, bool is_v4) {
        for (const auto& field : fields) {
            const auto value = at(document, field.path);
            if (field.in == In::v4 && !is_v4)
                EXPECT_TRUE(value.is_null()) << field.path << ' ' << value;
            else
                EXPECT_TRUE(has_type(value, field.type)) << field.path << ' ' << value;
        }
    }

    model::Task task = whole_task();
    model::World world;
};

TEST_F(SeedFields, AreAllInVersion4) {
    const auto document = render(v4::dialect.task_with_tags);
    expect(document, task_fields, true);
    expect(document["Containers"][0], container_fields, true);
}

TEST_F(SeedFields, OfVersions2And3AreAllInBoth) {
    for (const BodyCache::Render how :
         {BodyCache::Render(metadata::render_task_with_tags), v3::dialect.task_with_tags}) {
        const auto document = render(how);
        expect(document, task_fields, false);
        expect(document["Containers"][0], container_fields, false);
    }
}

TEST_F(SeedFields, AreNotFewerForOneContainerThanInItsTask) {
    const auto own = [&](const metadata::Dialect& dialect) {
        return *base::parse_json(dialect.container.function(world, task, &task.containers[0]));
    };
    expect(own(v4::dialect), container_fields, true);
    expect(own(v3::dialect), container_fields, false);
}

/// The fields below a heading of the page, as "path version": rows begin with the field.
std::set<std::string> documented_below(std::string_view heading) {
    std::ifstream page(ENDPOINTS_PAGE);
    std::set<std::string> fields;
    bool here = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("#"))
            here = line == heading;
        const auto end_of_names = line.find(" | ");
        if (!here || !line.starts_with("| `") || end_of_names == std::string::npos)
            continue;
        const auto names = line.substr(0, end_of_names);
        const auto version = line.substr(end_of_names + 3, 3) == "v4 " ? " v4" : " all";
        for (auto open = names.find('`'); open != std::string::npos;) {
            const auto close = names.find('`', open + 1);
            fields.insert(names.substr(open + 1, close - open - 1) + version);
            open = names.find('`', close + 1);
        }
    }
    return fields;
}

std::set<std::string> expected(std::span<const Field> fields) {
    std::set<std::string> all;
    for (const auto& field : fields)
        all.insert(std::string(field.path) + (field.in == In::v4 ? " v4" : " all"));
    return all;
}

TEST(SeedFieldsInTheDocuments, SayWhichVersionAndWhereFrom) {
    EXPECT_EQ(documented_below("#### Of a task"), expected(task_fields));
    EXPECT_EQ(documented_below("#### Of a container"), expected(container_fields));
}

} // namespace
