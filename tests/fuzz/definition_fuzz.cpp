// Task definitions in JSON and YAML (agent/definition): what is taken comes back from its canonical
// form as it was; what is refused is refused in one line that begins with the file's name. The same where
// the host has something stand for all that they name, and for what stands beside a definition.

#include "agent/definition/overrides.hpp"
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

/// Something stands for whatever is named.
agent::stand_ins::StandIns host_for_all() {
    agent::stand_ins::StandIns host;
    host.file = "h.yaml";
    host.values = {{"a", "b<c>", 1}, {"<c>", "", 2}};
    host.images = {{"*", "image:1", 3}};
    host.volumes = {{"*", "/srv", 4}};
    host.log_drivers = {{"*", {"json-file", {{"max-size", "1m"}}}, 5}};
    return host;
}

void check_adapted(std::string_view text, Format format, std::string_view file) {
    static const auto host = host_for_all();
    agent::definition::Surroundings surroundings;
    surroundings.host = &host;
    const auto task = agent::definition::parse_task_definition(text, format, file, {}, nullptr,
                                                               nullptr, surroundings);
    if (!task) {
        check_refusal(task.error(), file);
        return;
    }
    for (const auto& container : task->containers)
        require(container.image == "image:1", "an image that is not the host's");
}

/// The text stands beside a definition.
void check_overrides(std::string_view text, Format format, std::string_view file) {
    const auto overrides = agent::definition::parse_overrides(text, format, std::string(file));
    if (!overrides) {
        check_refusal(overrides.error(), file);
        return;
    }
    agent::definition::Surroundings surroundings;
    surroundings.overrides = &*overrides;
    const auto task = agent::definition::parse_task_definition(
        R"({"family": "f", "containerDefinitions": [{"name": "app", "image": "i"}]})", Format::json,
        "web.json", {}, nullptr, nullptr, surroundings);
    require(task || task.error().what().find(file) != std::string::npos, "the file is not named");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    check(text, Format::json, "t.json");
    check(text, Format::yaml, "t.yaml");
    check_adapted(text, Format::json, "t.json");
    check_adapted(text, Format::yaml, "t.yaml");
    check_overrides(text, Format::json, "t.json");
    check_overrides(text, Format::yaml, "t.yaml");
    return 0;
}
