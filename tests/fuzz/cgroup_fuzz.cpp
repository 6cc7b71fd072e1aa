// The kernel's files of a container (agent/stats): whatever stands in one of them, the same is read
// of it again, can be served as JSON, and the folders that are looked into are the container's, in a
// hierarchy that is mounted.

#include "agent/stats/cgroup_folders.hpp"
#include "agent/stats/readings.hpp"
#include "base/json.hpp"
#include "handlers/stats/render.hpp"
#include "tests/fuzz/support.hpp"

#include <nlohmann/json.hpp>

namespace {

namespace stats = agent::stats;
using fuzz::require;

const std::string id(64, 'd');
const std::string task_id(32, '7');

constexpr std::string_view hosts[] = {
    "31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs ro,mode=755\n"
    "32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw shared:9 - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 /docker /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n",
    "30 23 0:27 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"};

/// The document of a container of which every file says this.
std::string served(std::string_view text, std::span<const stats::Reading> readings) {
    model::StatsSample sample;
    for (const auto& reading : readings)
        reading.read(text, sample.now);
    stats::read_host_cpu(text, sample.now.cpu);
    sample.now.networks = stats::interfaces(text);
    sample.previous_cpu = sample.now.cpu;
    model::Container container;
    container.docker_id = id;
    std::string document;
    handlers::stats::append_stats(document, container, sample, handlers::stats::Rate::shown);
    return document;
}

void check_readings(std::string_view text, std::span<const stats::Reading> readings) {
    const auto document = served(text, readings);
    require(base::parse_json(document).has_value(), "what is served is no JSON: " + document);
    fuzz::require_same(served(text, readings), document, "read again it says something else");
}

void check_interfaces(std::string_view text) {
    const auto all = stats::interfaces(text);
    require(all.size() <= 256, "interfaces without a limit");
    for (const auto& [name, counters] : all)
        require(name != "lo" && name.find_first_of(" \t\n:") == std::string::npos,
                "no name of an interface: " + name);
}

void check_folders(std::string_view text, std::string_view mountinfo) {
    const auto mounts = stats::cgroup_mounts(mountinfo);
    const auto folders = stats::container_folders(text, mounts, id, task_id);
    require(!folders || text.find(id) != std::string_view::npos, "another container's folders");
    if (!folders)
        return;
    for (std::size_t i = 0; i < stats::folder_count; ++i) {
        const auto& folder = (*folders)[i];
        const bool mounted =
            folder.empty() || std::any_of(mounts.begin(), mounts.end(), [&](const auto& mount) {
                return folder.starts_with(mount.point);
            });
        require(mounted, "a folder that is in no hierarchy: " + folder);
        require(folder.find('\n') == std::string::npos, "a folder goes over its line");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    check_readings(text, stats::version_1_readings());
    check_readings(text, stats::version_2_readings());
    check_interfaces(text);
    check_folders(text, text);
    for (const auto mountinfo : hosts)
        check_folders(text, mountinfo);
    return 0;
}
