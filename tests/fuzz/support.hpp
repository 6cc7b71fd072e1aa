#pragma once
// What the fuzz targets share. A target is a function from bytes to nothing that throws Broken where
// an invariant does not hold: under libFuzzer that ends the program with the input saved, in the
// corpus tests it fails the test of that file. Pure; one thread.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <stdexcept>
#include <string>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace fuzz {

/// An invariant that does not hold.
class Broken : public std::logic_error {
    using std::logic_error::logic_error;
};

inline void require(bool holds, const std::string& what) {
    if (!holds)
        throw Broken(what);
}

template <class A, class B>
void require_same(const A& a, const B& b, std::string_view what) {
    if (!(a == b))
        throw Broken(std::string(what));
}

inline void require_same(const std::string& a, const std::string& b, std::string_view what) {
    if (a != b)
        throw Broken(std::string(what) + ":\n[" + a + "]\n[" + b + "]");
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
    return {reinterpret_cast<const char*>(data), size};
}

/// Cuts bytes into pieces at places that follow from the bytes alone, so that a corpus file needs to
/// say nothing about them.
class Pieces {
public:
    explicit Pieces(std::string_view bytes)
        : rest_(bytes), random_(static_cast<std::uint32_t>(std::hash<std::string_view>()(bytes))) {}

    bool empty() const { return rest_.empty(); }
    /// At least one byte, at most `most`.
    std::string_view take(std::size_t most) {
        // Mostly a few bytes; sometimes a lot.
        const std::size_t wanted = random_() % 8 == 0 ? 1 + random_() % 400 : 1 + random_() % 7;
        const auto piece = rest_.substr(0, std::min(wanted, most));
        rest_.remove_prefix(piece.size());
        return piece;
    }

private:
    std::string_view rest_;
    std::minstd_rand random_;
};

} // namespace fuzz
