#include "agent/host/storage.hpp"

#include <sys/statvfs.h>

namespace agent::host {

base::Result<model::EphemeralStorage> read_storage(const std::string& path) {
    constexpr std::uint64_t mebibyte = 1024 * 1024;
    struct statvfs disk {};
    if (::statvfs(path.c_str(), &disk) != 0)
        return base::from_errno("ask for the space of " + path);
    const auto in_mib = [&](fsblkcnt_t blocks) {
        return static_cast<std::int64_t>(std::uint64_t{blocks} * disk.f_frsize / mebibyte);
    };
    model::EphemeralStorage storage;
    storage.utilized_mib = in_mib(disk.f_blocks - disk.f_bfree);
    storage.reserved_mib = in_mib(disk.f_blocks);
    return storage;
}

} // namespace agent::host
