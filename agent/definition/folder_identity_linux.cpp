#include "agent/definition/folder_identity.hpp"

#include <fcntl.h>
#include <sys/stat.h>

namespace agent::definition {

base::Result<std::optional<std::string>> folder_identity(const std::string& path) {
    struct statx found {};
    if (::statx(AT_FDCWD, path.c_str(), 0, STATX_INO | STATX_BTIME, &found) != 0) {
        auto error = base::from_errno("look at the folder " + path);
        if (error.code() == base::Errc::not_found)
            return std::optional<std::string>();
        return error;
    }
    auto identity = std::to_string(found.stx_dev_major) + ':' +
                    std::to_string(found.stx_dev_minor) + ' ' + std::to_string(found.stx_ino);
    // The number of a folder that is gone is given again, often to the next one.
    if ((found.stx_mask & STATX_BTIME) != 0)
        identity += ' ' + std::to_string(found.stx_btime.tv_sec) + '.' +
                    std::to_string(found.stx_btime.tv_nsec);
    return std::optional(std::move(identity));
}

} // namespace agent::definition
