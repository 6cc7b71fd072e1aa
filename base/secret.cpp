#include "base/secret.hpp"

namespace base {

namespace {

/// Not left out, although nobody reads what is written.
void overwrite(volatile char* bytes, std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i)
        bytes[i] = 0;
}

} // namespace

void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // what an earlier, longer content has left behind too
    overwrite(text.data(), text.size());
    text.clear();
}

Secret::~Secret() {
    overwrite(bytes_.data(), bytes_.size());
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
