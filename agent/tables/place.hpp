#pragma once
// Where in a document a value stands, and how a refusal about it is worded: every one begins with
// the field's path. Pure; any thread.

#include "agent/tables/findings.hpp"
#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>

namespace agent::tables {

using Json = nlohmann::ordered_json;

struct Place {
    std::string path;    ///< "containerDefinitions[0].image", "" for the document
    bool secret = false; ///< values here may be secrets: a refusal does not repeat them
    /// How the document is read; nullptr for one that says exactly what it is to say, and of which the first fault
    /// is told.
    Reading* reading = nullptr;
};

/// The field of the object that stands here.
Place join(const Place& place, std::string_view field);
/// The element of the list that stands here.
Place join(const Place& place, std::size_t index);

/// Whether what says little is taken here.
bool is_lenient(const Place& place);

/// invalid_argument, "<path>: <reason>".
base::Error refuse(const Place& place, std::string_view reason);
/// invalid_argument, "<path>: expected <what>, got <value, shortened>".
base::Error expected(const Place& place, std::string_view what, const Json& got);
/// unsupported, "<path>: not supported; <what to do instead>".
base::Error unsupported(const Place& place, std::string_view instead);

/// What ECS has and this host does not do: refused, or left out with a notice where the host says so or, as it
/// says nothing, the field's own `usual` does. A document of our own is refused.
base::Result<> leave_out(const Place& place, Unsupported usual, std::string_view instead);
/// Notes how the value that stands here is taken, where such things are noted.
void note(const Place& place, std::string_view what);

/// A text in quotes, shortened for an error.
std::string in_quotes(std::string_view text);

} // namespace agent::tables
