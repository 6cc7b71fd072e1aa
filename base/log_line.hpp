#pragma once
// What is made of a log call's text and fields, whoever takes it. Pure. For the log's .cpp files.

#include "base/log.hpp"

#include <string>
#include <string_view>

namespace base::log {

/// The part of a value that is logged: at most 2,048 bytes, and no part of a character.
std::string_view cut(std::string_view value);

/// Appends `<text> key=value …`. Whatever text and values hold, it is one line that can be shown.
void append_line(std::string& line, std::string_view text, Fields fields);

} // namespace base::log
