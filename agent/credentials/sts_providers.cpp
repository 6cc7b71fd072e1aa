// Providers that ask STS with another provider's keys.

#include "agent/credentials/providers.hpp"
#include "agent/credentials/source_keys.hpp"
#include "agent/credentials/sts.hpp"

namespace agent::credentials {

namespace {

using base::Async;
using base::Result;

std::unique_ptr<SourceKeys> source_keys(const ProviderServices& services, ProviderPtr source) {
    return std::make_unique<SourceKeys>(services.loop, std::move(source), own_request());
}

class AssumeRoleProvider : public Provider {
public:
    AssumeRoleProvider(const AssumeRoleSpec& spec, std::unique_ptr<SourceKeys> source,
                       std::unique_ptr<Sts> sts)
        : spec_(spec), source_(std::move(source)), sts_(std::move(sts)) {}

    Async<Result<Keys>> fetch(RoleRequest request) override {
        CO_TRY(auto keys, co_await source_->get());
        AssumeRole call;
        call.role_arn = spec_.role.empty() ? request.role_arn : spec_.role;
        call.session_name = request.session_name;
        call.duration = spec_.duration;
        call.external_id = spec_.external_id;
        call.session_tags = spec_.session_tags;
        call.transitive_tags = spec_.transitive_tags;
        call.source_identity = spec_.source_identity;
        auto assumed = co_await sts_->assume_role(std::move(keys), std::move(call));
        co_return assumed;
    }

private:
    AssumeRoleSpec spec_;
    std::unique_ptr<SourceKeys> source_;
    std::unique_ptr<Sts> sts_;
};

class SessionTokenProvider : public Provider {
public:
    SessionTokenProvider(std::chrono::seconds duration, std::unique_ptr<SourceKeys> source,
                         std::unique_ptr<Sts> sts)
        : duration_(duration), source_(std::move(source)), sts_(std::move(sts)) {}

    Async<Result<Keys>> fetch(RoleRequest /*request*/) override {
        CO_TRY(auto keys, co_await source_->get());
        auto session = co_await sts_->get_session_token(std::move(keys), duration_);
        co_return session;
    }

private:
    std::chrono::seconds duration_;
    std::unique_ptr<SourceKeys> source_;
    std::unique_ptr<Sts> sts_;
};

} // namespace

Result<ProviderPtr> make_assume_role_provider(const AssumeRoleSpec& spec, ProviderPtr source,
                                              const ProviderServices& services) {
    TRY(auto sts, Sts::make(services.loop, services.files, spec.sts, services.region));
    return ProviderPtr(std::make_shared<AssumeRoleProvider>(
        spec, source_keys(services, std::move(source)), std::move(sts)));
}

Result<ProviderPtr> make_session_token_provider(const SessionTokenSpec& spec, ProviderPtr source,
                                                const ProviderServices& services) {
    TRY(auto sts, Sts::make(services.loop, services.files, spec.sts, services.region));
    return ProviderPtr(std::make_shared<SessionTokenProvider>(
        spec.duration, source_keys(services, std::move(source)), std::move(sts)));
}

} // namespace agent::credentials
