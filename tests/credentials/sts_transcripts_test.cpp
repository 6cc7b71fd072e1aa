// Conversations with STS, as they are had over a real socket: who asks for what, and what follows.
//
//   HOST@eu-west-1 GetSessionToken DurationSeconds=43200             | 200 SESSION for 43200 s
//   SESSION@eu-west-1 with TOKEN-of-SESSION AssumeRole RoleArn=arn:… | 403 AccessDenied: not you
//                                                                    | hang up
//
// On the left whose keys sign, for which region, with which session token, and the parameters, without
// %XX; of the signature only its shape counts, and that it has a date. On the right keys by their id and
// how long they live, a refusal by its code and message, or the end of the connection.

#include "sts_fixture.hpp"

#include "sts_text.hpp"

#include "agent/credentials/supply.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/transcript.hpp"

#include <algorithm>
#include <regex>
#include <sstream>
#include <vector>

namespace agent::credentials {
namespace {

using base::log::Level;
using namespace std::chrono_literals;

/// What a request says, as it is written on the left.
std::string said_in(const std::string& request) {
    static const std::regex signature(
        "\r\nAuthorization: AWS4-HMAC-SHA256 Credential=([^/]+)/[0-9]{8}/([^/]+)/sts/aws4_request, "
        "SignedHeaders=[a-z0-9;-]*x-amz-date[a-z0-9;-]*, Signature=[0-9a-f]{64}\r\n");
    static const std::regex token("\r\nX-Amz-Security-Token: ([^\r]+)\r\n");
    static const std::string opening = "Action=";
    static const std::string version = "&Version=2011-06-15";
    std::smatch found;
    if (!std::regex_search(request, found, signature))
        return "not signed: " + request;
    auto said = found.str(1) + '@' + found.str(2) + ' ';
    if (std::regex_search(request, found, token))
        said += "with " + found.str(1) + ' ';
    auto body = request.substr(request.find("\r\n\r\n") + 4);
    const auto at = body.find(version);
    if (!body.starts_with(opening) || at == std::string::npos)
        return "not understood: " + body;
    body.erase(at, version.size());
    std::ranges::replace(body, '&', ' ');
    return said + fakes::without_escapes(body.substr(opening.size()));
}

/// What a line on the right says to a request.
fakes::ServerAction answer_to(const std::string& said, const std::string& line) {
    if (line == "hang up")
        return fakes::hang_up();
    std::istringstream words(line);
    int status = 0;
    std::string what;
    words >> status >> what;
    if (status == 200) {
        std::string word;
        long seconds = 0;
        words >> word >> seconds;
        const auto* action =
            said.find(" AssumeRole ") == std::string::npos ? "GetSessionToken" : "AssumeRole";
        const auto end = base::to_rfc3339(base::now() + std::chrono::seconds(seconds));
        return fakes::answer(200, sts_keys(action, what, end));
    }
    std::string message;
    std::getline(words >> std::ws, message);
    return fakes::answer(status, sts_refusal(what.substr(0, what.find(':')), message));
}

class StsTranscript : public StsFixture {
protected:
    ~StsTranscript() override {
        std::vector<std::string> said;
        for (const auto& each : sts.whole_requests())
            said.push_back(said_in(each));
        EXPECT_EQ(said, expected_);
    }

    void talk(std::string_view transcript) {
        for (const auto& turn : fakes::read_transcript(transcript)) {
            expected_.push_back(turn.said);
            sts.on("POST / ", {answer_to(turn.said, turn.answered.front())});
        }
    }
    static RoleRequest request_of(const std::string& role) {
        return {"arn:aws:iam::123456789012:role/" + role, role + "-task", "arn:task/" + role};
    }
    /// The id of the keys of a task with this role, or why there are none.
    std::string fetch_for(const ProviderPtr& provider, const std::string& role) {
        const auto keys = loop.run(provider->fetch(request_of(role)));
        if (!keys)
            return std::string(to_string(keys.error().code())) + ": " + keys.error().what();
        EXPECT_EQ(keys->session_token.view(),
                  "TOKEN-of-" + std::string(keys->access_key_id.view()));
        return std::string(keys->access_key_id.view());
    }
    std::shared_ptr<Supply> supply_of(const ProviderPtr& provider, const std::string& role) {
        auto supply = std::make_shared<Supply>(loop.executor(), provider, request_of(role));
        loop.tasks().spawn("supply", Supply::run(supply));
        return supply;
    }
    void end(Supply& supply) {
        supply.end();
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }
    static bool gives(Supply& supply, std::string_view id) {
        const auto body = supply.body();
        return body && body->find(id) != std::string::npos;
    }

    fakes::CapturedLog log;

private:
    std::vector<std::string> expected_;
};

TEST_F(StsTranscript, EachTasksRoleIsAssumedWithTheHostsKeys) {
    talk(R"(
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600 | 200 WEB for 3600 s
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/api RoleSessionName=api-task DurationSeconds=3600 | 200 API for 3600 s
    )");
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    EXPECT_EQ(fetch_for(providers.at("roles"), "web"), "WEB");
    EXPECT_EQ(fetch_for(providers.at("roles"), "api"), "API");
}

TEST_F(StsTranscript, AChainOfRolesIsAskedForLinkByLinkAndItsBeginningOnce) {
    talk(R"(
        HOST@eu-west-1 GetSessionToken DurationSeconds=43200                                                                                     | 200 SESSION for 43200 s
        SESSION@eu-west-1 with TOKEN-of-SESSION AssumeRole RoleArn=arn:aws:iam::123456789012:role/hub RoleSessionName=ecs-node-agent DurationSeconds=3600 | 200 HUB for 3600 s
        HUB@ap-south-1 with TOKEN-of-HUB AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=900      | 200 WEB for 900 s
        HUB@ap-south-1 with TOKEN-of-HUB AssumeRole RoleArn=arn:aws:iam::123456789012:role/api RoleSessionName=api-task DurationSeconds=900      | 200 API for 900 s
    )");
    const auto providers = make(R"(
  session: {type: session-token, source: host, endpoint: STS}
  hub: {type: assume-role, source: session, endpoint: STS, role: "arn:aws:iam::123456789012:role/hub"}
  roles: {type: assume-role, source: hub, endpoint: STS, region: ap-south-1, duration: 15m}
)");
    EXPECT_EQ(fetch_for(providers.at("roles"), "web"), "WEB");
    EXPECT_EQ(fetch_for(providers.at("roles"), "api"), "API");
}

TEST_F(StsTranscript, WhatEndsTheChainIsToldByItsLink) {
    talk(R"(
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/hub RoleSessionName=ecs-node-agent DurationSeconds=3600                | 403 AccessDenied: not you
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/hub RoleSessionName=ecs-node-agent DurationSeconds=3600                | 200 HUB for 3600 s
        HUB@eu-west-1 with TOKEN-of-HUB AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600     | 503 ServiceUnavailable: later
        HUB@eu-west-1 with TOKEN-of-HUB AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600     | hang up
        HUB@eu-west-1 with TOKEN-of-HUB AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600     | 200 WEB for 3600 s
    )");
    const auto providers = make(R"(
  hub: {type: assume-role, source: host, endpoint: STS, role: "arn:aws:iam::123456789012:role/hub"}
  roles: {type: assume-role, source: hub, endpoint: STS}
)");
    const auto& roles = providers.at("roles");
    EXPECT_EQ(fetch_for(roles, "web"), "permission: assume arn:aws:iam::123456789012:role/hub: STS "
                                       "answered 403 AccessDenied: not you");
    EXPECT_EQ(fetch_for(roles, "web"),
              "unavailable: assume arn:aws:iam::123456789012:role/web: STS "
              "answered 503 ServiceUnavailable: later");
    EXPECT_TRUE(fetch_for(roles, "web")
                    .starts_with("unavailable: assume arn:aws:iam::123456789012:role/web: "));
    EXPECT_EQ(fetch_for(roles, "web"), "WEB");
}

TEST_F(StsTranscript, AThrottledTaskAsksAgain) {
    talk(R"(
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600 | 400 Throttling: Rate exceeded
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600 | 200 WEB for 3600 s
    )");
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    const auto supply = supply_of(providers.at("roles"), "web");
    loop.run_until([&] { return log.count(Level::warn, "400 Throttling: Rate exceeded") == 1; });
    EXPECT_EQ(supply->body(), nullptr);
    EXPECT_EQ(supply->retry_after(), 1s);
    loop.run_until([&] { return supply->body() != nullptr; });
    EXPECT_TRUE(gives(*supply, "WEB"));
    EXPECT_EQ(log.count(Level::info, "credentials are fetched again"), 1U) << log.all();
    end(*supply);
}

TEST_F(StsTranscript, KeysAreRefreshedBeforeTheirEndAlsoWhereStsIsShortlyAway) {
    talk(R"(
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600 | 200 FIRST for 8 s
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600 | 500 InternalFailure: sorry
        HOST@eu-west-1 AssumeRole RoleArn=arn:aws:iam::123456789012:role/web RoleSessionName=web-task DurationSeconds=3600 | 200 SECOND for 3600 s
    )");
    const auto providers = make("  roles: {type: assume-role, source: host, endpoint: STS}\n");
    const auto supply = supply_of(providers.at("roles"), "web");
    loop.run_until([&] { return gives(*supply, "FIRST"); });
    bool was_without = false;
    loop.run_until([&] {
        was_without = was_without || supply->body() == nullptr;
        return was_without || gives(*supply, "SECOND");
    });
    EXPECT_FALSE(was_without) << log.all();
    EXPECT_EQ(log.count(Level::warn, "500 InternalFailure: sorry"), 1U) << log.all();
    end(*supply);
}

} // namespace
} // namespace agent::credentials
