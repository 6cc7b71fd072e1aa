// What STS writes: XML of many hands, some of them hostile.

#include "agent/credentials/sts_answer.hpp"

#include "moment.hpp"
#include "sts_text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::credentials {
namespace {

using base::Errc;
using namespace std::chrono_literals;

base::Result<Keys> read_answer(std::string xml, std::string_view action = "AssumeRole",
                               std::chrono::nanoseconds ahead = 0s) {
    return read_sts_keys(xml, action, ahead, now);
}

void expect_failure(const std::string& xml, Errc code, const std::string& what,
                    std::string_view action = "AssumeRole") {
    const auto keys = read_answer(xml, action);
    ASSERT_FALSE(keys) << xml;
    EXPECT_EQ(keys.error().code(), code) << xml;
    EXPECT_EQ(keys.error().what(), what) << xml;
}

std::string without(std::string text, const std::string& part) {
    const auto at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    return text.erase(at, part.size());
}

StsRefusal refusal(std::string xml) {
    return read_sts_refusal(xml);
}

TEST(StsAnswer, HasKeysOfAssumeRole) {
    const auto keys = read_answer(R"(<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
    <SourceIdentity>me</SourceIdentity>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/web/0123</Arn>
      <AssumedRoleId>ARO123EXAMPLE123:0123</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>AQoDYXdzEPT//////////wEX==</SessionToken>
      <Expiration>2026-01-02T04:04:05Z</Expiration>
    </Credentials>
    <PackedPolicySize>8</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata><RequestId>c6104cbe-af31</RequestId></ResponseMetadata>
</AssumeRoleResponse>)");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ASIAIOSFODNN7EXAMPLE");
    EXPECT_EQ(keys->secret_access_key.view(), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY");
    EXPECT_EQ(keys->session_token.view(), "AQoDYXdzEPT//////////wEX==");
    EXPECT_EQ(keys->expires_at, now + 1h);
}

TEST(StsAnswer, HasKeysOfGetSessionToken) {
    const auto keys =
        read_answer(sts_keys("GetSessionToken", "ID", "2026-01-02T15:04:05Z"), "GetSessionToken");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ID");
    EXPECT_EQ(keys->secret_access_key.view(), "SECRET-of-ID");
    EXPECT_EQ(keys->session_token.view(), "TOKEN-of-ID");
    EXPECT_EQ(keys->expires_at, now + 12h);
}

TEST(StsAnswer, NamespaceAndLayoutDoNotMatter) {
    for (const auto* ns : {"", R"( xmlns="urn:other")", R"( xmlns="" id='x')"}) {
        const auto keys = read_answer(
            "<AssumeRoleResponse" + std::string(ns) +
            "><AssumeRoleResult><Credentials><SessionToken>t</SessionToken><Other/>"
            "<Expiration>2026-01-02T03:04:06.5+00:00</Expiration><SecretAccessKey><![CDATA[s]]>"
            "</SecretAccessKey><!-- x --><AccessKeyId>i</AccessKeyId></Credentials>"
            "</AssumeRoleResult></AssumeRoleResponse>");
        ASSERT_TRUE(keys) << ns << keys.error().what();
        EXPECT_EQ(keys->access_key_id.view(), "i");
        EXPECT_EQ(keys->secret_access_key.view(), "s");
        EXPECT_EQ(keys->expires_at, now + 1500ms);
    }
}

TEST(StsAnswer, IsToWhatWasAsked) {
    const auto answer = sts_keys("GetSessionToken", "ID");
    expect_failure(answer, Errc::protocol,
                   "the answer holds no AssumeRoleResponse with Credentials");
    expect_failure(sts_keys("AssumeRole", "ID"), Errc::protocol,
                   "the answer holds no GetSessionTokenResponse with Credentials",
                   "GetSessionToken");
    expect_failure(sts_refusal("AccessDenied", "no"), Errc::protocol,
                   "the answer holds no AssumeRoleResponse with Credentials");
}

TEST(StsAnswer, HasAllParts) {
    const auto whole = sts_keys("AssumeRole", "ID");
    EXPECT_TRUE(read_answer(whole));
    const std::string none = "the answer holds no AssumeRoleResponse with Credentials";
    expect_failure(without(whole, "<SessionToken>TOKEN-of-ID</SessionToken>"), Errc::protocol,
                   none);
    expect_failure(without(whole, "TOKEN-of-ID"), Errc::protocol, none);
    expect_failure(without(whole, "<Expiration>2126-01-02T03:04:05Z</Expiration>"), Errc::protocol,
                   none);
    expect_failure(without(whole, "<AccessKeyId>ID</AccessKeyId>"), Errc::protocol,
                   "the answer: AccessKeyId: expected 1 to 1024 printable characters");
    expect_failure(without(whole, "SECRET-of-ID"), Errc::protocol,
                   "the answer: SecretAccessKey: expected 1 to 1024 printable characters");
    expect_failure(without(whole, "2126-01-"), Errc::protocol,
                   "the answer: Expiration: expected a time such as 2026-01-02T03:04:05Z");
}

TEST(StsAnswer, PartsAreFitForAHeader) {
    for (const auto* id : {"a\r\nX-Evil: 1", "a&#13;&#10;X-Evil: 1", "a b", "caf\xc3\xa9"})
        EXPECT_EQ(read_answer(sts_keys("AssumeRole", id)).error().code(), Errc::protocol) << id;
    EXPECT_EQ(read_answer(sts_keys("AssumeRole", "a&amp;b"))->access_key_id.view(), "a&b");
}

TEST(StsAnswer, KeysThatHaveExpiredAreUnavailable) {
    expect_failure(sts_keys("AssumeRole", "ID", "2026-01-02T03:04:05Z"), Errc::unavailable,
                   "the answer: the keys have expired at 2026-01-02T03:04:05Z");
}

TEST(StsAnswer, ExpirationIsTurnedIntoThisHostsClock) {
    // Theirs shows 04:04:05.
    const auto ahead =
        read_answer(sts_keys("AssumeRole", "ID", "2026-01-02T05:04:05Z"), "AssumeRole", 1h);
    ASSERT_TRUE(ahead) << ahead.error().what();
    EXPECT_EQ(ahead->expires_at, now + 1h);
    // Theirs shows 02:04:05: what is over by ours is not.
    const auto behind =
        read_answer(sts_keys("AssumeRole", "ID", "2026-01-02T02:34:05Z"), "AssumeRole", -1h);
    ASSERT_TRUE(behind) << behind.error().what();
    EXPECT_EQ(behind->expires_at, now + 30min);
    // And what seems good for half an hour has ended half an hour ago.
    const auto over =
        read_answer(sts_keys("AssumeRole", "ID", "2026-01-02T03:34:05Z"), "AssumeRole", 1h);
    EXPECT_EQ(over.error().code(), Errc::unavailable);
}

TEST(StsAnswer, GarbageIsAProtocolError) {
    for (const auto* text : {"", " ", "{}", "<", "<AssumeRoleResponse>", "<html><body>", "<a></b>",
                             "\x1f\x8b\x08", "OK"}) {
        const auto keys = read_answer(text);
        ASSERT_FALSE(keys) << text;
        EXPECT_EQ(keys.error().code(), Errc::protocol) << text;
    }
    expect_failure("<AssumeRoleResponse>", Errc::protocol, "the answer is no XML");
    EXPECT_EQ(read_answer(std::string(1000, '\0')).error().code(), Errc::protocol);
}

TEST(StsAnswer, DeepNestingDoesNoHarm) {
    constexpr std::size_t bytes = std::size_t{64} << 10;
    std::string open;
    std::string closed;
    for (std::size_t i = 0; i < bytes / 3; ++i)
        open += "<a>";
    for (std::size_t i = 0; i < bytes / 7; ++i)
        closed += "<a>";
    for (std::size_t i = 0; i < bytes / 7; ++i)
        closed += "</a>";
    for (const auto& xml : {open, closed}) {
        EXPECT_EQ(read_answer(xml).error().code(), Errc::protocol);
        EXPECT_EQ(refusal(xml).code, "");
    }
}

TEST(StsAnswer, ErrorsRepeatNothingOfIt) {
    const auto whole = sts_keys("AssumeRole", "MARKER");
    for (const auto& xml :
         {whole.substr(0, whole.size() - 5), without(whole, "<AccessKeyId>MARKER</AccessKeyId>"),
          sts_keys("AssumeRole", "MARKER MARKER"), sts_keys("AssumeRole", "MARKER", "MARKER"),
          sts_keys("AssumeRole", "MARKER", "2001-01-02T03:04:05Z"), std::string("MARKER")}) {
        const auto keys = read_answer(xml);
        ASSERT_FALSE(keys) << xml;
        EXPECT_EQ(keys.error().what().find("MARKER"), std::string::npos) << keys.error().what();
    }
}

TEST(StsAnswer, TextIsWipedWhateverItSays) {
    for (const auto& xml : {sts_keys("AssumeRole", "ID"), sts_keys("GetSessionToken", "ID"),
                            std::string("<AssumeRoleResponse> and no more, but long enough")}) {
        std::string text(xml);
        const auto* const place = text.data();
        const auto size = text.size();
        static_cast<void>(read_sts_keys(text, "AssumeRole", 0s, now));
        EXPECT_TRUE(text.empty());
        ASSERT_EQ(text.data(), place);
        EXPECT_EQ(std::string(place, size), std::string(size, '\0'));
    }
}

TEST(StsRefusal, HasACodeAndAMessage) {
    const auto said = refusal(sts_refusal("AccessDenied", "User: x is not authorized"));
    EXPECT_EQ(said.code, "AccessDenied");
    EXPECT_EQ(said.message, "User: x is not authorized");
}

TEST(StsRefusal, MessageIsItsFirstLine) {
    EXPECT_EQ(refusal(sts_refusal("C", "first\nMARKER")).message, "first");
    EXPECT_EQ(refusal(sts_refusal("C", "first\r\nMARKER")).message, "first");
    EXPECT_EQ(refusal(sts_refusal("C", "first&#10;MARKER")).message, "first");
    EXPECT_EQ(refusal(sts_refusal("C", "first&#13;MARKER")).message, "first");
    EXPECT_EQ(refusal(sts_refusal("C\nMARKER", "m")).code, "C");
}

TEST(StsRefusal, TextsHaveALimit) {
    EXPECT_EQ(refusal(sts_refusal("C", std::string(200, 'm'))).message, std::string(200, 'm'));
    EXPECT_EQ(refusal(sts_refusal("C", std::string(201, 'm'))).message, std::string(200, 'm'));
    EXPECT_EQ(refusal(sts_refusal(std::string(300, 'c'), "m")).code, std::string(200, 'c'));
}

TEST(StsRefusal, TextsArePrintable) {
    EXPECT_EQ(refusal(sts_refusal("C", "a\tb\x1b[31m\x7f")).message, "a?b?[31m?");
    EXPECT_EQ(refusal(sts_refusal("C", "caf\xc3\xa9")).message, "caf??");
}

TEST(StsRefusal, OfSomethingElseIsEmpty) {
    for (const auto& xml :
         {std::string(), std::string("<html>no</html>"), std::string("{\"message\":\"no\"}"),
          std::string("<ErrorResponse><Error>"), sts_keys("AssumeRole", "ID"),
          std::string("<Response><Errors><Error><Code>x</Code></Error></Errors></Response>")}) {
        EXPECT_EQ(refusal(xml).code, "") << xml;
        EXPECT_EQ(refusal(xml).message, "") << xml;
    }
    EXPECT_EQ(refusal("<ErrorResponse><Error><Code>C</Code></Error></ErrorResponse>").code, "C");
}

TEST(StsRefusal, SomeCodesMayComeOfAClock) {
    for (const auto* code : {"RequestExpired", "SignatureDoesNotMatch", "RequestTimeTooSkewed"})
        EXPECT_TRUE(may_be_clock(code)) << code;
    for (const auto* code : {"", "AccessDenied", "ExpiredToken", "InvalidClientTokenId",
                             "requestexpired", "Throttling"})
        EXPECT_FALSE(may_be_clock(code)) << code;
}

} // namespace
} // namespace agent::credentials
