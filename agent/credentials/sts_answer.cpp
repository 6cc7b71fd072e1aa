#include "agent/credentials/sts_answer.hpp"

#include "agent/credentials/keys_document.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>

namespace agent::credentials {

namespace {

using base::Errc;
using base::Error;
using base::Result;
using base::Secret;

constexpr std::size_t longest_message = 200;

/// In place, so that the keys stand nowhere but in the text, which is wiped.
bool parse(pugi::xml_document& document, std::string& xml) {
    return static_cast<bool>(document.load_buffer_inplace(
        xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8));
}

std::string printable(std::string_view text) {
    std::string line(text.substr(0, std::min(text.find_first_of("\r\n"), longest_message)));
    std::ranges::replace_if(
        line, [](char c) { return c < ' ' || c >= 0x7f; }, '?');
    return line;
}

} // namespace

Result<Keys> read_sts_keys(std::string& xml, std::string_view action,
                           std::chrono::nanoseconds ahead, base::Time now) {
    const base::WipeAtEnd wipe(xml);
    pugi::xml_document document;
    const std::string name(action);
    if (!parse(document, xml))
        return Error(Errc::protocol, "the answer is no XML");
    const auto found = document.child((name + "Response").c_str())
                           .child((name + "Result").c_str())
                           .child("Credentials");
    const auto text = [&](const char* field) { return std::string_view(found.child_value(field)); };
    Keys keys{Secret(text("AccessKeyId")),
              Secret(text("SecretAccessKey")),
              Secret(text("SessionToken")),
              {}};
    if (keys.session_token.empty() || text("Expiration").empty())
        return Error(Errc::protocol, "the answer holds no " + name + "Response with Credentials");
    auto checked = check_keys(std::move(keys), text("Expiration"), now + ahead);
    if (!checked)
        return Error(checked.error().code() == Errc::unavailable ? Errc::unavailable
                                                                 : Errc::protocol,
                     "the answer: " + checked.error().what());
    *checked->expires_at -= ahead;
    return checked;
}

StsRefusal read_sts_refusal(std::string& xml) {
    pugi::xml_document document;
    if (!parse(document, xml))
        return {};
    const auto error = document.child("ErrorResponse").child("Error");
    return {printable(error.child_value("Code")), printable(error.child_value("Message"))};
}

bool may_be_clock(std::string_view code) {
    constexpr std::array codes{"RequestExpired",        "RequestTimeTooSkewed",
                               "SignatureDoesNotMatch", "InvalidSignatureException",
                               "RequestInTheFuture",    "AuthFailure"};
    return std::ranges::find(codes, code) != codes.end();
}

} // namespace agent::credentials
