#pragma once
// Who lays claim to a key: an address, an id. Several tasks may at once: that a container has ended is
// known a moment later than Docker gives its address to another. One of the claims counts, and when it
// is withdrawn the next one does. Owned by the World; loop thread.

#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace model {

struct Claim {
    std::string key;                 ///< what is claimed; not ""
    std::string arn;                 ///< of the task that claims it
    std::string owner;               ///< Docker id of the container that has it, where that matters
    std::optional<base::Time> since; ///< when that container was started, where that matters

    bool operator==(const Claim&) const = default;
};

class Claims {
public:
    /// What a task claims from now on, `after`, in place of what it did, `before`; neither has one
    /// twice. A claim that is in both keeps its place, however often it is made again.
    void replace(const std::vector<Claim>& before, const std::vector<Claim>& after);

    /// The claim that counts: of the container that was started last, and of several such the one
    /// that came last. nullptr when nobody claims the key. Valid until the next change.
    const Claim* find(std::string_view key) const;

    /// The claimed keys that begin so, ordered. Valid until the next change.
    std::vector<std::string_view> keys(std::string_view beginning) const;

private:
    void lay(const Claim& claim);
    void withdraw(const Claim& claim);

    /// By key, none of them empty; the last counts.
    std::map<std::string, std::vector<Claim>, std::less<>> by_key_;
};

} // namespace model
