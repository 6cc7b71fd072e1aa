// What STS answers (agent/credentials/sts_answer): keys that fit into a header and are valid by STS's
// clock, or a refusal that is one printable line; and of keys nothing in an error, and none left.

#include "agent/credentials/sts_answer.hpp"
#include "tests/fuzz/support.hpp"

#include <array>

namespace {

using namespace agent::credentials;
using base::Errc;
using fuzz::require;
using namespace std::chrono_literals;

const base::Time now = *base::parse_rfc3339("2026-01-02T03:04:05Z");

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

void check_keys_for(std::string_view action, std::string_view xml, std::chrono::nanoseconds ahead) {
    std::string text(xml);
    const auto keys = read_sts_keys(text, action, ahead, now);
    require(text.empty(), "the text is left");
    if (!keys) {
        require(keys.error().code() == Errc::protocol || keys.error().code() == Errc::unavailable,
                "another error");
        // What is secret in the corpus has this in it.
        require(keys.error().what().find("MARKER") == std::string::npos,
                "an error shows the answer: " + keys.error().what());
        return;
    }
    for (const auto* secret :
         {&keys->access_key_id, &keys->secret_access_key, &keys->session_token})
        require(!secret->empty() && is_printable(secret->view()), "no text of a header");
    require(keys->expires_at && *keys->expires_at > now, "keys that have expired");
}

void check_line(std::string_view line) {
    require(line.size() <= 200, "a long text");
    for (const char c : line)
        require(c >= ' ' && c < 0x7f, "no printable text");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto xml = fuzz::text_of(data, size);
    for (const auto* action : {"AssumeRole", "GetSessionToken"})
        for (const std::chrono::nanoseconds ahead : {0ns, +1h + 0ns, -1h + 0ns})
            check_keys_for(action, xml, ahead);
    std::string text(xml);
    const auto refusal = read_sts_refusal(text);
    check_line(refusal.code);
    check_line(refusal.message);
    static_cast<void>(may_be_clock(refusal.code));
    return 0;
}
