#pragma once
// The secret that the agents of one cluster of Docker's services share, and nobody else has: what they
// make ids of that can be told in a service's specification, where Swarm's own name of a task, which many
// can list, is all that differs between tasks. A value; any thread.

#include "base/error.hpp"
#include "base/secret.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agent::doors {

class ClusterKey {
public:
    static constexpr std::size_t fewest_bytes = 32;
    static constexpr std::size_t most_bytes = 4096;

    explicit ClusterKey(std::string_view secret) : secret_(secret) {}

    /// The file's content without a line end behind it. Nothing for an absent file, unless it is
    /// `required`. The errors of base::read_trusted_file(), and invalid_argument for less than
    /// fewest_bytes. All begin with the path. Blocks.
    static base::Result<std::optional<ClusterKey>> load(const std::string& path, bool required);

    /// Under which a task of the service asks for its role's keys: "<task>-<32 hexadecimal digits>", the
    /// digits being the same for all tasks of the service. `task` is Swarm's id, or its template. "" where
    /// the library refuses to compute it.
    std::string credentials_id(std::string_view task, std::string_view service) const;

private:
    base::Secret secret_;
};

} // namespace agent::doors
