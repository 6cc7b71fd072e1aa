#pragma once
// A folder with a credential helper, to be found by PATH.

#include "fakes/temporary_folder.hpp"

#include <filesystem>
#include <string>

namespace agent::image {

/// Writes docker-credential-<name>, a script for sh, into the folder.
inline void write_helper(const fakes::TemporaryFolder& folder, const std::string& name,
                         const std::string& script) {
    const auto file = "docker-credential-" + name;
    folder.write(file, "#!/bin/sh\n" + script + "\n");
    std::filesystem::permissions(folder.path(file), std::filesystem::perms::owner_all);
}

} // namespace agent::image
