// Our JSON (base/json): what was read and written once stays as it is, and no character that Go
// would have escaped stands in it.

#include "base/json.hpp"
#include "tests/fuzz/support.hpp"

#include <nlohmann/json.hpp>

namespace {

using fuzz::require;

void check_characters(std::string_view written) {
    for (const auto c : written)
        require(static_cast<unsigned char>(c) >= ' ' && c != '<' && c != '>' && c != '&',
                "a character that has to be escaped");
    for (const auto* separator : {"\u2028", "\u2029"})
        require(written.find(separator) == std::string_view::npos, "a line separator as it is");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto document = base::parse_json(fuzz::text_of(data, size));
    if (!document) {
        require(document.error().code() == base::Errc::invalid_argument, "another error");
        require(document.error().what().size() <= 512, "an error without a limit");
        return 0;
    }
    const auto written = base::to_go_json(*document);
    check_characters(written);
    const auto again = base::parse_json(written);
    require(again.has_value(), "what we wrote is no JSON");
    // As values: "-0E0" is written as Go does it, "-0", which reads as the whole number 0.
    require(*again == *document, "the document changes: " + written);
    const auto indented = base::parse_json(base::to_go_json_indented(*document));
    require(indented.has_value(), "what we wrote indented is no JSON");
    require(*indented == *document, "the indented form says something else: " + written);
    return 0;
}
