#include "agent/tables/unsupported_fields.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace agent::tables {

namespace {

/// The part as it is, or without the "[]" of a list at its end.
bool is_described_part(std::string_view pattern, std::string_view part) {
    constexpr std::string_view list = "[]";
    return base::matches(pattern, part) ||
           (part.ends_with(list) &&
            base::matches(pattern, part.substr(0, part.size() - list.size())));
}

} // namespace

bool describes(std::string_view pattern, std::string_view field) {
    for (std::string_view rest = field;;) {
        for (auto end = rest.find('.');; end = rest.find('.', end + 1)) {
            if (is_described_part(pattern, rest.substr(0, end)))
                return true;
            if (end == std::string_view::npos)
                break;
        }
        const auto dot = rest.find('.');
        if (dot == std::string_view::npos)
            return false;
        rest.remove_prefix(dot + 1);
    }
}

std::string list_of_unsupported_fields() {
    std::string list;
    for (const auto field : unsupported_fields)
        list.append(list.empty() ? "" : ", ").append(field);
    return list;
}

} // namespace agent::tables
