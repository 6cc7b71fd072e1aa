#include "agent/cloud/imds.hpp"
#include "agent/credentials/aws_profile.hpp"
#include "agent/credentials/keys_document.hpp"
#include "agent/credentials/keys_program.hpp"
#include "agent/credentials/providers.hpp"
#include "agent/credentials/sts.hpp"
#include "base/files.hpp"

#include <charconv>

namespace agent::credentials {

namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

constexpr std::size_t largest_file = std::size_t{1} << 20;
constexpr int longest_chain = 5;

/// Where the files are, and for whom programs are run.
struct Place {
    std::string credentials_file;
    std::string config_file;
    std::string profile;
    config::Environment environment;
};

std::string variable(const config::Environment& environment, const std::string& name) {
    const auto found = environment.find(name);
    return found == environment.end() ? std::string() : found->second;
}

/// As AWS's tools find them: what the specification says, else their variables, else ~/.aws.
Place find_place(const ProfileSpec& spec, config::Environment environment) {
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
    Place place;
    place.credentials_file =
        first(spec.credentials_file, "AWS_SHARED_CREDENTIALS_FILE", home + "/.aws/credentials");
    place.config_file = first(spec.config_file, "AWS_CONFIG_FILE", home + "/.aws/config");
    place.profile = first(spec.profile, "AWS_PROFILE", "default");
    place.environment = std::move(environment);
    return place;
}

/// An absent file is an empty one. Blocks.
Result<> read_into(Profiles& profiles, const std::string& path, SharedFile file) {
    auto text = base::read_file(path, largest_file);
    if (!text && text.error().code() == Errc::not_found)
        return {};
    if (!text)
        return std::move(text).error();
    const base::WipeAtEnd wipe(*text);
    auto read = read_profiles(*text, file, profiles);
    if (!read)
        return std::move(read).error() + path;
    return {};
}

Result<Profiles> read_files(const Place& place) {
    Profiles profiles;
    TRY(read_into(profiles, place.credentials_file, SharedFile::credentials));
    TRY(read_into(profiles, place.config_file, SharedFile::config));
    return profiles;
}

Result<Keys> keys_in(const Profile& profile) {
    Keys keys{base::Secret(setting(profile, "aws_access_key_id")),
              base::Secret(setting(profile, "aws_secret_access_key")),
              base::Secret(setting(profile, "aws_session_token")),
              {}};
    return check_keys(std::move(keys), {}, base::now());
}

class ProfileProvider : public Provider {
public:
    ProfileProvider(Place place, const ProviderServices& services)
        : place_(std::move(place)),
          loop_(services.loop),
          workers_(services.workers),
          region_(services.region),
          imds_endpoint_(services.imds_endpoint) {}

    Async<Result<Keys>> fetch(RoleRequest request) override {
        auto read = [place = place_] { return read_files(place); };
        CO_TRY(const auto profiles, co_await base::offload(workers_, std::move(read)));
        auto keys = co_await resolve(profiles, place_.profile, request, longest_chain);
        co_return keys;
    }

private:
    Async<Result<Keys>> resolve(const Profiles& profiles, std::string name,
                                const RoleRequest& request, int steps) {
        const auto context = "profile " + name;
        const auto found = profiles.find(name);
        if (found == profiles.end())
            co_return Error(Errc::not_found, context + ": neither in " + place_.credentials_file +
                                                 " nor in " + place_.config_file);
        const auto& profile = found->second;
        auto keys = co_await from(profiles, name, profile, request, steps);
        if (!keys)
            co_return std::move(keys).error() + context;
        co_return keys;
    }

    Async<Result<Keys>> from(const Profiles& profiles, const std::string& name,
                             const Profile& profile, const RoleRequest& request, int steps) {
        const bool has_keys = !setting(profile, "aws_access_key_id").empty();
        const auto role = setting(profile, "role_arn");
        // Keys of a source ask for themselves, whatever role it has; a profile may be its own source.
        const bool is_source = steps < longest_chain;
        if (!role.empty() && !(is_source && has_keys)) {
            auto keys = co_await assume(profiles, profile, request, steps);
            co_return keys;
        }
        if (has_keys)
            co_return keys_in(profile);
        if (const auto command = setting(profile, "credential_process"); !command.empty()) {
            auto keys = co_await run(std::string(command), request);
            co_return keys;
        }
        for (const auto* unknown : {"sso_session", "sso_start_url", "web_identity_token_file"})
            if (!setting(profile, unknown).empty())
                co_return Error(Errc::unsupported,
                                std::string(unknown) +
                                    " is not supported; use credential_process = aws configure "
                                    "export-credentials --profile " +
                                    name + " --format process, in another profile");
        co_return Error(Errc::not_found, "neither keys, nor credential_process, nor role_arn");
    }

    Async<Result<Keys>> run(std::string command, RoleRequest request) {
        CO_TRY(auto words, split_command(command));
        if (words.empty())
            co_return Error(Errc::invalid_argument, "credential_process: expected a command");
        auto start = [program = KeysProgram{std::move(words), place_.environment}, request] {
            return run_keys_program(program, request);
        };
        auto keys = co_await base::offload(workers_, std::move(start));
        co_return keys;
    }

    Async<Result<Keys>> source_of(const Profiles& profiles, const Profile& profile,
                                  const RoleRequest& request, int steps) {
        if (steps == 0)
            co_return Error(Errc::invalid_argument, "source_profile leads over too many profiles");
        std::string name(setting(profile, "source_profile"));
        const auto kind = setting(profile, "credential_source");
        if (!name.empty()) {
            auto keys = co_await resolve(profiles, std::move(name), request, steps - 1);
            co_return keys;
        }
        if (kind == "Ec2InstanceMetadata") {
            const auto limit = std::chrono::seconds(5);
            CO_TRY(auto text,
                   co_await cloud::ask_instance_credentials(loop_, imds_endpoint_, limit));
            co_return read_keys(text, base::now());
        }
        if (kind == "Environment") {
            const auto& environment = place_.environment;
            Keys keys{base::Secret(variable(environment, "AWS_ACCESS_KEY_ID")),
                      base::Secret(variable(environment, "AWS_SECRET_ACCESS_KEY")),
                      base::Secret(variable(environment, "AWS_SESSION_TOKEN")),
                      {}};
            co_return check_keys(std::move(keys), {}, base::now());
        }
        co_return Error(Errc::invalid_argument,
                        "role_arn needs source_profile, or credential_source of "
                        "Ec2InstanceMetadata or Environment");
    }

    Async<Result<Keys>> assume(const Profiles& profiles, const Profile& profile,
                               const RoleRequest& request, int steps) {
        if (!setting(profile, "mfa_serial").empty())
            co_return Error(Errc::unsupported, "mfa_serial: nobody is here to be asked for a code");
        CO_TRY(auto keys, co_await source_of(profiles, profile, request, steps));
        AssumeRole call;
        call.role_arn = setting(profile, "role_arn");
        call.external_id = setting(profile, "external_id");
        const auto session = setting(profile, "role_session_name");
        call.session_name = session.empty() ? request.session_name : session;
        const auto seconds = setting(profile, "duration_seconds");
        int count = 0;
        if (!seconds.empty()) {
            const auto* end = seconds.data() + seconds.size();
            const auto [rest, failure] = std::from_chars(seconds.data(), end, count);
            if (failure != std::errc() || rest != end || count < 900 || count > 43200)
                co_return Error(Errc::invalid_argument,
                                "duration_seconds: expected a number from 900 to 43200");
            call.duration = std::chrono::seconds(count);
        }
        StsSpec spec;
        spec.region = setting(profile, "region");
        spec.endpoint = setting(profile, "endpoint_url");
        CO_TRY(const auto sts, client(spec));
        auto assumed = co_await sts->assume_role(std::move(keys), std::move(call));
        co_return assumed;
    }

    /// One for each region and endpoint: it keeps the certificates that it trusts.
    Result<std::shared_ptr<Sts>> client(const StsSpec& spec) {
        auto& client = clients_[{spec.region, spec.endpoint}];
        if (!client) {
            auto made = Sts::make(loop_, spec, region_);
            if (!made)
                return std::move(made).error();
            client = std::move(*made);
        }
        return client;
    }

    Place place_;
    std::map<std::pair<std::string, std::string>, std::shared_ptr<Sts>> clients_;
    base::Executor loop_;
    base::WorkerPool& workers_;
    std::string region_;
    std::string imds_endpoint_;
};

} // namespace

ProviderPtr make_profile_provider(const ProfileSpec& spec, const ProviderServices& services) {
    return std::make_shared<ProfileProvider>(find_place(spec, services.environment), services);
}

} // namespace agent::credentials
