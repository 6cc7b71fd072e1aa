#pragma once
// The sections of the host file that say what stands here for what task definitions name. Private to
// agent/rules.

#include "agent/stand_ins/stand_ins.hpp"
#include "agent/tables/document.hpp"
#include "agent/tables/place.hpp"
#include "base/error.hpp"

#include <string>

namespace agent::rules {

// Each is an object: patterns, and what stands for all that they describe.
base::Result<stand_ins::Section<std::string>> read_values(const tables::Json& value,
                                                          const tables::Place& place);
base::Result<stand_ins::Section<std::string>> read_images(const tables::Json& value,
                                                          const tables::Place& place);
base::Result<stand_ins::Section<std::string>> read_volumes(const tables::Json& value,
                                                           const tables::Place& place);
base::Result<stand_ins::Section<stand_ins::LogDriver>> read_log_drivers(const tables::Json& value,
                                                                        const tables::Place& place);
base::Result<stand_ins::Section<stand_ins::SecretSource>> read_secrets(const tables::Json& value,
                                                                       const tables::Place& place);

/// Fills in on which lines the entries are.
void note_lines(stand_ins::StandIns& stand_ins, const tables::Lines& lines);

} // namespace agent::rules
