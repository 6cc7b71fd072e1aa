#include "agent/credentials/keys_document.hpp"
#include "agent/credentials/providers.hpp"
#include "base/private_file.hpp"

namespace agent::credentials {

namespace {

using base::Async;
using base::Result;

constexpr std::size_t largest_keys_file = std::size_t{64} << 10;

Result<Keys> read_file(const std::string& path) {
    TRY(auto text, base::read_trusted_file(path, largest_keys_file, base::Readers::owner_only));
    auto keys = read_keys(text, base::now());
    if (!keys)
        return std::move(keys).error() + path;
    return keys;
}

class StaticProvider : public Provider {
public:
    StaticProvider(std::string file, base::WorkerPool& files)
        : file_(std::move(file)), files_(files) {}

    Async<Result<Keys>> fetch(RoleRequest /*request*/) override {
        auto read = [path = file_] { return read_file(path); };
        auto keys = co_await base::offload(files_, std::move(read));
        co_return keys;
    }

private:
    std::string file_;
    base::WorkerPool& files_;
};

} // namespace

ProviderPtr make_static_provider(const StaticSpec& spec, const ProviderServices& services) {
    return std::make_shared<StaticProvider>(spec.file, services.files);
}

} // namespace agent::credentials
