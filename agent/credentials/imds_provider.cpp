#include "agent/cloud/imds.hpp"
#include "agent/credentials/keys_document.hpp"
#include "agent/credentials/providers.hpp"

namespace agent::credentials {

namespace {

using base::Async;
using base::Result;

constexpr auto limit = std::chrono::seconds(5);

class ImdsProvider : public Provider {
public:
    ImdsProvider(std::string endpoint, base::Executor loop)
        : endpoint_(std::move(endpoint)), loop_(std::move(loop)) {}

    Async<Result<Keys>> fetch(RoleRequest /*request*/) override {
        auto document = co_await cloud::ask_instance_credentials(loop_, endpoint_, limit);
        if (!document)
            co_return std::move(document).error() + "the instance's role";
        auto keys = read_keys(*document, base::now());
        if (!keys)
            co_return std::move(keys).error() + "the instance's role";
        co_return keys;
    }

private:
    std::string endpoint_;
    base::Executor loop_;
};

} // namespace

ProviderPtr make_imds_provider(const ImdsSpec& spec, const ProviderServices& services) {
    const auto& endpoint = spec.endpoint.empty() ? services.imds_endpoint : spec.endpoint;
    return std::make_shared<ImdsProvider>(endpoint, services.loop);
}

} // namespace agent::credentials
