#pragma once
// Text as it stands in a URL or a form. Pure.

#include <string>
#include <string_view>

namespace agent::http {

/// Percent-encodes all but unreserved characters and those in `keep`.
std::string escape(std::string_view text, std::string_view keep = {});

} // namespace agent::http
