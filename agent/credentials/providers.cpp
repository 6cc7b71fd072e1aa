#include "agent/credentials/providers.hpp"

#include "agent/credentials/source_keys.hpp"

namespace agent::credentials {

namespace {

using base::Result;

/// Whose keys are the same for every role: one fetch serves all tasks, as long as they are good.
class SharedProvider : public Provider {
public:
    SharedProvider(base::Executor loop, ProviderPtr provider)
        : keys_(std::move(loop), std::move(provider), own_request()) {}

    base::Async<Result<Keys>> fetch(RoleRequest /*request*/) override {
        auto keys = co_await keys_.get();
        co_return keys;
    }

private:
    SourceKeys keys_;
};

/// Makes a provider when its source is made: sources lead to an end (configuration.cpp).
class Maker {
public:
    Maker(const Configuration& configuration, const ProviderServices& services)
        : configuration_(configuration), services_(services) {}

    Result<ProviderPtr> make(const std::string& name) {
        if (const auto found = made.find(name); found != made.end())
            return found->second;
        const auto& spec = configuration_.providers.at(name);
        auto provider =
            std::visit([&](const auto& each) -> Result<ProviderPtr> { return make(each); }, spec);
        if (!provider)
            return std::move(provider).error() + ("provider " + name);
        made.emplace(name, *provider);
        return provider;
    }

    Providers made;

private:
    Result<ProviderPtr> make(const StaticSpec& spec) {
        return make_static_provider(spec, services_);
    }
    Result<ProviderPtr> make(const ProfileSpec& spec) {
        return make_profile_provider(spec, services_);
    }
    Result<ProviderPtr> make(const ProcessSpec& spec) {
        return make_process_provider(spec, services_);
    }
    Result<ProviderPtr> make(const ImdsSpec& spec) {
        return shared(make_imds_provider(spec, services_));
    }
    Result<ProviderPtr> make(const AssumeRoleSpec& spec) {
        TRY(auto source, make(spec.source));
        return make_assume_role_provider(spec, std::move(source), services_);
    }
    Result<ProviderPtr> make(const SessionTokenSpec& spec) {
        TRY(auto source, make(spec.source));
        TRY(auto provider, make_session_token_provider(spec, std::move(source), services_));
        return shared(std::move(provider));
    }
    ProviderPtr shared(ProviderPtr provider) {
        return std::make_shared<SharedProvider>(services_.loop, std::move(provider));
    }

    const Configuration& configuration_;
    const ProviderServices& services_;
};

} // namespace

RoleRequest own_request() {
    RoleRequest request;
    request.session_name = "ecs-node-agent";
    return request;
}

Result<Providers> make_providers(const Configuration& configuration,
                                 const ProviderServices& services) {
    Maker maker(configuration, services);
    for (const auto& [name, spec] : configuration.providers)
        TRY(maker.make(name));
    return std::move(maker.made);
}

} // namespace agent::credentials
