#pragma once
// Where keys come from: one implementation for each type of provider in the credentials file.

#include "agent/credentials/keys.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <memory>
#include <string>

namespace agent::credentials {

/// For whom keys are fetched.
struct RoleRequest {
    std::string role_arn;
    std::string session_name; ///< 2 to 64 characters that STS takes: the task's id
    std::string task_arn;     ///< "" when a provider asks for itself
};

/// Role: fetches keys, each time anew. Threading: the loop thread. Failure: unavailable, timeout,
/// permission and what else the source says; no text holds anything of a key.
class Provider {
public:
    virtual ~Provider() = default;
    /// The request is a value: the caller may be gone before the answer is there. The provider is
    /// kept by whoever asks.
    virtual base::Async<base::Result<Keys>> fetch(RoleRequest request) = 0;
};

using ProviderPtr = std::shared_ptr<Provider>;

} // namespace agent::credentials
