#include "base/secret.hpp"

#include <cstring>

namespace base {

void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // what an earlier, longer content has left behind too
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

Secret::~Secret() {
    if (!bytes_.empty())
        ::explicit_bzero(bytes_.data(), bytes_.size());
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
