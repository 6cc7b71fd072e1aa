#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;

constexpr std::array<std::string_view, 15> ulimit_names{
    "core",   "cpu",   "data", "fsize",  "locks",  "memlock",    "msgqueue", "nice",
    "nofile", "nproc", "rss",  "rtprio", "rttime", "sigpending", "stack"};

/// -1, as everywhere on Linux, is no limit.
constexpr auto read_limit = read_whole<-1, INT64_MAX>;

Result<> check_ulimit(Ulimit& limit, const Place& place) {
    const bool unlimited = limit.hard == -1;
    if (!unlimited && (limit.soft == -1 || limit.soft > limit.hard))
        return refuse(join(place, "softLimit"), "must not be greater than hardLimit (" +
                                                    std::to_string(limit.hard) + "), got " +
                                                    std::to_string(limit.soft));
    return {};
}

/// Docker's word for the address of the host itself.
constexpr std::string_view host_gateway = "host-gateway";

Result<std::string> read_host_address(const Json& value, const Place& place) {
    if (value == host_gateway)
        return std::string(host_gateway);
    return read_ip_address(value, place);
}

Result<std::string> read_host_name(const Json& value, const Place& place) {
    TRY(std::string name, read_some_text(value, place));
    if (name.find_first_of(": \t\r\n") != std::string::npos)
        return expected(place, "a host name", value);
    return name;
}

constexpr std::array<std::string_view, 8> ipc_controls{
    "kernel.msgmax", "kernel.msgmnb", "kernel.msgmni", "kernel.sem",
    "kernel.shmall", "kernel.shmmax", "kernel.shmmni", "kernel.shm_rmid_forced"};

Result<std::string> read_control(const Json& value, const Place& place) {
    TRY(std::string name, read_text(value, place));
    if (std::ranges::find(ipc_controls, name) == ipc_controls.end() &&
        !name.starts_with("fs.mqueue.") && !name.starts_with("net."))
        return expected(place,
                        "a kernel parameter that a container can have of its own: net.*, "
                        "fs.mqueue.*, kernel.msg*, kernel.sem or kernel.shm*",
                        value);
    return name;
}

Result<std::string> read_driver(const Json& value, const Place& place) {
    return read_driver_name(value, place, "the name of a log driver such as \"json-file\"");
}

/// name, name:value or name=value, as `docker run --security-opt` has them.
Result<std::string> read_security_option(const Json& value, const Place& place) {
    TRY(std::string option, read_text(value, place));
    const auto separator = option.find_first_of(":=");
    const auto name = std::string_view(option).substr(0, separator);
    const auto rest = separator == std::string::npos
                          ? std::string_view()
                          : std::string_view(option).substr(separator + 1);
    if (name == "credentialspec")
        return unsupported(place, "gMSA is for Windows");
    if (name == "no-new-privileges" &&
        (separator == std::string::npos || rest == "true" || rest == "false"))
        return option;
    if ((name == "apparmor" || name == "label") && !rest.empty())
        return option;
    // The engine takes a profile's text; to read one from a file is the docker command's doing.
    if (name == "seccomp" && (rest == "unconfined" || rest.starts_with('{')))
        return option;
    return expected(place,
                    "\"no-new-privileges\", \"apparmor:profile\", \"label:value\", "
                    "\"seccomp=unconfined\" or \"seccomp={...}\" with the text of a profile",
                    value);
}

} // namespace

Table<MountPoint> mount_point_table() {
    static constexpr auto rows = std::to_array<FieldRow<MountPoint>>({
        required<&MountPoint::source_volume, read_text>("sourceVolume"),
        required<&MountPoint::container_path, read_container_path>("containerPath"),
        honoured<&MountPoint::read_only, read_flag>("readOnly"),
    });
    return {rows};
}

Table<VolumeFrom> volume_from_table() {
    static constexpr auto rows = std::to_array<FieldRow<VolumeFrom>>({
        required<&VolumeFrom::source_container, read_name>("sourceContainer"),
        honoured<&VolumeFrom::read_only, read_flag>("readOnly"),
    });
    return {rows};
}

Table<Ulimit> ulimit_table() {
    static constexpr auto rows = std::to_array<FieldRow<Ulimit>>({
        required<&Ulimit::name, read_choice<ulimit_names>>("name"),
        required<&Ulimit::soft, read_limit>("softLimit"),
        required<&Ulimit::hard, read_limit>("hardLimit"),
    });
    return {rows, check_ulimit};
}

Table<ExtraHost> extra_host_table() {
    static constexpr auto rows = std::to_array<FieldRow<ExtraHost>>({
        required<&ExtraHost::hostname, read_host_name>("hostname"),
        required<&ExtraHost::ip, read_host_address>("ipAddress"),
    });
    return {rows};
}

Table<KeyValue> system_control_table() {
    static constexpr auto rows = std::to_array<FieldRow<KeyValue>>({
        required<&KeyValue::key, read_control>("namespace"),
        required<&KeyValue::value, read_some_text>("value"),
    });
    return {rows};
}

Table<LogConfiguration> log_configuration_table() {
    using L = LogConfiguration;
    static constexpr auto rows = std::to_array<FieldRow<L>>({
        required<&L::driver, read_driver>("logDriver"),
        // A collector's token is an option.
        secret(honoured<&L::options, read_text_map>("options")),
        objects<&L::secret_options, secret_table>("secretOptions"),
    });
    return {rows};
}

Result<std::vector<std::string>> read_security_options(const Json& value, const Place& place) {
    return read_each<read_security_option>(value, place);
}

} // namespace agent::definition
