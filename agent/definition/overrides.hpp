#pragma once
// What one task changes of its definition, in a file beside it: the form of `aws ecs run-task --overrides`,
// and image, port mappings, log configuration and values of place holders besides. Each field is checked
// by the same reader as in a definition; then it is put into the definition's document, which is checked as
// a whole. Private to agent/definition.

#include "agent/definition/parse.hpp"
#include "agent/definition/replacement.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "agent/tables/place.hpp"
#include "base/error.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace agent::definition {

struct Overrides {
    std::string file;      ///< its path
    tables::Json document; ///< checked
    Lines lines;           ///< of the document's fields
    stand_ins::Section<std::string> values;
};

/// As parse_task_definition(): "<file>: <field>: <reason>" about the first fault. `findings` takes all of them, as
/// "<field>: <reason>" or, where there is no document, the reason alone; `lines` where the fields begin.
base::Result<Overrides> parse_overrides(std::string_view text, Format format,
                                        const std::string& file, Findings* findings = nullptr,
                                        Lines* lines = nullptr);

/// Puts them into a definition. What cannot be put there is returned, "containerOverrides[0].name: <reason>" each:
/// invalid_argument for the name of a container that `definition_file` does not have.
std::vector<base::Error> merge(const Overrides& overrides, tables::Json& definition,
                               const std::string& definition_file, const tables::Place& place,
                               std::vector<Replacement>& replaced);

} // namespace agent::definition
