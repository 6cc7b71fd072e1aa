#include "base/ids.hpp"

#include <sys/random.h>

#include <cerrno>
#include <stdexcept>
#include <vector>

namespace base {

std::string random_hex(std::size_t bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::vector<unsigned char> raw(bytes);
    for (std::size_t have = 0; have < raw.size();) {
        const auto count = ::getrandom(raw.data() + have, raw.size() - have, 0);
        if (count < 0 && errno != EINTR)
            throw std::runtime_error("getrandom failed");
        if (count > 0)
            have += static_cast<std::size_t>(count);
    }
    std::string text;
    for (const auto byte : raw) {
        text += digits[byte >> 4];
        text += digits[byte & 0xF];
    }
    return text;
}

} // namespace base
