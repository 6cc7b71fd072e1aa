#pragma once
// Where in a document a value stands, and how a refusal about it is worded: every one begins with
// the field's path. Pure; any thread.

#include "base/error.hpp"

#include <nlohmann/json.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace agent::tables {

using Json = nlohmann::ordered_json;

struct Place {
    std::string path;    ///< "containerDefinitions[0].image", "" for the document
    bool secret = false; ///< values here may be secrets: a refusal does not repeat them
    /// Takes the paths of fields that are accepted without effect; may be nullptr.
    std::vector<std::string>* passed_over = nullptr;
};

/// The field of the object that stands here.
Place join(const Place& place, std::string_view field);
/// The element of the list that stands here.
Place join(const Place& place, std::size_t index);

/// invalid_argument, "<path>: <reason>".
base::Error refuse(const Place& place, std::string_view reason);
/// invalid_argument, "<path>: expected <what>, got <value, shortened>".
base::Error expected(const Place& place, std::string_view what, const Json& got);
/// unsupported, "<path>: not supported; <what to do instead>".
base::Error unsupported(const Place& place, std::string_view instead);

/// A text in quotes, shortened for an error.
std::string in_quotes(std::string_view text);

} // namespace agent::tables
