#pragma once
// From the text of a task definition to a TaskDefinition, in the forms that people deploy to ECS
// (docs/task-definitions.md), JSON or YAML. What matters is never dropped silently: a field that this agent
// does not act on is refused by name or left out with a notice, unless it is empty or false, as ECS prints
// fields that were not set; a few that only say where ECS may run the task are passed over and handed out.
// Pure; any thread.

#include "agent/definition/host.hpp"
#include "agent/definition/replacement.hpp"
#include "agent/definition/task_definition.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "agent/tables/findings.hpp"
#include "base/error.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::definition {

using tables::Findings;
using tables::Lines;

enum class Format { json, yaml };

constexpr std::size_t max_definition_bytes = 1 << 20;
/// ECS takes 10; a host of one's own need not be that narrow.
constexpr std::size_t max_containers = 120;
constexpr std::size_t max_tags = 50;         ///< as ECS
constexpr std::size_t max_port_ranges = 100; ///< of a container, as ECS
constexpr std::size_t max_ports = 1000;      ///< of a container

/// The format by the file's ending (.json, .yaml, .yml); nothing for any other.
std::optional<Format> format_of(std::string_view path);

/// The line on which a field begins, or the innermost object or list around it of which one is known; 0 for none.
std::size_t line_of(const Lines& lines, std::string_view field);

/// What a text of no such name begins with: JSON's '{' or '[', or else YAML.
Format format_of_text(std::string_view text);

struct Overrides;

/// What stands beside a definition and has a say in what it is here.
struct Surroundings {
    const stand_ins::StandIns* host = nullptr; ///< what the host file says
    const Overrides* overrides = nullptr;      ///< what its overrides file says
    /// Takes what was replaced.
    std::vector<Replacement>* replaced = nullptr;
    /// Takes what of the overrides cannot be put into the definition, each with its field there, instead of the
    /// findings.
    std::vector<base::Error>* unfitting = nullptr;
};

/// Parses, puts in place what the surroundings say, and checks. On failure one line, "<file_name>: <field
/// path>: <reason>", about the first
/// wrong field in document order; rules that connect several fields (ports and network mode, mount
/// points and volumes, names given twice) come after the fields by themselves. invalid_argument: no such
/// document, or a rule is broken; unsupported: a field of ECS's that is not honoured; too_large: over
/// max_definition_bytes, or too deep or too many nodes. `findings` takes all that is wrong with a document
/// that could be read at all, and how it was taken; `lines` where in the text its fields begin. What was filled in
/// for place holders where secrets may stand is in neither, and in no error.
base::Result<TaskDefinition>
parse_task_definition(std::string_view text, Format format, std::string_view file_name,
                      const Host& here = {}, Findings* findings = nullptr, Lines* lines = nullptr,
                      const Surroundings& surroundings = {});

/// One JSON text for equal definitions, itself a task definition that parse_task_definition takes.
/// What is at its default is left out, so that a field which is new in a later version changes
/// nothing for a definition that does not have it.
std::string canonical_form(const TaskDefinition& definition);

/// The reverse of canonical_form; corrupt when `text` is not one.
base::Result<TaskDefinition> from_canonical(std::string_view text);

} // namespace agent::definition
