#pragma once
// JSON as it is written: each value with its place in the text, so that a document can be changed where
// it has to be and stays byte for byte what it was everywhere else. Takes what Go's encoding/json takes
// (docs/decisions/json-edited-in-place.md), within limits. Pure; any thread.

#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

constexpr std::size_t largest_written_json = std::size_t{4} << 20;
constexpr int deepest_written_json = 64;
constexpr std::size_t most_written_values = 100'000;

struct WrittenMember;

struct WrittenValue {
    enum class Kind { null, boolean, number, string, array, object };
    Kind kind = Kind::null;
    std::size_t begin = 0;              ///< of its first byte in the text
    std::size_t end = 0;                ///< behind its last
    std::vector<WrittenMember> members; ///< of an object, in order; of an array, with keys ""
};

struct WrittenMember {
    std::string key; ///< as it reads, without its escapes
    WrittenValue value;
};

/// The one value of the text. invalid_argument with the place where it is no JSON, or is nested too
/// deep; too_large over the limits above. What the text says is in no error: it may be a secret.
base::Result<WrittenValue> read_written_json(std::string_view text);

/// What a string value reads as, without quotes and escapes. What is no UTF-8, or half of a pair, reads
/// as U+FFFD, as in Go.
std::string text_of(std::string_view json, const WrittenValue& value);

/// The changes to be made to a text, each to another part of it.
class JsonEdits {
public:
    void replace(const WrittenValue& value, std::string text);
    /// Adds an element, or a member with its key, behind the last of an array or object. Of one value
    /// in the order of the calls.
    void append(const WrittenValue& whole, std::string_view member);
    /// The text with all changes.
    std::string apply(std::string_view json) const;

private:
    struct Edit {
        std::size_t begin;
        std::size_t end;
        std::string text;
    };
    std::vector<Edit> edits_;
};

} // namespace agent::containers
