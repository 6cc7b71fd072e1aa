#pragma once
// The EC2 instance metadata service, version 2: what it says of this instance. Asked once before
// the first task, only where the firmware says EC2 or an endpoint was configured; and for the
// instance's role, where one is to be handed out. Loop thread.

#include "base/async.hpp"
#include "base/error.hpp"

#include <chrono>
#include <string>

namespace agent::cloud {

struct InstanceFacts {
    std::string region;
    std::string account_id;
    std::string availability_zone;
    std::string availability_zone_id; ///< "" where the service does not say it
    std::string vpc_id; ///< of the first network interface; "" where the service does not say it
    std::string private_ipv4;
    std::string public_ipv4; ///< "" for an instance without one
};

/// Whether DMI names Amazon EC2 as this machine's maker. `dmi_directory` is /sys/class/dmi/id.
bool is_ec2(const std::string& dmi_directory);

/// Asks the service at `endpoint` (http://host[:port]). `limit` is for all requests together.
/// unavailable or timeout when nobody answers, protocol when it is no such service.
base::Async<base::Result<InstanceFacts>> ask_imds(base::Executor loop, std::string endpoint,
                                                  std::chrono::milliseconds limit);

/// What the service says of the instance's role: a JSON document with keys, a secret. not_found where
/// the instance has no role; else as ask_imds().
base::Async<base::Result<std::string>> ask_instance_credentials(base::Executor loop,
                                                                std::string endpoint,
                                                                std::chrono::milliseconds limit);

} // namespace agent::cloud
