#include "recorded_tracking.hpp"

#include <string>
#include <string_view>

namespace agent::host {

namespace {

std::vector<std::uint8_t> bytes_of(std::string_view hex) {
    std::vector<std::uint8_t> bytes;
    for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
        bytes.push_back(
            static_cast<std::uint8_t>(std::stoul(std::string(hex.substr(i, 2)), nullptr, 16)));
    return bytes;
}

} // namespace

std::vector<std::uint8_t> synchronised_answer() {
    return bytes_of("060200000021000500000000000000000102030400000000000000007f0000017f000001"
                    "0000000000000000000000000001000000040000000000006b03b4582028fb4cdf385eca"
                    "d76c7160dc98cbe6ff7fe064f364d189fee4db7ee29503e6dcac675204809697");
}

std::vector<std::uint8_t> unsynchronised_answer() {
    return bytes_of("060200000021000500000000000000000102030400000000000000000000000000000000"
                    "000000000000000000000000000000000000000300000000000000000000000000000000"
                    "0000000000000000000000000000000000000000048000000480000000000000");
}

std::vector<std::uint8_t> version_refused() {
    return bytes_of("06020000002100010012000000000000010203040000000000000000");
}

std::vector<std::uint8_t> not_allowed() {
    return bytes_of("06020000002100010002000000000000010203040000000000000000");
}

} // namespace agent::host
