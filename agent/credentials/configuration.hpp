#pragma once
// Where roles' keys come from, as the credentials file says it: providers by name, and which role
// gets its keys from which. Values; pure but for load_configuration().

#include "base/error.hpp"

#include <chrono>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agent::credentials {

/// Keys in a JSON file that only its owner can read; it is read anew for each fetch.
struct StaticSpec {
    std::string file;
};

/// A profile of AWS's shared files, with all that these say: keys, `credential_process`, `role_arn`
/// with `source_profile` or `credential_source`.
struct ProfileSpec {
    std::string profile;          ///< "": AWS_PROFILE, else "default"
    std::string home;             ///< whose ~/.aws; "": the agent's own
    std::string credentials_file; ///< "": <home>/.aws/credentials
    std::string config_file;      ///< "": <home>/.aws/config
    bool trusted = false;         ///< they may use what is the agent's, whoever may write them
};

/// A program that prints keys as JSON.
struct ProcessSpec {
    std::vector<std::string> command; ///< an absolute path, and arguments
    std::chrono::seconds timeout{10};
};

/// Where STS is.
struct StsSpec {
    std::string region;   ///< "": the agent's
    std::string endpoint; ///< http(s)://host[:port]; "": AWS's of the region
    std::string ca_file;  ///< certificates to trust; "": the system's
};

struct AssumeRoleSpec {
    std::string source; ///< the provider of the keys that ask
    std::string role;   ///< ARN to assume; "": the task's role
    std::chrono::seconds duration{3600};
    std::string external_id;
    std::map<std::string, std::string> session_tags;
    std::vector<std::string> transitive_tags; ///< keys of session_tags
    std::string source_identity;
    StsSpec sts;
};

struct SessionTokenSpec {
    std::string source;
    std::chrono::seconds duration{12 * 3600};
    StsSpec sts;
};

/// The role of the EC2 instance.
struct ImdsSpec {
    std::string endpoint; ///< "": the setting imds_endpoint
};

using ProviderSpec =
    std::variant<StaticSpec, ProfileSpec, ProcessSpec, AssumeRoleSpec, SessionTokenSpec, ImdsSpec>;

struct RoleRule {
    std::string role; ///< an ARN; with '*' (any text) or '?' (any character) a pattern
    std::string provider;
};

struct Configuration {
    std::map<std::string, ProviderSpec> providers;
    std::vector<RoleRule> roles;
    std::string default_provider;  ///< for roles that no rule is for; "": they have none
    std::vector<std::string> deny; ///< roles, or patterns, that are never handed out
};

/// invalid_argument, "<field>: <what was expected>".
base::Result<Configuration> parse_configuration(std::string_view yaml);

/// The file (256 KiB at most). It names programs that the agent runs: the errors of
/// base::read_trusted_file(), and those of parse_configuration(). All begin with the path.
base::Result<Configuration> load_configuration(const std::string& path);

/// What is to become of a role.
struct Decision {
    enum class Kind { provided, no_provider, denied };
    Kind kind = Kind::no_provider;
    std::string_view provider; ///< where provided; lives as long as the configuration
};

/// `deny` comes first, then an exact rule, then the first pattern that fits, then the default.
Decision decide(const Configuration& configuration, std::string_view role);

} // namespace agent::credentials
