#pragma once
// Role: the keys that a provider asks STS with, kept while they are good, so that a hundred tasks
//   make one call for them. Who waits at the same time shares one fetch.
// Threading: the loop thread. Failure: the source's errors, to all who wait.

#include "agent/credentials/provider.hpp"

namespace agent::credentials {

class SourceKeys {
public:
    SourceKeys(base::Executor loop, ProviderPtr source, RoleRequest request)
        : loop_(std::move(loop)), source_(std::move(source)), request_(std::move(request)) {}

    /// Keys that do not expire are fetched each time: their source is the one to ask whether they
    /// still hold.
    base::Async<base::Result<Keys>> get();

private:
    /// A fetch that is under way, for all who wait for it.
    struct Fetch;

    base::Executor loop_;
    ProviderPtr source_;
    RoleRequest request_;
    std::shared_ptr<Fetch> under_way_;
    std::optional<Keys> kept_;
    base::Time fetch_again_{};
};

} // namespace agent::credentials
