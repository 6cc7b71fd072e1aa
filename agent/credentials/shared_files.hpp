#pragma once
// Where AWS's shared files are, and what stands in them.

#include "agent/config/load.hpp"
#include "agent/credentials/aws_profile.hpp"
#include "agent/credentials/configuration.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::credentials {

struct SharedFiles {
    std::string credentials_file;
    std::string config_file;
    std::string profile;
    config::Environment environment; ///< for the programs that they name
};

/// As AWS's tools find them: what the specification says, else their variables, else ~/.aws. With a
/// home of somebody else's the agent's own variables do not count. Pure.
SharedFiles find_shared_files(const ProfileSpec& spec, config::Environment environment);

/// The value of a variable, "" where there is none.
std::string variable(const config::Environment& environment, const std::string& name);

struct SharedProfiles {
    Profiles profiles;
    /// A file, or a folder above one, that somebody other than root and the agent's user owns or may
    /// write; "": all are theirs.
    std::string changeable_for_others;
};

/// Reads both, 1 MiB at most each; an absent file is an empty one. Else the errors of
/// read_users_file() and of read_profiles(), with the path. Blocks.
base::Result<SharedProfiles> read_shared_files(const SharedFiles& files);

} // namespace agent::credentials
