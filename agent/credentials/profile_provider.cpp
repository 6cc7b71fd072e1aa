#include "agent/cloud/imds.hpp"
#include "agent/credentials/aws_profile.hpp"
#include "agent/credentials/keys_document.hpp"
#include "agent/credentials/keys_program.hpp"
#include "agent/credentials/providers.hpp"
#include "agent/credentials/shared_files.hpp"
#include "agent/credentials/sts.hpp"

#include <algorithm>
#include <charconv>
#include <list>
#include <memory>

namespace agent::credentials {

namespace {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;

constexpr int longest_chain_of_profiles = 5;
constexpr std::size_t most_clients = 8;

struct Client {
    std::string region;
    std::string endpoint;
    std::shared_ptr<Sts> sts; ///< kept by whoever waits for an answer
};

Result<Keys> keys_in(const Profile& profile) {
    Keys keys{base::Secret(setting(profile, "aws_access_key_id")),
              base::Secret(setting(profile, "aws_secret_access_key")),
              base::Secret(setting(profile, "aws_session_token")),
              {}};
    return check_keys(std::move(keys), {}, base::now());
}

class ProfileProvider : public Provider {
public:
    ProfileProvider(SharedFiles files, bool trusted, const ProviderServices& services)
        : files_(std::move(files)),
          trusted_(trusted),
          loop_(services.loop),
          file_workers_(services.files),
          home_workers_(services.home_files),
          programs_(services.programs),
          region_(services.region),
          imds_endpoint_(services.imds_endpoint) {}

    Async<Result<Keys>> fetch(RoleRequest request) override {
        auto read = [where = files_] { return read_shared_files(where); };
        CO_TRY(const auto files, co_await base::offload(home_workers_, std::move(read)));
        auto keys = co_await resolve(files, files_.profile, request, longest_chain_of_profiles);
        co_return keys;
    }

private:
    Async<Result<Keys>> resolve(const SharedProfiles& files, std::string name,
                                const RoleRequest& request, int steps) {
        const auto context = "profile " + name;
        const auto found = files.profiles.find(name);
        if (found == files.profiles.end())
            co_return Error(Errc::not_found, context + ": neither in " + files_.credentials_file +
                                                 " nor in " + files_.config_file);
        const auto& profile = found->second;
        auto keys = co_await from(files, name, profile, request, steps);
        if (!keys)
            co_return std::move(keys).error() + context;
        co_return keys;
    }

    Async<Result<Keys>> from(const SharedProfiles& files, const std::string& name,
                             const Profile& profile, const RoleRequest& request, int steps) {
        const bool has_keys = !setting(profile, "aws_access_key_id").empty();
        const auto role = setting(profile, "role_arn");
        // Keys of a source ask for themselves, whatever role it has; a profile may be its own source.
        const bool is_source = steps < longest_chain_of_profiles;
        if (!role.empty() && !(is_source && has_keys)) {
            auto keys = co_await assume(files, profile, request, steps);
            co_return keys;
        }
        if (has_keys)
            co_return keys_in(profile);
        if (const auto command = setting(profile, "credential_process"); !command.empty()) {
            auto keys = co_await run(files, std::string(command), request);
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

    Async<Result<Keys>> run(const SharedProfiles& files, std::string command, RoleRequest request) {
        CO_TRY(check_trust(files, "credential_process"));
        CO_TRY(auto words, split_command(command));
        if (words.empty())
            co_return Error(Errc::invalid_argument, "credential_process: expected a command");
        auto start = [program = KeysProgram{std::move(words), files_.environment}, request] {
            return run_keys_program(program, request);
        };
        auto keys = co_await base::offload(programs_, std::move(start));
        co_return keys;
    }

    Async<Result<Keys>> source_of(const SharedProfiles& files, const Profile& profile,
                                  const RoleRequest& request, int steps) {
        if (steps == 0)
            co_return Error(Errc::invalid_argument, "source_profile leads over too many profiles");
        std::string name(setting(profile, "source_profile"));
        const auto kind = setting(profile, "credential_source");
        if (!name.empty()) {
            auto keys = co_await resolve(files, std::move(name), request, steps - 1);
            co_return keys;
        }
        if (!kind.empty()) {
            CO_TRY(check_trust(files, "credential_source"));
        }
        if (kind == "Ec2InstanceMetadata") {
            const auto limit = std::chrono::seconds(5);
            CO_TRY(auto text,
                   co_await cloud::ask_instance_credentials(loop_, imds_endpoint_, limit));
            co_return read_keys(text, base::now());
        }
        if (kind == "Environment") {
            const auto& environment = files_.environment;
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

    Async<Result<Keys>> assume(const SharedProfiles& files, const Profile& profile,
                               const RoleRequest& request, int steps) {
        if (!setting(profile, "mfa_serial").empty())
            co_return Error(Errc::unsupported, "mfa_serial: nobody is here to be asked for a code");
        CO_TRY(auto keys, co_await source_of(files, profile, request, steps));
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

    /// What a file may use that is the agent's: that it runs programs as root, and keys of its own.
    Result<> check_trust(const SharedProfiles& files, std::string_view setting) const {
        if (files.changeable_for_others.empty() || trusted_)
            return {};
        return Error(Errc::permission,
                     std::string(setting) + ": " + files.changeable_for_others +
                         " is somebody else's, and this would be done as the agent; say trusted: "
                         "true for the provider to allow that");
    }

    /// One for each region and endpoint, since it lets only so many calls out at once; of those that
    /// were used last, since a user's file may name others each time.
    Result<std::shared_ptr<Sts>> client(const StsSpec& spec) {
        const auto found = std::ranges::find_if(clients_, [&](const Client& each) {
            return each.region == spec.region && each.endpoint == spec.endpoint;
        });
        if (found != clients_.end()) {
            clients_.splice(clients_.begin(), clients_, found);
            return found->sts;
        }
        TRY(auto made, Sts::make(loop_, file_workers_, spec, region_));
        clients_.push_front({spec.region, spec.endpoint, std::move(made)});
        if (clients_.size() > most_clients)
            clients_.pop_back();
        return clients_.front().sts;
    }

    SharedFiles files_;
    bool trusted_;              ///< the files, whoever may write them
    std::list<Client> clients_; ///< the one that was used last comes first
    base::Executor loop_;
    base::WorkerPool& file_workers_;
    base::WorkerPool& home_workers_;
    base::WorkerPool& programs_;
    std::string region_;
    std::string imds_endpoint_;
};

} // namespace

ProviderPtr make_profile_provider(const ProfileSpec& spec, const ProviderServices& services) {
    return std::make_shared<ProfileProvider>(find_shared_files(spec, services.environment),
                                             spec.trusted, services);
}

} // namespace agent::credentials
