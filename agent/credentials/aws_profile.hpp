#pragma once
// AWS's shared files, ~/.aws/credentials and ~/.aws/config: profiles of settings, as AWS's own
// tools read them. Pure.

#include "base/error.hpp"
#include "base/secret.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::credentials {

/// Settings by name; values may be secrets.
using Profile = std::map<std::string, base::Secret, std::less<>>;
using Profiles = std::map<std::string, Profile, std::less<>>;

/// Which of the two files is it? They name profiles differently.
enum class SharedFile { credentials, config };

/// Adds a file's profiles; what is there already stays. Comments, nested settings and sections that
/// are no profile are passed over. invalid_argument with the line's number and nothing of it.
base::Result<> read_profiles(std::string_view text, SharedFile file, Profiles& into);

/// "" where it is not set.
std::string_view setting(const Profile& profile, std::string_view name);

/// The words of a command line as a shell would see them, without doing anything else that a shell
/// does. invalid_argument where a quote is not closed.
base::Result<std::vector<std::string>> split_command(std::string_view command);

} // namespace agent::credentials
