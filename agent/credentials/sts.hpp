#pragma once
// Role: asks AWS's Security Token Service for keys, or a server that speaks like it. Requests are
//   signed by libcurl, with all parameters in the body.
// Threading: the loop thread; a call may outlive nothing of it.
// Failure: permission where STS refuses, unavailable (throttling, 5xx, nobody there), timeout,
//   protocol, too_large. Texts have STS's code and the first line of its message, which never holds
//   what was sent.
// What STS says of expiration is turned into this host's clock, by the Date of its answer; a clock so
// wrong that STS refuses is told as the reason.

#include "agent/credentials/configuration.hpp"
#include "agent/credentials/keys.hpp"
#include "agent/http/transport.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "base/slots.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent::credentials {

struct AssumeRole {
    std::string role_arn;
    std::string session_name;
    std::chrono::seconds duration{3600};
    std::string external_id;
    std::map<std::string, std::string> session_tags;
    std::vector<std::string> transitive_tags;
    std::string source_identity;
};

class Sts {
public:
    /// invalid_argument for an endpoint that is no URL. `region` is for a spec that says none.
    /// Certificates are read by a worker, anew for each call; `workers` outlives it.
    static base::Result<std::unique_ptr<Sts>> make(base::Executor loop, base::WorkerPool& workers,
                                                   const StsSpec& spec, const std::string& region);

    base::Async<base::Result<Keys>> assume_role(Keys keys, AssumeRole call);
    base::Async<base::Result<Keys>> get_session_token(Keys keys, std::chrono::seconds duration);

private:
    Sts(base::Executor loop, base::WorkerPool& workers, std::unique_ptr<http::Transport> transport)
        : turns_(std::move(loop), most_calls),
          workers_(workers),
          transport_(std::move(transport)) {}

    base::Async<base::Result<Keys>> call(std::string action, Keys keys, std::string body);
    base::Async<base::Result<std::optional<std::string>>> certificates();

    /// A host's tasks all come at once when the agent starts.
    static constexpr std::size_t most_calls = 8;

    base::Slots turns_;
    base::WorkerPool& workers_;
    std::unique_ptr<http::Transport> transport_;
    std::string region_;
    std::string ca_file_;    ///< "" where there is no TLS
    bool is_own_ca_ = false; ///< somebody has configured it
};

/// "https://sts.eu-west-1.amazonaws.com", with the region's own domain.
std::string sts_endpoint(const std::string& region);

} // namespace agent::credentials
