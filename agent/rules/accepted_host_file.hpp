#pragma once
// The host file as it was when it was last right: what it said then stays in force, over a restart, too.

#include "agent/rules/host_file.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace agent::rules {

struct AcceptedHostFile {
    HostFile says;
    /// Why the file as it is now is not in force, but what it said before.
    std::optional<base::Error> refusal = std::nullopt;
    /// Why the copy for the next start could not be written.
    std::optional<base::Error> copy_failure = std::nullopt;
};

/// Below the data directory.
inline constexpr std::string_view accepted_host_file_name = "host.yaml.accepted";

/// The host file; a copy of it is kept at `copy`, for its owner only, and is what counts where the file is
/// wrong or cannot be read. Where there is no copy either: the errors of load_host_file(). Blocks.
base::Result<AcceptedHostFile> accept_host_file(const std::string& path, bool required,
                                                const std::string& copy);

} // namespace agent::rules
