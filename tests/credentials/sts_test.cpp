// Asking STS, over a real socket: what is sent, and what is made of its answers and refusals.

#include "agent/credentials/sts.hpp"

#include "sts_text.hpp"

#include "fakes/scripted_docker_server.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "handlers/http/message.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <vector>

namespace agent::credentials {
namespace {

using base::Errc;
using fakes::answer;
using fakes::ScriptedDockerServer;
using namespace std::chrono_literals;

const std::string web_role_arn = "arn:aws:iam::123456789012:role/web";

/// An answer with this moment as its Date.
fakes::ServerAction answer_at(base::Time date, int status, const std::string& body) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(date.time_since_epoch());
    return fakes::send("HTTP/1.1 " + std::to_string(status) +
                       " Scripted\r\nDate: " + handlers::http::http_date(seconds.count()) +
                       "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
}

class StsTest : public testing::Test {
protected:
    static void SetUpTestSuite() {
        // Whatever proxy this machine has.
        ::setenv("no_proxy", "127.0.0.1", 1);
    }
    std::unique_ptr<Sts> make(const std::string& endpoint, const std::string& region = {}) {
        StsSpec spec;
        spec.endpoint = endpoint;
        spec.region = region;
        auto made = Sts::make(loop.executor(), workers, spec, "eu-west-1");
        EXPECT_TRUE(made) << made.error().what();
        return std::move(*made);
    }
    static Keys keys(std::string_view token = "THE-TOKEN") {
        return {
            base::Secret("AKIDSOURCE"), base::Secret("THE-SECRET-KEY"), base::Secret(token), {}};
    }
    static AssumeRole wanted() {
        AssumeRole call;
        call.role_arn = web_role_arn;
        call.session_name = "0123456789abcdef";
        return call;
    }
    base::Result<Keys> assume() { return loop.run(sts->assume_role(keys(), wanted())); }
    /// The failure when STS answers so.
    base::Error failure(fakes::ServerAction reply) {
        server.on("POST / ", {std::move(reply)});
        const auto keys = assume();
        EXPECT_FALSE(keys);
        return keys ? base::Error() : keys.error();
    }
    void expect_failure(fakes::ServerAction reply, Errc code, const std::string& what) {
        const auto error = failure(std::move(reply));
        EXPECT_EQ(error.code(), code) << error.what();
        EXPECT_EQ(error.what(), "assume " + web_role_arn + ": " + what);
    }

    fakes::TestLoop loop;
    base::WorkerPool workers{1};
    ScriptedDockerServer server{ScriptedDockerServer::Door::tcp};
    std::unique_ptr<Sts> sts = make(server.url());
};

std::string body_of(const std::string& request) {
    return request.substr(request.find("\r\n\r\n") + 4);
}
bool has(const std::string& request, const std::string& text) {
    return request.find(text) != std::string::npos;
}

TEST_F(StsTest, AssumesARole) {
    server.on("POST / ", {answer(200, sts_keys("AssumeRole", "ASIANEW", "2126-01-02T03:04:05Z"))});
    const auto got = assume();
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_EQ(got->access_key_id.view(), "ASIANEW");
    EXPECT_EQ(got->secret_access_key.view(), "SECRET-of-ASIANEW");
    EXPECT_EQ(got->session_token.view(), "TOKEN-of-ASIANEW");
    EXPECT_EQ(got->expires_at, base::parse_rfc3339("2126-01-02T03:04:05Z"))
        << "an answer without a Date is of a right clock";
}

TEST_F(StsTest, GetsASessionToken) {
    server.on("POST / ", {answer(200, sts_keys("GetSessionToken", "ASIANEW"))});
    const auto got = loop.run(sts->get_session_token(keys(""), 12h));
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_EQ(got->session_token.view(), "TOKEN-of-ASIANEW");
    EXPECT_EQ(body_of(server.last_request()),
              "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=43200");
    EXPECT_FALSE(has(server.last_request(), "X-Amz-Security-Token")) << "keys of a user have none";
}

TEST_F(StsTest, ParametersAreInTheBody) {
    server.on("POST / ", {answer(200, sts_keys("AssumeRole", "ID"))});
    ASSERT_TRUE(assume());
    EXPECT_EQ(server.requests(), std::vector<std::string>{"POST /"}) << "none in the query";
    EXPECT_EQ(body_of(server.last_request()),
              "Action=AssumeRole&Version=2011-06-15"
              "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fweb"
              "&RoleSessionName=0123456789abcdef&DurationSeconds=3600");
    EXPECT_TRUE(has(server.last_request(), "\r\nContent-Type: application/x-www-form-urlencoded"));
}

TEST_F(StsTest, EverythingThatWasConfiguredIsAsked) {
    auto call = wanted();
    call.duration = 2h;
    call.external_id = "a/b c";
    call.source_identity = "me@home";
    call.session_tags = {{"cost", "5&6"}, {"team", "caf\xc3\xa9"}};
    call.transitive_tags = {"team", "cost"};
    server.on("POST / ", {answer(200, sts_keys("AssumeRole", "ID"))});
    ASSERT_TRUE(loop.run(sts->assume_role(keys(), std::move(call))));
    EXPECT_EQ(body_of(server.last_request()),
              "Action=AssumeRole&Version=2011-06-15"
              "&RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fweb"
              "&RoleSessionName=0123456789abcdef&DurationSeconds=7200&ExternalId=a%2Fb%20c"
              "&SourceIdentity=me%40home&Tags.member.1.Key=cost&Tags.member.1.Value=5%266"
              "&Tags.member.2.Key=team&Tags.member.2.Value=caf%C3%A9"
              "&TransitiveTagKeys.member.1=team&TransitiveTagKeys.member.2=cost");
}

TEST_F(StsTest, RequestsAreSignedWithTheKeysForTheRegion) {
    server.on("POST / ", {answer(200, sts_keys("AssumeRole", "ID"))});
    ASSERT_TRUE(assume());
    const auto request = server.last_request();
    EXPECT_TRUE(has(request, "Authorization: AWS4-HMAC-SHA256 Credential=AKIDSOURCE/")) << request;
    EXPECT_TRUE(has(request, "/eu-west-1/sts/aws4_request")) << request;
    EXPECT_TRUE(has(request, "\r\nX-Amz-Security-Token: THE-TOKEN\r\n")) << request;
    EXPECT_TRUE(has(request, "x-amz-security-token")) << "it is not signed: " << request;
    EXPECT_FALSE(has(request, "THE-SECRET-KEY"));

    sts = make(server.url(), "ap-south-1");
    server.on("POST / ", {answer(200, sts_keys("AssumeRole", "ID"))});
    ASSERT_TRUE(assume());
    EXPECT_TRUE(has(server.last_request(), "/ap-south-1/sts/aws4_request"));
}

TEST_F(StsTest, RefusalIsTheLackOfAPermission) {
    expect_failure(answer(403, sts_refusal("AccessDenied",
                                           "User: u is not authorized to perform: sts:AssumeRole")),
                   Errc::permission,
                   "STS answered 403 AccessDenied: User: u is not authorized to perform: "
                   "sts:AssumeRole");
    expect_failure(answer(400, sts_refusal("ValidationError", "too short")), Errc::permission,
                   "STS answered 400 ValidationError: too short");
    expect_failure(answer(404, "<html>not here</html>"), Errc::permission, "STS answered 404");
    EXPECT_EQ(server.requests().size(), 3U) << "a refusal was asked for again";
}

TEST_F(StsTest, WhatMayPassIsUnavailable) {
    for (const auto* code : {"Throttling", "ThrottlingException", "RequestLimitExceeded"})
        expect_failure(answer(400, sts_refusal(code, "Rate exceeded")), Errc::unavailable,
                       "STS answered 400 " + std::string(code) + ": Rate exceeded");
    expect_failure(answer(429, ""), Errc::unavailable, "STS answered 429");
    expect_failure(answer(500, sts_refusal("InternalFailure", "sorry")), Errc::unavailable,
                   "STS answered 500 InternalFailure: sorry");
    expect_failure(answer(503, "<html>overloaded</html>"), Errc::unavailable, "STS answered 503");
}

TEST_F(StsTest, FailureOfGetSessionTokenSaysSo) {
    server.on("POST / ", {answer(403, sts_refusal("AccessDenied", "no"))});
    const auto got = loop.run(sts->get_session_token(keys(), 1h));
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().what(), "get a session token: STS answered 403 AccessDenied: no");
}

/// STS repeats the request there, as it should have been signed.
TEST_F(StsTest, SecondLineOfAMessageIsNotToldOn) {
    const auto error = failure(
        answer(403, sts_refusal("SignatureDoesNotMatch",
                                "The request signature does not match.\n\nThe Canonical String is\n"
                                "x-amz-security-token:THE-TOKEN\n")));
    EXPECT_EQ(error.what(), "assume " + web_role_arn +
                                ": STS answered 403 SignatureDoesNotMatch: The request signature "
                                "does not match.");
}

TEST_F(StsTest, WhatIsNoAnswerIsAProtocolError) {
    expect_failure(answer(200, "<html>Login</html>"), Errc::protocol,
                   "the answer holds no AssumeRoleResponse with Credentials");
    expect_failure(answer(200, ""), Errc::protocol, "the answer is no XML");
    expect_failure(answer(200, sts_keys("GetSessionToken", "ID")), Errc::protocol,
                   "the answer holds no AssumeRoleResponse with Credentials");
}

TEST_F(StsTest, AnswerHasALimit) {
    const auto xml = sts_keys("AssumeRole", "ID");
    server.on("POST / ", {answer(200, xml + std::string(64 * 1024 - xml.size(), '\n'))});
    const auto longest = assume();
    EXPECT_TRUE(longest) << longest.error().what();
    EXPECT_EQ(failure(answer(200, xml + std::string(64 * 1024 - xml.size() + 1, '\n'))).code(),
              Errc::too_large);
}

TEST_F(StsTest, NobodyThereIsUnavailable) {
    sts = make("http://127.0.0.1:1");
    const auto nobody = assume();
    ASSERT_FALSE(nobody);
    EXPECT_EQ(nobody.error().code(), Errc::unavailable);
    EXPECT_TRUE(has(nobody.error().what(), "http://127.0.0.1:1")) << nobody.error().what();
    sts = make(server.url());
    EXPECT_EQ(failure(fakes::hang_up()).code(), Errc::unavailable);
}

TEST_F(StsTest, ExpirationIsByThisHostsClock) {
    for (const auto ahead : {1h, -1h, 24h}) {
        const auto before = base::now();
        const auto theirs = std::chrono::floor<std::chrono::seconds>(before + ahead);
        const auto expiration = base::to_rfc3339(theirs + 30min);
        server.on("POST / ", {answer_at(theirs, 200, sts_keys("AssumeRole", "ID", expiration))});
        const auto got = assume();
        ASSERT_TRUE(got) << got.error().what();
        EXPECT_GE(got->expires_at, before + 30min);
        EXPECT_LE(got->expires_at, base::now() + 30min);
    }
}

TEST_F(StsTest, ClockThatIsWrongIsToldAsTheReason) {
    const auto expired = sts_refusal("RequestExpired", "Request has expired.");
    const auto said = "STS answered 400 RequestExpired: Request has expired.";
    const auto behind = failure(answer_at(base::now() + 1h, 400, expired));
    EXPECT_EQ(behind.code(), Errc::permission);
    EXPECT_TRUE(has(behind.what(), said)) << behind.what();
    EXPECT_TRUE(has(behind.what(), "; this host's clock is 3")) << behind.what();
    EXPECT_TRUE(has(behind.what(), " s behind STS's, set it")) << behind.what();
    const auto ahead = failure(answer_at(base::now() - 1h, 400, expired));
    EXPECT_TRUE(has(ahead.what(), "; this host's clock is 3")) << ahead.what();
    EXPECT_TRUE(has(ahead.what(), " s ahead of STS's, set it")) << ahead.what();
}

TEST_F(StsTest, ClockIsNotBlamedForAnythingElse) {
    const auto expired = sts_refusal("RequestExpired", "Request has expired.");
    const std::string said = "STS answered 400 RequestExpired: Request has expired.";
    expect_failure(answer(400, expired), Errc::permission, said);
    expect_failure(answer_at(base::now() + 2min, 400, expired), Errc::permission, said);
    expect_failure(fakes::send("HTTP/1.1 400 No\r\nDate: today\r\nContent-Length: " +
                               std::to_string(expired.size()) + "\r\n\r\n" + expired),
                   Errc::permission, said);
    expect_failure(answer_at(base::now() + 1h, 403, sts_refusal("AccessDenied", "no")),
                   Errc::permission, "STS answered 403 AccessDenied: no");
}

/// The tasks of a host all come at once when the agent starts.
TEST_F(StsTest, EightCallsAreMadeAtATimeAndTheOthersAfterThem) {
    constexpr std::size_t at_once = 8;
    std::vector<std::shared_ptr<std::optional<base::Result<Keys>>>> calls;
    for (std::size_t i = 0; i < at_once; ++i)
        server.on("POST / ", {fakes::feed(), answer(200, sts_keys("AssumeRole", "ID"))});
    for (std::size_t i = 0; i < 2 * at_once; ++i)
        calls.push_back(loop.start(sts->assume_role(keys(), wanted())));
    loop.run_until([&] { return server.requests().size() == at_once; });
    loop.run_for(20ms);
    EXPECT_EQ(server.requests().size(), at_once);
    // Refused or not, a call gives its turn to the next.
    for (std::size_t i = 0; i < at_once; ++i)
        server.on("POST / ", {answer(403, sts_refusal("AccessDenied", "no"))});
    const auto answered = [&] {
        return std::count_if(calls.begin(), calls.end(),
                             [](const auto& call) { return call->has_value() && **call; });
    };
    const auto ended = [&] {
        server.end_feed(); // of one that waits
        return std::all_of(calls.begin(), calls.end(),
                           [](const auto& call) { return call->has_value(); });
    };
    loop.run_until(ended);
    ASSERT_TRUE(ended());
    EXPECT_EQ(answered(), std::ptrdiff_t{at_once});
    EXPECT_EQ(server.requests().size(), 2 * at_once);
}

/// Nanoseconds in 64 bits reach to 2262.
TEST_F(StsTest, DateThatNoClockShowsIsPassedOver) {
    ASSERT_FALSE(http::parse_date("Fri, 31 Dec 9999 23:59:59 GMT"));
    ASSERT_FALSE(http::parse_date("Wed, 01 Jan 1600 00:00:00 GMT"));
    const auto xml = sts_keys("AssumeRole", "ID", "2126-01-02T03:04:05Z");
    server.on("POST / ", {fakes::send("HTTP/1.1 200 OK\r\nDate: Fri, 31 Dec 9999 23:59:59 GMT\r\n"
                                      "Content-Length: " +
                                      std::to_string(xml.size()) + "\r\n\r\n" + xml)});
    const auto got = assume();
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_EQ(got->expires_at, base::parse_rfc3339("2126-01-02T03:04:05Z"));
}

TEST_F(StsTest, IsReachedThroughTheProxyOfTheEnvironment) {
    sts = make("http://sts.example");
    server.on("POST http://sts.example/ ", {answer(200, sts_keys("AssumeRole", "ID"))});
    ::setenv("http_proxy", server.url().c_str(), 1);
    const auto got = assume();
    ::unsetenv("http_proxy");
    ASSERT_TRUE(got) << got.error().what();
    EXPECT_TRUE(has(server.last_request(), "\r\nHost: sts.example\r\n"));
}

// D9: libcurl opened it on the loop's thread, and waited there for who writes into the pipe.
TEST_F(StsTest, CertificatesToTrustAreAFileThatHoldsSome) {
    const fakes::TemporaryFolder folder;
    StsSpec spec;
    spec.endpoint = "https" + server.url().substr(std::string("http").size());
    spec.ca_file = folder.path("ca.pem");
    sts = std::move(Sts::make(loop.executor(), workers, spec, "eu-west-1").value());
    const auto none = assume();
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), Errc::not_found) << none.error().what();
    ASSERT_EQ(::mkfifo(spec.ca_file.c_str(), 0600), 0);
    const auto pipe = assume();
    ASSERT_FALSE(pipe);
    EXPECT_EQ(pipe.error().code(), Errc::invalid_argument);
    EXPECT_EQ(pipe.error().what(), "assume " + web_role_arn + ": certificates to trust: " +
                                       spec.ca_file + ": expected a regular file");
    folder.remove("ca.pem");
    folder.write("ca.pem", "nothing\n");
    const auto wrong = assume();
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), Errc::invalid_argument);
    EXPECT_TRUE(has(wrong.error().what(), "ca.pem holds no certificate")) << wrong.error().what();
    EXPECT_EQ(server.connections(), 0U);
}

TEST(StsMake, RefusesAnEndpointThatIsNoUrl) {
    fakes::TestLoop loop;
    base::WorkerPool workers{1};
    StsSpec spec;
    spec.endpoint = "sts.example";
    const auto wrong = Sts::make(loop.executor(), workers, spec, "eu-west-1");
    ASSERT_FALSE(wrong);
    EXPECT_EQ(wrong.error().code(), Errc::invalid_argument);
    spec.endpoint = "";
    EXPECT_TRUE(Sts::make(loop.executor(), workers, spec, "eu-west-1"));
    EXPECT_FALSE(Sts::make(loop.executor(), workers, spec, "eu west/1"))
        << "no region makes such a name";
}

TEST(StsEndpoint, IsThatOfTheRegion) {
    EXPECT_EQ(sts_endpoint("eu-west-1"), "https://sts.eu-west-1.amazonaws.com");
    EXPECT_EQ(sts_endpoint("us-east-1"), "https://sts.us-east-1.amazonaws.com");
    EXPECT_EQ(sts_endpoint("us-gov-west-1"), "https://sts.us-gov-west-1.amazonaws.com");
    EXPECT_EQ(sts_endpoint("cn-north-1"), "https://sts.cn-north-1.amazonaws.com.cn");
}

TEST(StsEndpoint, HasTheDomainOfItsPartition) {
    EXPECT_EQ(sts_endpoint("eusc-de-east-1"), "https://sts.eusc-de-east-1.amazonaws.eu");
    EXPECT_EQ(sts_endpoint("us-iso-east-1"), "https://sts.us-iso-east-1.c2s.ic.gov");
    EXPECT_EQ(sts_endpoint("us-isob-east-1"), "https://sts.us-isob-east-1.sc2s.sgov.gov");
    EXPECT_EQ(sts_endpoint("us-isof-south-1"), "https://sts.us-isof-south-1.csp.hci.ic.gov");
    EXPECT_EQ(sts_endpoint("eu-isoe-west-1"), "https://sts.eu-isoe-west-1.cloud.adc-e.uk");
}

} // namespace
} // namespace agent::credentials
