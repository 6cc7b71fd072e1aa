#pragma once
// Where a link leads over, so that whoever watches these places hears that it leads to something else.
// Blocks; any thread.

#include <string>
#include <vector>

namespace agent::tasks {

/// A name in a folder.
struct LinkPlace {
    std::string folder; ///< without a link on its way
    std::string name;

    bool operator==(const LinkPlace&) const = default;
};

/// Every link on the way, this one first, and at last what it leads to, also where nothing is there.
std::vector<LinkPlace> link_places(const std::string& link);

} // namespace agent::tasks
