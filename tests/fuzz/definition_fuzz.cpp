// Task definitions in JSON and YAML (agent/definition): what is taken comes back from its canonical
// form as it was; what is refused is refused in one line that begins with the file's name.

#include "agent/definition/parse.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using agent::definition::Format;
using fuzz::require;

constexpr std::size_t longest_reason = 2048;

void check_refusal(const base::Error& error, std::string_view file) {
    require(error.what().starts_with(std::string(file) + ": "), "the file is not named");
    require(error.what().find('\n') == std::string::npos, "a reason of several lines");
    require(error.what().size() <= longest_reason,
            "a reason without a limit: " + std::to_string(error.what().size()));
}

void check(std::string_view text, Format format, std::string_view file) {
    agent::definition::Findings findings;
    agent::definition::Lines lines;
    const auto task =
        agent::definition::parse_task_definition(text, format, file, {}, &findings, &lines);
    for (const auto& notice : findings.notices)
        require(to_string(notice).find('\n') == std::string::npos, "a notice of several lines");
    if (!task) {
        check_refusal(task.error(), file);
        return;
    }
    require(findings.faults.empty(), "taken with a fault");
    const auto form = agent::definition::canonical_form(*task);
    const auto again = agent::definition::from_canonical(form);
    require(again.has_value(), "its canonical form is refused: " + form);
    require(*again == *task, "another definition comes back: " + form);
    fuzz::require_same(agent::definition::canonical_form(*again), form, "the form changes");
    require(agent::definition::parse_task_definition(form, Format::json, file).has_value(),
            "the canonical form is no task definition");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    check(text, Format::json, "t.json");
    check(text, Format::yaml, "t.yaml");
    return 0;
}
