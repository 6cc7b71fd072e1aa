// Small texts of others: points in time (base/time) and base64 (base/base64). What was read and
// written once stays as it is.

#include "base/base64.hpp"
#include "base/time.hpp"
#include "tests/fuzz/support.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    if (const auto time = base::parse_rfc3339(text)) {
        const auto written = base::to_rfc3339(*time);
        const auto again = base::parse_rfc3339(written);
        fuzz::require(again.has_value() && *again == *time, "another time: " + written);
    }
    const auto decoded = base::decode_base64(base::encode_base64_url(text));
    fuzz::require(decoded.has_value() && *decoded == text, "other bytes after base64");
    if (const auto bytes = base::decode_base64(text))
        fuzz::require(bytes->size() <= size, "more bytes than letters");
    return 0;
}
