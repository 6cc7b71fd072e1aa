#pragma once
// Builds a JSON document from a parser's events and holds it within the limits of document.hpp;
// both parsers feed it, so both refuse the same. Private to document reading. One use a document.

#include "agent/tables/document.hpp"

#include <nlohmann/json.hpp>

#include <optional>
#include <string>
#include <vector>

namespace agent::tables {

class DocumentBuilder {
public:
    using Json = nlohmann::ordered_json;

    /// `lines` takes where every field and element begins; may be nullptr.
    explicit DocumentBuilder(Lines* lines) : lines_(lines) {}

    /// The line on which what comes next begins.
    void at_line(std::size_t line) { line_ = line; }
    base::Result<> begin_object() { return begin(Json::object()); }
    base::Result<> begin_array() { return begin(Json::array()); }
    /// Ends the innermost object or array and returns where it now lives, until the next event.
    const Json& end();
    base::Result<> key(std::string name);
    /// A scalar, or a whole part that is written once more (an alias).
    base::Result<> value(Json value);

    /// Inside an object and before a key?
    bool expects_key() const { return !open_.empty() && !open_.back().key && is_object(); }
    /// Whether a whole document has been built.
    bool complete() const { return root_.has_value() && open_.empty(); }
    Json finish() { return std::move(*root_); }
    /// Where the next value goes, after a key the key's: "containers[0].match".
    std::string path() const;

private:
    struct Open {
        Json part;
        std::optional<std::string> key; ///< the key whose value comes next
    };

    bool is_object() const { return open_.back().part.is_object(); }
    base::Result<> begin(Json part);
    const Json& place(Json value);
    base::Result<> weigh(const Json& value, std::size_t depth);
    void note_line();
    base::Error refuse(std::string reason) const;

    Lines* lines_;
    std::size_t line_ = 1;
    std::vector<Open> open_;
    std::optional<Json> root_;
    std::size_t nodes_ = 0;
    std::size_t bytes_ = 0;
};

/// At most `limit` bytes of a parser's message, on one line.
std::string shorten(std::string_view text, std::size_t limit = 200);

} // namespace agent::tables
