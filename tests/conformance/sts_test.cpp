// Our requests to STS, held to signatures that botocore computes (aws_server.py), and whatever STS may
// answer.

#include "agent/credentials/sts.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "tests/conformance/credentials/aws_server.hpp"

#include <gtest/gtest.h>

namespace conformance {

namespace {

using agent::credentials::AssumeRole;
using agent::credentials::Keys;
using agent::credentials::Sts;
using agent::credentials::StsSpec;
using base::Errc;
using integration::must;
using namespace std::chrono_literals;

const std::string role = "arn:aws:iam::000000000000:role/web";

Keys base_keys() {
    const auto key = AwsServer::base_key();
    return {base::Secret(key.at("AccessKeyId").get<std::string>()),
            base::Secret(key.at("SecretAccessKey").get<std::string>()),
            {},
            {}};
}

AssumeRole assume(const std::string& arn = role) {
    AssumeRole call;
    call.role_arn = arn;
    call.session_name = "0123456789abcdef0123456789abcdef";
    return call;
}

class StsTest : public ::testing::Test {
protected:
    std::unique_ptr<Sts> client(const AwsServer& server, const std::string& ca_file = {}) {
        StsSpec spec;
        spec.endpoint = server.url();
        spec.ca_file = ca_file;
        return std::move(Sts::make(loop.executor(), workers, spec, "us-east-1").value());
    }
    base::Result<Keys> ask(const Keys& keys = base_keys(), AssumeRole call = assume()) {
        return loop.run(sts->assume_role(keys, std::move(call)));
    }
    /// What is said when the server behaves so.
    base::Error refusal(const std::string& behaviour) {
        aws.control(behaviour);
        auto keys = ask();
        return keys ? base::Error(Errc::internal, "there were keys") : keys.error();
    }
    /// The last call's.
    Json seen() { return aws.calls().back(); }

    fakes::TestLoop loop;
    base::WorkerPool workers{1};
    AwsServer aws{{}};
    std::unique_ptr<Sts> sts = client(aws);
};

TEST_F(StsTest, TakesOurSignature) {
    const auto keys = ask();
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(seen().at("signature"), "good");
    EXPECT_EQ(seen().at("issued").at("AccessKeyId"), keys->access_key_id.view());
    EXPECT_EQ(keys->secret_access_key.view().size(), 40U);
    EXPECT_FALSE(keys->session_token.empty());
    EXPECT_GT(*keys->expires_at, base::now() + 59min);
    EXPECT_LT(*keys->expires_at, base::now() + 61min);
}

TEST_F(StsTest, IsToldAllThatIsConfiguredWhateverCharactersItHas) {
    auto call = assume();
    call.duration = 900s;
    call.external_id = "a+b=c/d:e@f,g";
    call.session_tags = {{"cost centre", "12 & 13"}, {"team", "gr\xc3\xbcn+blau?#%"}};
    call.transitive_tags = {"team"};
    call.source_identity = "me@example";
    ASSERT_TRUE(ask(base_keys(), std::move(call)));
    EXPECT_EQ(seen().at("signature"), "good");
    const nlohmann::json expected{{"RoleArn", role},
                                  {"RoleSessionName", "0123456789abcdef0123456789abcdef"},
                                  {"DurationSeconds", "900"},
                                  {"ExternalId", "a+b=c/d:e@f,g"},
                                  {"Tags.member.1.Key", "cost centre"},
                                  {"Tags.member.1.Value", "12 & 13"},
                                  {"Tags.member.2.Key", "team"},
                                  {"Tags.member.2.Value", "gr\xc3\xbcn+blau?#%"},
                                  {"TransitiveTagKeys.member.1", "team"},
                                  {"SourceIdentity", "me@example"}};
    EXPECT_EQ(nlohmann::json(seen().at("parameters")), expected);
}

TEST_F(StsTest, TakesKeysThatItHasIssuedWithTheirToken) {
    const auto first = ask();
    ASSERT_TRUE(first);
    const auto second = ask(*first, assume("arn:aws:iam::000000000000:role/next"));
    ASSERT_TRUE(second) << second.error().what();
    EXPECT_EQ(seen().at("signature"), "good");
    EXPECT_EQ(seen().at("access_key_id"), first->access_key_id.view());
}

TEST_F(StsTest, IssuesSessionTokens) {
    const auto keys = loop.run(sts->get_session_token(base_keys(), 1h));
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(seen().at("operation"), "GetSessionToken");
    EXPECT_EQ(seen().at("signature"), "good");
    EXPECT_EQ(seen().at("parameters").at("DurationSeconds"), "3600");
    EXPECT_FALSE(keys->session_token.empty());
}

TEST_F(StsTest, RefusesAnotherSecretAndWeRepeatNothingOfTheRequest) {
    const auto first = ask();
    ASSERT_TRUE(first);
    auto keys = *first;
    keys.secret_access_key = base::Secret("another");
    const auto answer = ask(keys);
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Errc::permission);
    const auto what = answer.error().what();
    EXPECT_NE(what.find("SignatureDoesNotMatch: The request signature we calculated"),
              std::string::npos)
        << what;
    EXPECT_EQ(what.find(first->session_token.view()), std::string::npos);
    EXPECT_EQ(what.find("Canonical"), std::string::npos);
    EXPECT_EQ(what.find('\n'), std::string::npos);
}

TEST_F(StsTest, SaysByHowMuchThisHostsClockIsWrong) {
    for (const auto& [clock, said] : {std::pair{"3600", " s behind STS's, set it"},
                                      std::pair{"-3600", " s ahead of STS's, set it"}})
        for (const auto* code : {"SignatureDoesNotMatch", "RequestExpired"}) {
            const auto failure = refusal(std::string(R"({"clock": )") + clock +
                                         R"(, "skew_code": ")" + code + R"("})");
            EXPECT_EQ(failure.code(), Errc::permission);
            EXPECT_NE(failure.what().find(said), std::string::npos) << failure.what();
            EXPECT_NE(failure.what().find("clock is 3"), std::string::npos) << failure.what();
        }
    aws.control(R"({"clock": 0})");
    EXPECT_TRUE(ask()) << "and when it is right again, all is well";
}

TEST_F(StsTest, ExpirationIsToldByThisHostsClock) {
    aws.control(R"({"clock": 200, "lifetime": 1000})");
    const auto keys = ask();
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_GT(*keys->expires_at, base::now() + 990s);
    EXPECT_LT(*keys->expires_at, base::now() + 1010s);
}

TEST_F(StsTest, AnswersThatHelpNobodyAreToldApart) {
    struct Case {
        const char* mode;
        Errc code;
        const char* said;
    };
    for (const auto& [mode, code, said] :
         {Case{"throttle", Errc::unavailable, "STS answered 400 Throttling: Rate exceeded"},
          Case{"unavailable", Errc::unavailable, "STS answered 503"},
          Case{"denied", Errc::permission, "STS answered 403 AccessDenied: User: "},
          Case{"garbage", Errc::protocol, "the answer is no XML"},
          Case{"truncated", Errc::protocol, "the answer"}, Case{"cut", Errc::unavailable, "broke"},
          Case{"expired", Errc::unavailable, "the keys have expired at "},
          Case{"huge", Errc::too_large, "the answer is longer than 65536 bytes"}}) {
        const auto failure = refusal(std::string(R"({"mode": ")") + mode + R"(", "times": 1})");
        EXPECT_EQ(failure.code(), code) << mode << ": " << failure.what();
        EXPECT_NE(failure.what().find(said), std::string::npos) << mode << ": " << failure.what();
        EXPECT_TRUE(failure.what().starts_with("assume " + role)) << failure.what();
    }
    EXPECT_TRUE(ask()) << "the next call is as good as any";
}

TEST_F(StsTest, IsNotWaitedForForEver) {
    const auto failure = refusal(R"({"mode": "hang", "times": 1})");
    EXPECT_EQ(failure.code(), Errc::timeout) << failure.what();
}

TEST_F(StsTest, ThatIsNotThereIsUnavailable) {
    StsSpec spec;
    spec.endpoint = "http://127.0.0.1:9";
    sts = std::move(Sts::make(loop.executor(), workers, spec, "us-east-1").value());
    const auto answer = ask();
    ASSERT_FALSE(answer);
    EXPECT_EQ(answer.error().code(), Errc::unavailable) << answer.error().what();
}

TEST_F(StsTest, HasToProveWhoItIs) {
    const fakes::TemporaryFolder folder;
    const auto key = folder.path() + "/key.pem";
    const auto certificate = folder.path() + "/certificate.pem";
    must({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
          "-nodes", "-days", "2", "-subj", "/CN=aws", "-addext", "subjectAltName=IP:127.0.0.1",
          "-keyout", key, "-out", certificate});
    const AwsServer secure({}, {certificate, key});
    sts = client(secure);
    const auto untrusted = ask();
    ASSERT_FALSE(untrusted);
    EXPECT_EQ(untrusted.error().code(), Errc::permission);
    EXPECT_NE(untrusted.error().what().find("is not trusted"), std::string::npos)
        << untrusted.error().what();
    EXPECT_TRUE(secure.calls().empty()) << "nothing was sent to it";

    sts = client(secure, certificate);
    const auto keys = ask();
    ASSERT_TRUE(keys) << keys.error().what();
    EXPECT_EQ(secure.calls().back().at("signature"), "good");
}

} // namespace
} // namespace conformance
