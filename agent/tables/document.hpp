#pragma once
// Text in JSON or YAML to one JSON document, within limits: what is written twice, nested too deep
// or multiplied by aliases is refused before it is built. Pure; any thread.

#include "agent/tables/findings.hpp"
#include "base/error.hpp"

#include <nlohmann/json_fwd.hpp>

#include <map>
#include <string>
#include <string_view>

namespace agent::tables {

constexpr std::size_t max_document_depth = 32;
constexpr std::size_t max_document_nodes = 100'000;

/// What becomes of YAML's plain scalars (quoted ones are always strings).
enum class PlainScalars {
    /// null, true/false and decimal numbers as in YAML 1.2; `yes`, `on`, `0755`, `0x1F` are
    /// strings.
    typed,
    /// All are strings as they were written, except null.
    text,
};

/// What becomes of YAML's tags that JSON has no type for.
enum class Tags {
    refused,
    /// CloudFormation's short forms become what they stand for: `!Ref a` {"Ref": "a"}, `!Sub a`
    /// {"Fn::Sub": "a"}, `!GetAtt a.b` {"Fn::GetAtt": ["a", "b"]}.
    functions,
};

/// invalid_argument with line and column, or with the path of the key that is there twice;
/// too_large over the limits above. `lines` takes where every field and element begins.
base::Result<nlohmann::ordered_json> read_json(std::string_view text, Lines* lines = nullptr);

/// As read_json; also refused: several documents, merge keys (`<<`), keys that are not scalars,
/// tags. Nothing but comments is null.
base::Result<nlohmann::ordered_json> read_yaml(std::string_view text, PlainScalars scalars,
                                               Tags tags = Tags::refused, Lines* lines = nullptr);

} // namespace agent::tables
