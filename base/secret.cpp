#include "base/secret.hpp"

namespace base {

void wipe(char* bytes, std::size_t count) noexcept {
    volatile char* const place = bytes;
    for (std::size_t i = 0; i < count; ++i)
        place[i] = 0;
}

void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // what an earlier, longer content has left behind too
    wipe(text.data(), text.size());
    text.clear();
}

Secret::~Secret() {
    wipe(bytes_.data(), bytes_.size());
}

bool Secret::equals(std::string_view text) const {
    if (text.size() != bytes_.size())
        return false;
    unsigned difference = 0;
    for (std::size_t i = 0; i < text.size(); ++i)
        difference |= static_cast<unsigned>(text[i] ^ bytes_[i]);
    return difference == 0;
}

} // namespace base
