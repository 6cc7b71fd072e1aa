#pragma once
// A definition's document as it is on this host: what it names elsewhere is replaced by what stands here
// for it, before anything is checked. What has another shape than a definition's is left as it is: the
// check says so. Private to agent/definition.

#include "agent/definition/replacement.hpp"
#include "agent/stand_ins/stand_ins.hpp"
#include "agent/tables/place.hpp"
#include "base/error.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace agent::definition {

/// Replaces place holders in all texts. `said_in` is the file that has the values. `unshown` takes those that stood
/// only where secrets may stand: in variables, options, commands, labels. What is put in is taken off `left`:
/// too_large where that does not do, with the field.
base::Result<> fill_in_values(tables::Json& document, const stand_ins::Section<std::string>& values,
                              const std::string& said_in, std::vector<Replacement>& replaced,
                              stand_ins::Section<std::string>& unshown, std::size_t& left);

/// Images, log drivers and file systems of a definition. `place` is the definition's.
void adapt(tables::Json& definition, const stand_ins::StandIns& host, const tables::Place& place,
           std::vector<Replacement>& replaced);

} // namespace agent::definition
