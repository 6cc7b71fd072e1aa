#include "agent/definition/tables.hpp"
#include "agent/definition/values.hpp"

namespace agent::definition {

namespace {

using base::Result;
using A = model::Association;

constexpr std::size_t longest_value = 64 << 10;

/// One segment of a path, so that it can be asked for.
Result<std::string> read_type(const Json& value, const Place& place) {
    TRY(std::string type, read_some_text(value, place));
    if (type.size() > 255 || type.find('/') != std::string::npos)
        return refuse(place, "must have at most 255 characters and no '/'");
    return type;
}

Result<std::string> read_association_name(const Json& value, const Place& place) {
    TRY(std::string name, read_some_text(value, place));
    if (name.size() > 255)
        return refuse(place, "must have at most 255 characters");
    return name;
}

Result<std::string> read_value(const Json& value, const Place& place) {
    TRY(std::string text, read_text(value, place));
    if (text.size() > longest_value)
        return refuse(place, "must have at most 64 KiB");
    return text;
}

} // namespace

Table<A> association_table() {
    static constexpr auto rows = std::to_array<FieldRow<A>>({
        required<&A::type, read_type>("type"),
        required<&A::name, read_association_name>("name"),
        secret(required<&A::value, read_value>("value")),
        required<&A::containers, read_texts>("containers"),
    });
    return {rows};
}

} // namespace agent::definition
