#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;
using L = LinuxParameters;

constexpr std::string_view all_capabilities = "ALL";
constexpr std::array<std::string_view, 42> capability_names{
    all_capabilities,
    "AUDIT_CONTROL",
    "AUDIT_READ",
    "AUDIT_WRITE",
    "BLOCK_SUSPEND",
    "BPF",
    "CHECKPOINT_RESTORE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MAC_ADMIN",
    "MAC_OVERRIDE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "PERFMON",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYSLOG",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_CHROOT",
    "SYS_MODULE",
    "SYS_NICE",
    "SYS_PACCT",
    "SYS_PTRACE",
    "SYS_RAWIO",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "WAKE_ALARM",
};

Result<std::string> read_capability(const Json& value, const Place& place) {
    constexpr std::string_view prefix = "CAP_";
    TRY(std::string name, read_text(value, place));
    const bool has_prefix = is_lenient(place) && name.starts_with(prefix);
    if (has_prefix)
        name.erase(0, prefix.size());
    // ALL is none.
    const bool is_one = std::ranges::find(capability_names, name) != capability_names.end() &&
                        !(has_prefix && name == all_capabilities);
    if (!is_one)
        return expected(place, "ALL or a capability such as NET_ADMIN, without CAP_", value);
    if (has_prefix)
        note(place, "taken without CAP_, as ECS writes capabilities");
    return name;
}

Table<L> capability_table() {
    static constexpr auto rows = std::to_array<FieldRow<L>>({
        honoured<&L::add_capabilities, read_each<read_capability>>("add"),
        honoured<&L::drop_capabilities, read_each<read_capability>>("drop"),
    });
    return {rows};
}

struct Permission {
    std::string_view name;
    char letter;
};
constexpr std::array<Permission, 3> permissions{{{"read", 'r'}, {"write", 'w'}, {"mknod", 'm'}}};
constexpr std::string_view all_permissions = "rwm";

/// ECS's words as Docker's letters; none at all are all of them.
Result<std::string> read_permissions(const Json& value, const Place& place) {
    TRY(const auto words, read_texts(value, place));
    std::string letters;
    for (const auto& [name, letter] : permissions)
        if (std::ranges::find(words, name) != words.end())
            letters += letter;
    for (std::size_t i = 0; i < words.size(); ++i)
        if (std::ranges::find(permissions, words[i], &Permission::name) == permissions.end())
            return expected(join(place, i), R"("read", "write" or "mknod")", words[i]);
    return letters;
}

Json write_permissions(const Device& device) {
    Json words;
    if (device.permissions != all_permissions)
        for (const auto& [name, letter] : permissions)
            if (device.permissions.find(letter) != std::string::npos)
                words.push_back(name);
    return words;
}

Result<> complete_device(Device& device, const Place& /*place*/) {
    if (device.container_path.empty())
        device.container_path = device.host_path;
    if (device.permissions.empty())
        device.permissions = all_permissions;
    return {};
}

Table<Device> device_table() {
    static constexpr auto rows = std::to_array<FieldRow<Device>>({
        required<&Device::host_path, read_absolute_path>("hostPath"),
        honoured<&Device::container_path, read_absolute_path>("containerPath"),
        {"permissions", Support::honoured, store<&Device::permissions, read_permissions>,
         write_permissions},
    });
    return {rows, complete_device};
}

constexpr std::array<std::string_view, 33> tmpfs_flags{
    "defaults",   "ro",          "rw",         "suid",        "nosuid",       "dev",     "nodev",
    "exec",       "noexec",      "sync",       "async",       "dirsync",      "remount", "mand",
    "nomand",     "atime",       "noatime",    "diratime",    "nodiratime",   "bind",    "rbind",
    "unbindable", "runbindable", "private",    "rprivate",    "shared",       "rshared", "slave",
    "rslave",     "relatime",    "norelatime", "strictatime", "nostrictatime"};
constexpr std::array<std::string_view, 6> tmpfs_values{
    "mode=", "uid=", "gid=", "nr_inodes=", "nr_blocks=", "mpol="};

Result<std::string> read_tmpfs_option(const Json& value, const Place& place) {
    TRY(std::string option, read_text(value, place));
    const bool known =
        std::ranges::find(tmpfs_flags, option) != tmpfs_flags.end() ||
        std::ranges::any_of(tmpfs_values, [&](auto start) { return option.starts_with(start); });
    if (!known || option.find(',') != std::string::npos)
        return expected(place, "one mount option of tmpfs such as \"noexec\" or \"mode=1777\"",
                        value);
    return option;
}

Table<Tmpfs> tmpfs_table() {
    static constexpr auto rows = std::to_array<FieldRow<Tmpfs>>({
        required<&Tmpfs::container_path, read_container_path>("containerPath"),
        required<&Tmpfs::size_mib, read_whole<1, max_ecs_integer>>("size"),
        honoured<&Tmpfs::mount_options, read_each<read_tmpfs_option>>("mountOptions"),
    });
    return {rows};
}

} // namespace

Table<L> linux_table() {
    static constexpr auto rows = std::to_array<FieldRow<L>>({
        part<capability_table>("capabilities"),
        objects<&L::devices, device_table>("devices"),
        honoured<&L::init_process, read_flag>("initProcessEnabled"),
        honoured<&L::shared_memory_mib, read_whole<1, max_ecs_integer>>("sharedMemorySize"),
        objects<&L::tmpfs, tmpfs_table>("tmpfs"),
        honoured<&L::max_swap_mib, read_whole<0, max_ecs_integer>>("maxSwap"),
        honoured<&L::swappiness, read_whole<0, 100>>("swappiness"),
    });
    return {rows};
}

} // namespace agent::definition
