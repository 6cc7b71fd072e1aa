#include "agent/http/escape.hpp"

#include <cctype>

namespace agent::http {

std::string escape(std::string_view text, std::string_view keep) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    constexpr std::string_view unreserved = "-._~";
    std::string escaped;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = byte < 0x80 && (std::isalnum(byte) != 0 ||
                                           unreserved.find(c) != std::string_view::npos ||
                                           keep.find(c) != std::string_view::npos);
        if (plain)
            escaped.push_back(c);
        else
            escaped.append({'%', digits[byte >> 4], digits[byte & 15]});
    }
    return escaped;
}

} // namespace agent::http
