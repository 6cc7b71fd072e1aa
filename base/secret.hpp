#pragma once
// Text that must not outlive its use: keys, tokens. Its memory is overwritten when it ends. What a
// library has copied of it meanwhile is not reached: the daemon therefore also writes no core.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace base {

/// Overwrites the text where it stands, and empties it.
void wipe(std::string& text) noexcept;

/// Overwrites so many bytes, although nobody reads what is written.
void wipe(char* bytes, std::size_t count) noexcept;

/// Wipes a text that a library had to be given, or has given, on the way out of a scope.
class WipeAtEnd {
public:
    explicit WipeAtEnd(std::string& text) : text_(text) {}
    ~WipeAtEnd() { wipe(text_); }
    WipeAtEnd(const WipeAtEnd&) = delete;
    WipeAtEnd& operator=(const WipeAtEnd&) = delete;

private:
    std::string& text_;
};

/// A value; every copy wipes itself. Compares in a time that does not tell where two differ.
class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
    ~Secret();
    Secret(const Secret&) = default;
    Secret(Secret&& other) noexcept = default;
    Secret& operator=(Secret other) noexcept {
        bytes_.swap(other.bytes_);
        return *this;
    }

    std::string_view view() const { return {bytes_.data(), bytes_.size()}; }
    bool empty() const { return bytes_.empty(); }
    bool equals(std::string_view text) const;

private:
    std::vector<char> bytes_; ///< no short text inside the object, unlike std::string
};

} // namespace base
