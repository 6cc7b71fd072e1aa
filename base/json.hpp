#pragma once
// JSON text as Go's encoder writes it, since that is what readers of the ECS contract have always
// been given: `<`, `>`, `&`, U+2028 and U+2029 escaped, invalid UTF-8 as U+FFFD, shortest floats,
// integral floats without a point (http-contract 1.5). Documents are nlohmann::ordered_json: keys
// keep order.

#include "base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace base {

/// Compact, without a trailing newline.
std::string to_go_json(const nlohmann::ordered_json& document);

/// Appends a text in its quotes, as to_go_json() writes it.
void append_go_text(std::string& out, std::string_view text);

/// Indented by one tab a level, `"key": value`, as encoding/json's MarshalIndent; without a
/// trailing newline.
std::string to_go_json_indented(const nlohmann::ordered_json& document);

/// Parses without exceptions; invalid_argument with the position when it is no JSON. `limit` is the
/// greatest nesting depth.
Result<nlohmann::ordered_json> parse_json(std::string_view text, int limit = 64);

} // namespace base
