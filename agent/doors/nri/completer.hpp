#pragma once
// What the link to the engine asks of whoever knows what a container is given. The link declares it, so
// that it can be tested without. Loop thread.

#include "agent/doors/nri/messages.hpp"
#include "base/async.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agent::doors::nri {

/// Why does a container come without the agent's additions?
enum class Passed {
    not_wanted, ///< a rule or the container itself says so, or it has been given everything already
    not_ready,  ///< the agent has not seen all containers yet
    not_docker, ///< the engine is another than Docker's: its containers are not observed
    late,       ///< its completion took too long, too many are under way (Settings), or the engine
                ///< has gone meanwhile
    failed,     ///< what it needs could not be made
    bad_message, ///< the engine's message could not be read
};
inline constexpr std::size_t count_of_passed = 6;

/// As logs and metrics name it: "not_wanted".
std::string_view to_string(Passed reason);

/// What a container is given, and by what the completer knows it again.
struct Adjusted {
    Adjustment adjustment;
    std::string ticket;

    bool operator==(const Adjusted&) const = default;
};

using Completed = std::variant<Adjusted, Passed>;

class Completer {
public:
    virtual ~Completer() = default;

    /// What takes longer than Settings::completion_time is not waited for, and withdrawn. All who make
    /// containers wait for it, one after the other.
    virtual base::Async<Completed> complete(Container container) = 0;

    /// The container was not given this: it was too late, or nobody is there any more who would take it.
    virtual void withdraw(const std::string& ticket) = 0;

    /// What the engine has when the agent registers; `last` with its last part. How many of them have
    /// come while the agent was not registered, and were given nothing.
    virtual std::size_t listed(std::vector<Container> containers, bool last) = 0;
};

} // namespace agent::doors::nri
