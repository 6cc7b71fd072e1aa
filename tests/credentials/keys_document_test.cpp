// Keys as JSON: what is taken, what is refused, and that nothing of them is told or left behind.

#include "agent/credentials/keys_document.hpp"

#include "moment.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::credentials {
namespace {

using base::Errc;
using namespace std::chrono_literals;

base::Result<Keys> read_document(std::string text) {
    return read_keys(text, now);
}

/// A document with these fields beside the two that are needed.
std::string with(const std::string& fields) {
    return R"({"AccessKeyId":"ID","SecretAccessKey":"KEY",)" + fields + "}";
}

void expect_refusal(const std::string& document, Errc code, const std::string& what) {
    const auto keys = read_document(document);
    ASSERT_FALSE(keys) << document;
    EXPECT_EQ(keys.error().code(), code) << document;
    EXPECT_EQ(keys.error().what(), what) << document;
}

TEST(KeysDocument, HasAllPartsThatCredentialProcessPrints) {
    const auto keys = read_document(R"({"Version": 1, "AccessKeyId": "AKIAEXAMPLE",
        "SecretAccessKey": "wJalr/+=K7MDENG", "SessionToken": "IQoJb3==",
        "Expiration": "2026-01-02T04:04:05Z"})");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "AKIAEXAMPLE");
    EXPECT_EQ(keys->secret_access_key.view(), "wJalr/+=K7MDENG");
    EXPECT_EQ(keys->session_token.view(), "IQoJb3==");
    EXPECT_EQ(keys->expires_at, now + 1h);
}

TEST(KeysDocument, IsAlsoWhatTheInstanceMetadataServiceSays) {
    const auto keys = read_document(R"({"Code" : "Success", "LastUpdated" : "2026-01-02T03:00:00Z",
        "Type" : "AWS-HMAC", "AccessKeyId" : "ASIAEXAMPLE", "SecretAccessKey" : "KEY",
        "Token" : "IQoJb3==", "Expiration" : "2026-01-02T09:04:05Z"})");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->access_key_id.view(), "ASIAEXAMPLE");
    EXPECT_EQ(keys->session_token.view(), "IQoJb3==");
    EXPECT_EQ(keys->expires_at, now + 6h);
}

TEST(KeysDocument, KeysOfAUserHaveNoTokenAndDoNotExpire) {
    for (const auto* document : {R"({"AccessKeyId":"ID","SecretAccessKey":"KEY"})",
                                 R"({"AccessKeyId":"ID","SecretAccessKey":"KEY",
                                     "SessionToken":null,"Token":null,"Expiration":null})",
                                 R"({"AccessKeyId":"ID","SecretAccessKey":"KEY",
                                     "SessionToken":"","Token":"","Expiration":""})"}) {
        const auto keys = read_document(document);
        ASSERT_TRUE(keys) << keys.error().what();
        EXPECT_EQ(keys->secret_access_key.view(), "KEY");
        EXPECT_TRUE(keys->session_token.empty());
        EXPECT_FALSE(keys->expires_at);
    }
}

TEST(KeysDocument, TokenHasEitherName) {
    EXPECT_EQ(read_document(with(R"("Token":"t")"))->session_token.view(), "t");
    EXPECT_EQ(read_document(with(R"("SessionToken":"s")"))->session_token.view(), "s");
    EXPECT_EQ(read_document(with(R"("Token":"t","SessionToken":"s")"))->session_token.view(), "s");
    EXPECT_EQ(read_document(with(R"("SessionToken":"","Token":"t")"))->session_token.view(), "t");
}

TEST(KeysDocument, FurtherFieldsArePassedOver) {
    const auto keys =
        read_document(with(R"("AccountId":"123456789012","More":{"of":["it"]},"Code":"")"));
    EXPECT_TRUE(keys) << keys.error().what();
}

TEST(KeysDocument, ExpirationMayHaveAnOffsetAndFractions) {
    EXPECT_EQ(read_document(with(R"("Expiration":"2026-01-02T05:04:05+01:00")"))->expires_at,
              now + 1h);
    EXPECT_EQ(read_document(with(R"("Expiration":"2026-01-02T03:04:05.250Z")"))->expires_at,
              now + 250ms);
}

TEST(KeysDocument, OnlyVersionOneIsKnown) {
    EXPECT_TRUE(read_document(with(R"("Version":1)")));
    for (const auto* version : {"2", "0", "\"1\"", "null", "true", "[1]", "1.5"})
        expect_refusal(with(R"("Version":)" + std::string(version)), Errc::unsupported,
                       "Version: only 1 is known");
}

TEST(KeysDocument, CodeOtherThanSuccessMeansThatThereAreNone) {
    expect_refusal(with(R"("Code":"AssumeRoleUnauthorizedAccess")"), Errc::unavailable,
                   "Code: it is not Success");
}

TEST(KeysDocument, KeysThatHaveExpiredAreRefused) {
    const auto expired = [](const std::string& time) {
        expect_refusal(with(R"("Expiration":")" + time + '"'), Errc::unavailable,
                       "the keys have expired at " + time);
    };
    expired("2026-01-02T03:04:04Z");
    expired("2026-01-02T03:04:05Z"); // this moment
    EXPECT_TRUE(read_document(with(R"("Expiration":"2026-01-02T03:04:06Z")")));
}

TEST(KeysDocument, RefusalNamesTheField) {
    const auto refused = [](const std::string& document, const std::string& what) {
        expect_refusal(document, Errc::invalid_argument, what);
    };
    const std::string id = "AccessKeyId: expected 1 to 1024 printable characters";
    const std::string key = "SecretAccessKey: expected 1 to 1024 printable characters";
    refused("{}", id);
    refused(R"({"SecretAccessKey":"KEY"})", id);
    refused(R"({"AccessKeyId":"","SecretAccessKey":"KEY"})", id);
    refused(R"({"AccessKeyId":"ID"})", key);
    refused(R"({"AccessKeyId":"ID","SecretAccessKey":null})", key);
    refused(R"({"AccessKeyId":5,"SecretAccessKey":"KEY"})", "AccessKeyId: expected a text");
    refused(R"({"AccessKeyId":"ID","SecretAccessKey":["KEY"]})",
            "SecretAccessKey: expected a text");
    refused(with(R"("SessionToken":{})"), "SessionToken: expected a text");
    refused(with(R"("Token":false)"), "Token: expected a text");
    refused(with(R"("Code":7)"), "Code: expected a text");
    refused(with(R"("Expiration":1767323045)"), "Expiration: expected a text");
    for (const auto* time : {"soon", "2026-01-02", "2026-01-02 03:04:06Z", "1767323045",
                             "0001-01-01T00:00:00Z", "2026-13-02T03:04:06Z"})
        refused(with(R"("Expiration":")" + std::string(time) + '"'),
                "Expiration: expected a time such as 2026-01-02T03:04:05Z");
}

TEST(KeysDocument, WhatIsNoObjectIsRefused) {
    for (const auto* document : {"[]", "\"ID\"", "null", "17"})
        expect_refusal(document, Errc::invalid_argument,
                       "expected a JSON object with AccessKeyId and SecretAccessKey");
    for (const auto* document :
         {"", "{", "ID", "{\"AccessKeyId\":\"ID\",}", "{} {}", "{\"AccessKeyId\":\"\xff\"}"})
        expect_refusal(document, Errc::invalid_argument,
                       "expected JSON with AccessKeyId and SecretAccessKey");
}

TEST(KeysDocument, DeepNestingIsRefused) {
    const std::string open(100'000, '[');
    expect_refusal(open, Errc::invalid_argument,
                   "expected JSON with AccessKeyId and SecretAccessKey");
    expect_refusal(with("\"x\":" + open + std::string(100'000, ']')), Errc::invalid_argument,
                   "expected JSON with AccessKeyId and SecretAccessKey");
}

TEST(KeysDocument, TextsHaveALimit) {
    const auto document = [](std::size_t id, std::size_t key, std::size_t token) {
        return R"({"AccessKeyId":")" + std::string(id, 'i') + R"(","SecretAccessKey":")" +
               std::string(key, 'k') + R"(","SessionToken":")" + std::string(token, 't') + "\"}";
    };
    EXPECT_TRUE(read_document(document(1024, 1024, 16384)));
    expect_refusal(document(1025, 1, 0), Errc::invalid_argument,
                   "AccessKeyId: expected 1 to 1024 printable characters");
    expect_refusal(document(1, 1025, 0), Errc::invalid_argument,
                   "SecretAccessKey: expected 1 to 1024 printable characters");
    expect_refusal(document(1, 1, 16385), Errc::invalid_argument,
                   "SessionToken: expected at most 16384 printable characters");
}

/// They go into headers of requests.
TEST(KeysDocument, WhatWouldEndAHeaderIsRefused) {
    for (const auto* text : {"a\\r\\nX-Evil: 1", "a\\nb", "a\\u0000b", "a b", "a\\tb", "a\\u007f",
                             "caf\\u00e9", "caf\xc3\xa9"}) {
        const std::string value(text);
        expect_refusal(R"({"AccessKeyId":")" + value + R"(","SecretAccessKey":"KEY"})",
                       Errc::invalid_argument,
                       "AccessKeyId: expected 1 to 1024 printable characters");
        expect_refusal(R"({"AccessKeyId":"ID","SecretAccessKey":")" + value + "\"}",
                       Errc::invalid_argument,
                       "SecretAccessKey: expected 1 to 1024 printable characters");
        for (const auto* name : {"SessionToken", "Token"})
            expect_refusal(with('"' + std::string(name) + R"(":")" + value + '"'),
                           Errc::invalid_argument,
                           "SessionToken: expected at most 16384 printable characters");
    }
}

TEST(KeysDocument, ErrorsRepeatNothingOfIt) {
    const std::vector<std::string> documents{
        "MARKER",
        "{\"AccessKeyId\":\"MARKER\"",
        "{\"AccessKeyId\":\"ID\",\"SecretAccessKey\":\"MARKER\" \"MARKER\"}",
        "{\"AccessKeyId\":\"MARKER\xff\"}",
        "[\"MARKER\"]",
        R"({"AccessKeyId":["MARKER"]})",
        R"({"AccessKeyId":"MARKER MARKER","SecretAccessKey":"MARKER"})",
        R"({"AccessKeyId":"MARKER","SecretAccessKey":"MARKER\r\n"})",
        with(R"("SessionToken":"MARKER\n")"),
        with(R"("Expiration":"MARKER")"),
        with(R"("Version":"MARKER")"),
        with(R"("Code":"MARKER")"),
        with(R"("Token":"MARKER","Expiration":"2026-01-01T00:00:00Z")"),
    };
    for (const auto& document : documents) {
        const auto keys = read_document(document);
        ASSERT_FALSE(keys) << document;
        EXPECT_EQ(keys.error().what().find("MARKER"), std::string::npos) << keys.error().what();
        EXPECT_EQ(keys.error().what().find('\n'), std::string::npos) << keys.error().what();
    }
}

TEST(KeysDocument, TextIsWipedWhateverItSays) {
    for (const auto* document :
         {R"({"AccessKeyId":"ID","SecretAccessKey":"KEY","SessionToken":"a long, long token"})",
          R"({"AccessKeyId":"ID","SecretAccessKey":"not", and no JSON either, but long enough})",
          R"(["SecretAccessKey","a list that is longer than a short text is"])"}) {
        std::string text(document);
        const auto* const place = text.data();
        const auto size = text.size();
        static_cast<void>(read_keys(text, now));
        EXPECT_TRUE(text.empty());
        ASSERT_EQ(text.data(), place);
        EXPECT_EQ(std::string(place, size), std::string(size, '\0'));
    }
}

TEST(CheckKeys, SaysTheSameOfPartsThatWereReadElsewhere) {
    const auto check = [](std::string_view id, std::string_view key, std::string_view token,
                          std::string_view expiration) {
        return check_keys({base::Secret(id), base::Secret(key), base::Secret(token), {}},
                          expiration, now);
    };
    const auto keys = check("ID", "KEY", "TOKEN", "2026-01-02T03:05:05Z");
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(keys->session_token.view(), "TOKEN");
    EXPECT_EQ(keys->expires_at, now + 1min);
    EXPECT_FALSE(check("ID", "KEY", "", "")->expires_at);
    EXPECT_EQ(check("", "KEY", "", "").error().code(), Errc::invalid_argument);
    EXPECT_EQ(check("ID", "", "", "").error().code(), Errc::invalid_argument);
    EXPECT_EQ(check("ID", "KEY", "a\rb", "").error().code(), Errc::invalid_argument);
    EXPECT_EQ(check("ID", "KEY", "", "soon").error().code(), Errc::invalid_argument);
    EXPECT_EQ(check("ID", "KEY", "", "2026-01-02T03:04:05Z").error().code(), Errc::unavailable);
}

} // namespace
} // namespace agent::credentials
