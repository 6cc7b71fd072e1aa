#include "agent/docker/decode.hpp"

#include "agent/docker/json_reader.hpp"

#include <limits>
#include <string_view>
#include <utility>

namespace agent::docker {

namespace {

using base::Result;

/// How Podman 4 names all interfaces together; it counts bytes only, and has them the wrong way
/// round.
constexpr std::string_view podmans_network = "network";

void read_cpu(const JsonReader& json, model::CpuStats& cpu) {
    const auto usage = json["cpu_usage"];
    cpu.total_ns = usage["total_usage"].counter();
    usage["percpu_usage"].each_item(
        [&](const JsonReader& item) { cpu.percpu_ns.push_back(item.counter()); });
    cpu.kernel_ns = usage["usage_in_kernelmode"].counter();
    cpu.user_ns = usage["usage_in_usermode"].counter();
    cpu.system_ns = json["system_cpu_usage"].counter();
    cpu.online_cpus = static_cast<std::uint32_t>(json["online_cpus"].small_number());
    const auto throttling = json["throttling_data"];
    cpu.periods = throttling["periods"].counter();
    cpu.throttled_periods = throttling["throttled_periods"].counter();
    cpu.throttled_ns = throttling["throttled_time"].counter();
}

void read_memory(const JsonReader& json, model::MemoryStats& memory) {
    memory.usage = json["usage"].counter();
    memory.max_usage = json["max_usage"].counter();
    memory.limit = json["limit"].counter();
    memory.failcnt = json["failcnt"].counter();
    json["stats"].each_field([&](const std::string& name, const JsonReader& value) {
        memory.details[name] = value.counter();
    });
}

model::BlkioStats::Entries read_entries(const JsonReader& json) {
    if (!json.present())
        return std::nullopt;
    std::vector<model::BlkioEntry> entries;
    json.each_item([&](const JsonReader& item) {
        entries.push_back({item["major"].counter(), item["minor"].counter(), item["op"].text(),
                           item["value"].counter()});
    });
    return entries;
}

void read_blkio(const JsonReader& json, model::BlkioStats& blkio) {
    blkio.service_bytes = read_entries(json["io_service_bytes_recursive"]);
    blkio.serviced = read_entries(json["io_serviced_recursive"]);
    blkio.queue = read_entries(json["io_queue_recursive"]);
    blkio.service_time = read_entries(json["io_service_time_recursive"]);
    blkio.wait_time = read_entries(json["io_wait_time_recursive"]);
    blkio.merged = read_entries(json["io_merged_recursive"]);
    blkio.time = read_entries(json["io_time_recursive"]);
    blkio.sectors = read_entries(json["sectors_recursive"]);
}

void read_interface(const JsonReader& json, model::InterfaceStats& interface) {
    interface.rx_bytes = json["rx_bytes"].counter();
    interface.rx_packets = json["rx_packets"].counter();
    interface.rx_errors = json["rx_errors"].counter();
    interface.rx_dropped = json["rx_dropped"].counter();
    interface.tx_bytes = json["tx_bytes"].counter();
    interface.tx_packets = json["tx_packets"].counter();
    interface.tx_errors = json["tx_errors"].counter();
    interface.tx_dropped = json["tx_dropped"].counter();
}

void read_stats(const JsonReader& json, std::optional<model::Stats>& answer) {
    // One that does not run is described by zeros, read in the year 1.
    const auto read = json["read"].time();
    if (!read)
        return;
    auto& stats = answer.emplace();
    stats.read = *read;
    stats.pids = json["pids_stats"]["current"].counter();
    stats.pids_limit = json["pids_stats"]["limit"].counter();
    // How the engine says on cgroups of version 2 that there is none.
    if (stats.pids_limit == std::numeric_limits<std::uint64_t>::max())
        stats.pids_limit = 0;
    read_cpu(json["cpu_stats"], stats.cpu);
    read_memory(json["memory_stats"], stats.memory);
    read_blkio(json["blkio_stats"], stats.blkio);
    json["networks"].each_field([&](const std::string& name, const JsonReader& interface) {
        if (name != podmans_network) {
            read_interface(interface, stats.networks[name]);
            return;
        }
        auto& all = stats.networks["eth0"];
        read_interface(interface, all);
        std::swap(all.rx_bytes, all.tx_bytes);
    });
}

} // namespace

Result<std::optional<model::Stats>> decode_stats(std::string_view json) {
    return decode_with<std::optional<model::Stats>>(json, read_stats);
}

} // namespace agent::docker
