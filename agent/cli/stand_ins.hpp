#pragma once
// What stands on this host for what task definitions name, as print-config shows it.

#include "agent/stand_ins/stand_ins.hpp"

#include <string>

namespace agent::cli {

/// Lines of comments. Of secrets the places, of log options the names, of values the place holders: what may be a secret
/// is not shown.
std::string render_stand_ins(const stand_ins::StandIns& stand_ins);

} // namespace agent::cli
