#include "base/base64.hpp"

namespace base {

namespace {

constexpr std::string_view url_alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/// The value of a digit; nothing for anything else.
std::optional<unsigned> digit_value(char c) {
    if (c == '+')
        c = '-';
    if (c == '/')
        c = '_';
    const auto found = url_alphabet.find(c);
    if (found == std::string_view::npos)
        return std::nullopt;
    return static_cast<unsigned>(found);
}

} // namespace

std::optional<std::string> decode_base64(std::string_view text) {
    while (text.ends_with('='))
        text.remove_suffix(1);
    // One digit alone holds six bits: no byte.
    if (text.size() % 4 == 1)
        return std::nullopt;
    std::string bytes;
    unsigned pending = 0;
    int bits = 0;
    for (const char c : text) {
        const auto digit = digit_value(c);
        if (!digit)
            return std::nullopt;
        pending = (pending << 6 | *digit) & 0xffffU;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            bytes.push_back(static_cast<char>(pending >> bits & 0xffU));
        }
    }
    return bytes;
}

std::string encode_base64_url(std::string_view bytes) {
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto group = bytes.substr(i, 3);
        unsigned bits = 0;
        for (std::size_t k = 0; k < 3; ++k)
            bits = bits << 8 | (k < group.size() ? static_cast<unsigned char>(group[k]) : 0U);
        for (std::size_t k = 0; k < 4; ++k)
            text += k <= group.size() ? url_alphabet[bits >> (18 - 6 * k) & 63U] : '=';
    }
    return text;
}

} // namespace base
