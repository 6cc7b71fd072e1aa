#include "agent/credentials/keys_document.hpp"

#include "base/json.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace agent::credentials {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;
using Json = nlohmann::ordered_json;

constexpr std::size_t longest_key = 1024;
constexpr std::size_t longest_token = std::size_t{16} * 1024;

/// Every text of a document, where it stands.
void wipe_texts(Json& value) {
    if (value.is_string())
        base::wipe(value.get_ref<std::string&>());
    else if (value.is_structured())
        for (auto& each : value)
            wipe_texts(each);
}

Error wrong(std::string_view field, std::string_view expected) {
    return {Errc::invalid_argument, std::string(field) + ": expected " + std::string(expected)};
}

/// "" where it is absent.
Result<std::string_view> text_of(const Json& document, const char* field) {
    const auto found = document.find(field);
    if (found == document.end() || found->is_null())
        return std::string_view();
    if (!found->is_string())
        return wrong(field, "a text");
    return std::string_view(found->get_ref<const std::string&>());
}

/// What goes into a header may not end it.
bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; });
}

Result<Keys> read_object(const Json& document, base::Time now) {
    if (!document.is_object())
        return Error(Errc::invalid_argument, "expected a JSON object with AccessKeyId and "
                                             "SecretAccessKey");
    if (const auto version = document.find("Version"); version != document.end() && *version != 1)
        return Error(Errc::unsupported, "Version: only 1 is known");
    TRY(const auto code, text_of(document, "Code"));
    if (!code.empty() && code != "Success")
        return Error(Errc::unavailable, "Code: it is not Success");
    TRY(const auto id, text_of(document, "AccessKeyId"));
    TRY(const auto secret, text_of(document, "SecretAccessKey"));
    TRY(auto token, text_of(document, "SessionToken"));
    if (token.empty()) {
        TRY(token, text_of(document, "Token"));
    }
    TRY(const auto expiration, text_of(document, "Expiration"));
    return check_keys({Secret(id), Secret(secret), Secret(token), {}}, expiration, now);
}

} // namespace

Result<Keys> read_keys(std::string& text, base::Time now) {
    const base::WipeAtEnd wipe_text(text);
    auto document = base::parse_json(text);
    // What the parser says may quote the text.
    if (!document)
        return Error(Errc::invalid_argument, "expected JSON with AccessKeyId and SecretAccessKey");
    auto keys = read_object(*document, now);
    wipe_texts(*document);
    return keys;
}

Result<Keys> check_keys(Keys keys, std::string_view expiration, base::Time now) {
    const auto fits = [](const Secret& text, std::size_t longest) {
        return text.view().size() <= longest && is_printable(text.view());
    };
    if (keys.access_key_id.empty() || !fits(keys.access_key_id, longest_key))
        return wrong("AccessKeyId", "1 to 1024 printable characters");
    if (keys.secret_access_key.empty() || !fits(keys.secret_access_key, longest_key))
        return wrong("SecretAccessKey", "1 to 1024 printable characters");
    if (!fits(keys.session_token, longest_token))
        return wrong("SessionToken", "at most 16384 printable characters");
    if (expiration.empty())
        return keys;
    keys.expires_at = base::parse_rfc3339(expiration);
    if (!keys.expires_at)
        return wrong("Expiration", "a time such as 2026-01-02T03:04:05Z");
    if (*keys.expires_at <= now)
        return Error(Errc::unavailable,
                     "the keys have expired at " + base::to_rfc3339(*keys.expires_at));
    return keys;
}

} // namespace agent::credentials
