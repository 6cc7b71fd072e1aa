#pragma once
// Text in JSON or YAML to one JSON document, within limits: what is written twice, nested too deep
// or multiplied by aliases is refused before it is built. Pure; any thread.

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

/// invalid_argument with line and column, or with the path of the key that is there twice;
/// too_large over the limits above.
base::Result<nlohmann::ordered_json> read_json(std::string_view text);

/// Lines, from 1, by the paths of the keys that stand there, as Place writes them.
using KeyLines = std::map<std::string, int>;

/// As read_json; also refused: several documents, merge keys (`<<`), keys that are not scalars,
/// tags that JSON has no type for. Nothing but comments is null. `lines` takes where the keys are; it
/// may be nullptr.
base::Result<nlohmann::ordered_json> read_yaml(std::string_view text, PlainScalars scalars,
                                               KeyLines* lines = nullptr);

} // namespace agent::tables
