#pragma once
// What Go's encoding/json makes of an object when it fills a struct, which is how the engine reads a
// body: a key is a field's whatever its case, the same key may come again, and null is something else
// for each kind of field. Refers to the text and the values that it was made of. Pure.

#include "agent/containers/written_json.hpp"
#include "base/error.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

/// Whether Go takes the key for the field: the same letters without case, and U+017F for s, U+212A for k.
bool is_go_key(std::string_view key, std::string_view field);

/// One struct. Several objects fill it where its key comes more than once. Errors are invalid_argument
/// and name the field: a value of another kind than the engine takes there.
class GoStruct {
public:
    using Values = std::vector<const WrittenValue*>;

    GoStruct(std::string_view json, Values objects) : json_(json), objects_(std::move(objects)) {}

    bool present() const { return !objects_.empty(); }
    std::string_view json() const { return json_; }
    /// The object to which a field is added.
    const WrittenValue& last_object() const { return *objects_.back(); }
    /// The keys of all objects.
    std::vector<std::string> keys() const;

    /// The last value of the field, also a null; nullptr where it is nowhere.
    const WrittenValue* last(std::string_view field) const;

    /// A string; null changes nothing. "" where it is nowhere.
    base::Result<std::string> text(std::string_view field) const;
    /// A slice: the last counts. nullptr for nil.
    base::Result<const WrittenValue*> list(std::string_view field) const;
    /// A slice of strings. A null in it is refused, since Go makes something else of it each time.
    base::Result<std::vector<std::string>> texts(std::string_view field) const;
    /// A slice of structs; refused where it comes twice, since Go mixes the two.
    base::Result<std::vector<GoStruct>> structs(std::string_view field) const;
    /// A pointer to a struct, or a map: null begins anew. Not present() for nil.
    base::Result<GoStruct> pointer(std::string_view field) const;
    /// A struct without a pointer: null changes nothing.
    base::Result<GoStruct> part(std::string_view field) const;
    /// A map of strings.
    base::Result<std::map<std::string, std::string>> text_map(std::string_view field) const;

    /// In a map, where keys have their case: the last value of the key, nullptr without one.
    const WrittenValue* entry(std::string_view key) const;

private:
    Values values(std::string_view field) const;

    std::string_view json_;
    Values objects_;
};

} // namespace agent::containers
