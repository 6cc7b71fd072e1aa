// Keys as JSON (agent/credentials/keys_document): texts that fit into a header and a time that is to
// come, or an error that repeats nothing; and the text is gone in any case.

#include "agent/credentials/keys_document.hpp"
#include "tests/fuzz/support.hpp"

namespace {

using namespace agent::credentials;
using base::Errc;
using fuzz::require;

const base::Time now = *base::parse_rfc3339("2026-01-02T03:04:05Z");

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

void check_error(const base::Error& error) {
    require(error.code() == Errc::invalid_argument || error.code() == Errc::unavailable ||
                error.code() == Errc::unsupported,
            "another error");
    // What is secret in the corpus has this in it.
    require(error.what().find("MARKER") == std::string::npos,
            "an error shows the document: " + error.what());
    require(error.what().size() < 100, "a long error: " + error.what());
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string text(fuzz::text_of(data, size));
    const auto keys = read_keys(text, now);
    require(text.empty(), "the text is left");
    if (!keys) {
        check_error(keys.error());
        return 0;
    }
    require(!keys->access_key_id.empty() && !keys->secret_access_key.empty(), "half a key");
    for (const auto* secret :
         {&keys->access_key_id, &keys->secret_access_key, &keys->session_token})
        require(is_printable(secret->view()), "no text of a header");
    require(!keys->expires_at || *keys->expires_at > now, "keys that have expired");
    require(check_keys(*keys, {}, now).has_value(), "checked again it is refused");
    return 0;
}
