// Bodies of POST /containers/create (agent/containers): one that is completed is, for somebody else's
// parser, what it was and the additions; one that is refused is refused in a short line. A scanner that
// takes more or less than JSON shows itself too.

#include "agent/containers/create_body.hpp"
#include "agent/containers/go_struct.hpp"
#include "agent/containers/written_json.hpp"
#include "tests/fuzz/support.hpp"

#include <nlohmann/json.hpp>

namespace {

using namespace agent::containers;
using fuzz::require;
using Json = nlohmann::json;

void check_refusal(const base::Error& error) {
    require(error.what().find('\n') == std::string::npos, "no line: " + error.what());
    require(error.what().size() <= 256, "a long line");
}

/// Whether the other parser takes it. It refuses what is no UTF-8 and numbers that are no double, and
/// takes a NUL for the end of the text.
bool is_json(std::string_view text) {
    return text.find('\0') == std::string_view::npos && Json::accept(text);
}

void check_scanner(std::string_view text, const base::Result<WrittenValue>& written) {
    if (is_json(text) && !written)
        require(written.error().code() == base::Errc::too_large ||
                    written.error().what().starts_with("nested"),
                "JSON that is refused: " + written.error().what());
    if (!written)
        check_refusal(written.error());
}

/// As the engine's Go would find them.
std::size_t count_of(const Json& list, const std::string& text) {
    std::size_t count = 0;
    for (const auto& element : list)
        count += element == text ? 1 : 0;
    return count;
}

/// Whether no key has another spelling of ours: this parser has no rule for these.
bool is_plain(const Json& body) {
    for (const auto& [key, value] : body.items())
        for (const auto* field : {"Env", "Labels", "HostConfig"})
            if (key != field && is_go_key(key, field))
                return false;
    return true;
}

void check_completed(const Json& before, const std::string& text) {
    require(Json::accept(text), "a completed body is no JSON: " + text);
    const auto after = Json::parse(text);
    require(after["Env"].is_array() && count_of(after["Env"], "ECS_A=1") >= 1, "no variable");
    require(after["Labels"]["ecs.a"] == "1", "no label");
    for (const auto& [key, value] : before.items())
        if (key != "Env" && key != "Labels" && key != "HostConfig")
            require(after.contains(key) && after[key] == value, "another field has changed");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto written = read_written_json(text);
    check_scanner(text, written);
    if (const auto request = read_create_body(text, "web"); !request)
        check_refusal(request.error());
    Additions additions;
    require(!complete_create_body(text, additions) ||
                *complete_create_body(text, additions) == text,
            "nothing is added and the text changes");
    additions.variables = {"ECS_A=1"};
    additions.labels = {{"ecs.a", "1"}};
    additions.mount = Mount{"bind", "/s", "/ecs/metadata/web", "", false};
    const auto completed = complete_create_body(text, additions);
    if (!completed) {
        check_refusal(completed.error());
        return 0;
    }
    require(read_written_json(*completed).has_value(), "a completed body cannot be read");
    if (!is_json(text))
        return 0;
    const auto before = Json::parse(text);
    if (is_plain(before))
        check_completed(before, *completed);
    return 0;
}
