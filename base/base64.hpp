#pragma once
// Base64 of RFC 4648, both alphabets. Pure; any thread.

#include <optional>
#include <string>
#include <string_view>

namespace base {

/// The bytes of a text in either alphabet, with or without padding; nothing when it is no base64.
std::optional<std::string> decode_base64(std::string_view text);

/// In the URL-safe alphabet ('-' and '_'), padded.
std::string encode_base64_url(std::string_view bytes);

} // namespace base
