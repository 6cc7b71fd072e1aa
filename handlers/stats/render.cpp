#include "handlers/stats/render.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <string_view>

namespace handlers::stats {

namespace {

constexpr std::string_view zero_time = "0001-01-01T00:00:00Z";

void append_number(std::string& out, std::uint64_t number) {
    std::array<char, 20> digits{};
    auto* const end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    out.append(digits.data(), end);
}

/// An object under way: sets the commas.
class Object {
public:
    explicit Object(std::string& out) : out_(out) { out_ += '{'; }
    ~Object() { out_ += '}'; }
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;

    /// `name` needs no escaping.
    std::string& key(std::string_view name) {
        comma();
        out_.append("\"").append(name).append("\":");
        return out_;
    }
    std::string& free_key(const std::string& name) {
        comma();
        append_text(out_, name);
        return out_ += ':';
    }
    void number(std::string_view name, std::uint64_t value) { append_number(key(name), value); }
    void number_unless_zero(std::string_view name, std::uint64_t value) {
        if (value != 0)
            number(name, value);
    }
    void text(std::string_view name, const std::string& value) { append_text(key(name), value); }

private:
    void comma() {
        if (!std::exchange(first_, false))
            out_ += ',';
    }

    std::string& out_;
    bool first_ = true;
};

/// visit(item) for each, with commas between.
template <class List, class Visit>
void append_list(std::string& out, const List& list, Visit visit) {
    out += '[';
    bool first = true;
    for (const auto& item : list) {
        if (!std::exchange(first, false))
            out += ',';
        visit(item);
    }
    out += ']';
}

void append_entries(std::string& out, const model::BlkioStats::Entries& entries) {
    if (!entries) {
        out += "null";
        return;
    }
    append_list(out, *entries, [&](const model::BlkioEntry& entry) {
        Object object(out);
        object.number("major", entry.major);
        object.number("minor", entry.minor);
        object.text("op", entry.op);
        object.number("value", entry.value);
    });
}

void append_blkio(std::string& out, const model::BlkioStats& blkio) {
    Object object(out);
    append_entries(object.key("io_service_bytes_recursive"), blkio.service_bytes);
    append_entries(object.key("io_serviced_recursive"), blkio.serviced);
    append_entries(object.key("io_queue_recursive"), blkio.queue);
    append_entries(object.key("io_service_time_recursive"), blkio.service_time);
    append_entries(object.key("io_wait_time_recursive"), blkio.wait_time);
    append_entries(object.key("io_merged_recursive"), blkio.merged);
    append_entries(object.key("io_time_recursive"), blkio.time);
    append_entries(object.key("sectors_recursive"), blkio.sectors);
}

void append_cpu(std::string& out, const model::CpuStats& cpu) {
    Object object(out);
    {
        Object usage(object.key("cpu_usage"));
        usage.number("total_usage", cpu.total_ns);
        if (!cpu.percpu_ns.empty())
            append_list(usage.key("percpu_usage"), cpu.percpu_ns,
                        [&](std::uint64_t value) { append_number(out, value); });
        usage.number("usage_in_kernelmode", cpu.kernel_ns);
        usage.number("usage_in_usermode", cpu.user_ns);
    }
    object.number_unless_zero("system_cpu_usage", cpu.system_ns);
    object.number_unless_zero("online_cpus", cpu.online_cpus);
    Object throttling(object.key("throttling_data"));
    throttling.number("periods", cpu.periods);
    throttling.number("throttled_periods", cpu.throttled_periods);
    throttling.number("throttled_time", cpu.throttled_ns);
}

void append_memory(std::string& out, const model::MemoryStats& memory) {
    Object object(out);
    object.number_unless_zero("usage", memory.usage);
    object.number_unless_zero("max_usage", memory.max_usage);
    if (!memory.details.empty()) {
        Object details(object.key("stats"));
        for (const auto& [name, value] : memory.details)
            append_number(details.free_key(name), value);
    }
    object.number_unless_zero("failcnt", memory.failcnt);
    object.number_unless_zero("limit", memory.limit);
}

void append_networks(std::string& out,
                     const std::map<std::string, model::InterfaceStats>& networks) {
    Object object(out);
    for (const auto& [name, counters] : networks) {
        Object interface(object.free_key(name));
        interface.number("rx_bytes", counters.rx_bytes);
        interface.number("rx_packets", counters.rx_packets);
        interface.number("rx_errors", counters.rx_errors);
        interface.number("rx_dropped", counters.rx_dropped);
        interface.number("tx_bytes", counters.tx_bytes);
        interface.number("tx_packets", counters.tx_packets);
        interface.number("tx_errors", counters.tx_errors);
        interface.number("tx_dropped", counters.tx_dropped);
    }
}

void append_time(std::string& out, const std::optional<base::Time>& time) {
    out += '"';
    if (time)
        out += base::to_rfc3339(*time);
    else
        out += zero_time;
    out += '"';
}

void append_rate(std::string& out, const model::NetworkRate& rate) {
    Object object(out);
    object.key("rx_bytes_per_sec") += base::to_go_json(rate.rx_bytes_per_sec);
    object.key("tx_bytes_per_sec") += base::to_go_json(rate.tx_bytes_per_sec);
}

} // namespace

void append_text(std::string& out, const std::string& text) {
    const auto is_plain = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-' || c == '.' || c == '/';
    };
    if (std::all_of(text.begin(), text.end(), is_plain))
        out.append("\"").append(text).append("\"");
    else
        out += base::to_go_json(text);
}

void append_stats(std::string& out, const model::Container& container,
                  const model::StatsSample& sample, Rate rate) {
    const auto& now = sample.now;
    Object object(out);
    append_time(object.key("read"), now.read);
    append_time(object.key("preread"), sample.previous_read);
    {
        Object pids(object.key("pids_stats"));
        pids.number_unless_zero("current", now.pids);
        pids.number_unless_zero("limit", now.pids_limit);
    }
    append_blkio(object.key("blkio_stats"), now.blkio);
    object.number("num_procs", 0); // Windows has them, and the storage's
    object.key("storage_stats") += "{}";
    append_cpu(object.key("cpu_stats"), now.cpu);
    append_cpu(object.key("precpu_stats"), sample.previous_cpu.value_or(model::CpuStats()));
    append_memory(object.key("memory_stats"), now.memory);
    if (!container.docker_name.empty())
        append_text(object.key("name"), '/' + container.docker_name);
    object.text("id", container.docker_id);
    if (!now.networks.empty())
        append_networks(object.key("networks"), now.networks);
    if (rate == Rate::shown && sample.network_rate)
        append_rate(object.key("network_rate_stats"), *sample.network_rate);
}

} // namespace handlers::stats
