#include "agent/credentials/shared_files.hpp"

#include "base/private_file.hpp"
#include "base/secret.hpp"

namespace agent::credentials {

using base::Errc;
using base::Result;

namespace {

constexpr std::size_t largest_shared_file = std::size_t{1} << 20;

Result<> read_into(SharedProfiles& into, const std::string& path, SharedFile file) {
    auto found = base::read_users_file(path, largest_shared_file);
    if (!found && found.error().code() == Errc::not_found)
        return {};
    if (!found)
        return std::move(found).error();
    const base::WipeAtEnd wipe(found->text);
    if (into.changeable_for_others.empty())
        into.changeable_for_others = found->changeable;
    auto read = read_profiles(found->text, file, into.profiles);
    if (!read)
        return std::move(read).error() + path;
    return {};
}

} // namespace

std::string variable(const config::Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

SharedFiles find_shared_files(const ProfileSpec& spec, config::Environment environment) {
    if (!spec.home.empty()) {
        environment["HOME"] = spec.home;
        // These are the agent's own; they do not say where somebody else's files are.
        for (const auto* name : {"AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE", "AWS_PROFILE"})
            environment.erase(name);
    }
    auto home = variable(environment, "HOME");
    if (home.empty())
        home = "/root"; // a service of systemd has no HOME
    const auto first = [&](const std::string& said, const char* name, std::string usual) {
        const auto found = variable(environment, name);
        return !said.empty() ? said : !found.empty() ? found : std::move(usual);
    };
    SharedFiles files;
    files.credentials_file =
        first(spec.credentials_file, "AWS_SHARED_CREDENTIALS_FILE", home + "/.aws/credentials");
    files.config_file = first(spec.config_file, "AWS_CONFIG_FILE", home + "/.aws/config");
    files.profile = first(spec.profile, "AWS_PROFILE", "default");
    files.environment = std::move(environment);
    return files;
}

Result<SharedProfiles> read_shared_files(const SharedFiles& files) {
    SharedProfiles found;
    TRY(read_into(found, files.credentials_file, SharedFile::credentials));
    TRY(read_into(found, files.config_file, SharedFile::config));
    return found;
}

} // namespace agent::credentials
