// Environment files (agent/containers/environment_file): names as they stand there, each once, the
// values as they stand there; and an error that repeats nothing of the file.

#include "agent/containers/environment_file.hpp"
#include "tests/fuzz/support.hpp"

#include <set>

namespace {

using fuzz::require;
using Variables = std::vector<agent::definition::KeyValue>;

void check(const Variables& variables) {
    std::set<std::string> names;
    for (const auto& [name, value] : variables) {
        require(names.insert(name).second, "a name is there twice");
        require(!name.empty() && name.find('=') == std::string::npos, "no name at all");
        require(name.front() != '#' && name.find('\n') == std::string::npos &&
                    name.find('\0') == std::string::npos,
                "no name of a line");
        require(value.find('\n') == std::string::npos && value.find('\0') == std::string::npos,
                "a value goes over its line");
    }
}

/// With other letters and digits in the file, the error is the same.
void check_shows_nothing(std::string_view content, const std::string& what) {
    std::string masked(content);
    for (auto& c : masked)
        if (static_cast<unsigned char>(c) < 0x80 && std::isalnum(static_cast<unsigned char>(c)))
            c = c == 'x' ? 'y' : 'x';
    const auto other = agent::containers::parse_environment_file("f.env", masked);
    require(!other, "an error that depends on letters");
    fuzz::require_same(other.error().what(), what, "an error shows the file");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto content = fuzz::text_of(data, size);
    const auto file = agent::containers::parse_environment_file("f.env", content);
    if (!file) {
        require(file.error().what().starts_with("f.env: line "), "the place is not named");
        check_shows_nothing(content, file.error().what());
        return 0;
    }
    for (const auto& [place, lines] : file->passed_over)
        require(place.starts_with("f.env: line ") && lines > 0, "what is passed over has no place");
    const auto& variables = file->variables;
    check(variables);
    // Behind a comment: a name may begin with what is a byte order mark only by standing first.
    std::string written = "#\n";
    for (const auto& [name, value] : variables)
        written.append(name).append("=").append(value).append("\r\n");
    const auto again = agent::containers::parse_environment_file("f.env", written);
    require(again.has_value() && again->variables == variables && again->passed_over.empty(),
            "written down again it says something else");
    require(agent::containers::merge_environment_files({variables, variables}) == variables,
            "merged with itself it says something else");
    return 0;
}
