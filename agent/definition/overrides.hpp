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
    stand_ins::Section<std::string> values;
};

/// As parse_task_definition(): "<file>: <field>: <reason>".
base::Result<Overrides> parse_overrides(std::string_view text, Format format,
                                        const std::string& file);

/// Puts them into a definition. invalid_argument for the name of a container that `definition_file` does not
/// have; it names both files.
base::Result<> merge(const Overrides& overrides, tables::Json& definition,
                     const std::string& definition_file, const tables::Place& place,
                     std::vector<Replacement>& replaced);

} // namespace agent::definition
