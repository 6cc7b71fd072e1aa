// What tasks get that act as a role, as the SDKs see it that others wrote: keys that sign.

#include "tests/conformance/credentials/role_task.hpp"

#include <algorithm>
#include <cctype>
#include <future>
#include <regex>
#include <set>

namespace conformance {

using namespace integration;
using std::chrono::seconds;

namespace {

/// With an id that nobody was given.
const std::string nobodys_uri = "/v2/credentials/6f1b9c52-4f27-4a58-9c0e-3a3f5b8f2d11";
const std::string nobodys_answer =
    R"({"code":"InvalidIdInRequest","message":"CredentialsV2Request: Credentials not found",)"
    R"("HTTPErrorCode":400})";

std::vector<std::string> with_uri(const std::string& uri) {
    return {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=" + uri};
}

bool occurs_in(const std::string& text, const std::string& secret) {
    return text.find(secret) != std::string::npos;
}

/// Ten fields for who was given credentials, else six and a blank; who asked comes first.
std::regex audit_line(const std::string& status, const std::string& user_agent,
                      const std::string& end) {
    return std::regex(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ )" + status +
                      R"( [0-9.]+:\d+ "/v2/credentials" ")" + user_agent + R"(" )" + end);
}

std::ptrdiff_t count(const std::vector<std::string>& lines, const std::regex& form) {
    return std::count_if(lines.begin(), lines.end(),
                         [&](const auto& line) { return std::regex_match(line, form); });
}

std::string network_mode_of(const testing::TestParamInfo<const char*>& mode) {
    return mode.param;
}

} // namespace

/// What all of this rests on: that the server takes what is signed well, and nothing else.
TEST(AwsServer, TellsGoodSignaturesFromBadOnes) {
    const auto tests =
        run({"/usr/bin/python3", "-B", "-W", "ignore", CREDENTIALS_FOLDER "/aws_server_test.py"});
    EXPECT_EQ(tests.status, 0) << tests.err;
}

class Credentials : public RoleTaskTest {};

TEST_P(Credentials, EveryClientSignsAsItsTasksRole) {
    const auto task = start("shop", web_role);
    const auto found = ask_all(task, programs(), task.variables);
    for (const auto& program : programs())
        expect_acts_as(task, program, found.at(program.name));

    const auto calls = aws_->calls_of("AssumeRole");
    ASSERT_EQ(calls.size(), 1U) << calls.dump(2);
    const nlohmann::json expected{
        {"RoleArn", web_role}, {"RoleSessionName", task.id}, {"DurationSeconds", "900"}};
    EXPECT_EQ(nlohmann::json(calls[0].at("parameters")), expected);
    EXPECT_EQ(calls[0].at("access_key_id"), AwsServer::base_key().at("AccessKeyId"));
    for (const auto& call : aws_->calls())
        EXPECT_EQ(call.at("signature"), "good") << call.dump();
}

TEST_P(Credentials, AnIdIsGoodForItsOwnTaskAlone) {
    const auto shop = start("shop", web_role);
    const auto stock = start("stock", batch_role);
    EXPECT_NE(shop.uri(), stock.uri());
    const auto& boto = programs().front();
    expect_keys(ask(shop, boto, shop.variables), shop);
    expect_keys(ask(stock, boto, stock.variables), stock);

    const auto found = ask_all(shop, programs(), with_uri(stock.uri()));
    for (const auto& program : programs())
        EXPECT_PRED2(occurs_in, found.at(program.name).value("error", ""), program.of_nobody)
            << program.name << " was told " << found.at(program.name).dump();
    EXPECT_EQ(get(shop, stock.uri()).body, nobodys_answer);
    EXPECT_EQ(get(shop, nobodys_uri).body, nobodys_answer);
    EXPECT_EQ(get(shop, nobodys_uri).status, 400);

    // Both roles were asked for once, each in its own task's name.
    std::set<std::pair<std::string, std::string>> asked;
    for (const auto& call : aws_->calls_of("AssumeRole"))
        asked.emplace(call.at("parameters").at("RoleArn"),
                      call.at("parameters").at("RoleSessionName"));
    const std::set<std::pair<std::string, std::string>> expected{{web_role, shop.id},
                                                                 {batch_role, stock.id}};
    EXPECT_EQ(asked, expected);
    EXPECT_EQ(aws_->calls_of("AssumeRole").size(), 2U);
}

/// Docker's demo image with this machine's programs: what the SDKs find in a container of their own.
class CredentialsInContainers : public RoleTaskTest {
protected:
    std::string client(const std::string& name, const Program& program) const {
        std::string command;
        for (const auto& word : program.words)
            command += word + ' ';
        auto environment = Json::array();
        for (const auto& variable : client_environment()) {
            const auto end = variable.find('=');
            environment.push_back(
                {{"name", variable.substr(0, end)}, {"value", variable.substr(end + 1)}});
        }
        auto mounts = Json::array();
        for (const auto& folder : folders())
            mounts.push_back(
                {{"sourceVolume", name_of(folder)}, {"containerPath", folder}, {"readOnly", true}});
        return container(name, command + "; " + runs_until_told(),
                         R"("environment": )" + environment.dump() + R"(, "mountPoints": )" +
                             mounts.dump());
    }

    static Json volumes() {
        auto all = Json::array();
        for (const auto& folder : folders())
            all.push_back({{"name", name_of(folder)}, {"host", {{"sourcePath", folder}}}});
        return all;
    }

    /// The line of JSON in the log of a container of the task.
    Json found_by(const std::string& name) {
        const auto id = running("shop", name);
        Json found;
        eventually(seconds(20), [&] {
            for (const auto& line : lines_of(docker({"logs", id})))
                if (line.starts_with('{'))
                    found = Json::parse(line, nullptr, false);
            return found.is_object();
        });
        return found;
    }

private:
    static std::vector<std::string> folders() {
        return {"/usr", "/lib", "/lib64", sources_folder, installed_folder};
    }
    static std::string name_of(std::string folder) {
        std::replace_if(
            folder.begin(), folder.end(), [](unsigned char c) { return std::isalnum(c) == 0; },
            '-');
        return "host" + folder;
    }
};

TEST_P(CredentialsInContainers, ThreeSdksSignAsTheirTasksRole) {
    std::vector<std::string> containers{idle_app()};
    std::vector<std::string> names;
    for (const auto& program : programs())
        if (program.refreshes) {
            names.push_back("client-" + std::to_string(names.size()));
            containers.push_back(client(names.back(), program));
        }
    agent_->put_task("shop.json",
                     task("shop", containers,
                          R"("networkMode": ")" + network_mode() + R"(", "taskRoleArn": ")" +
                              web_role + R"(", "volumes": )" + volumes().dump()));
    const auto task = describe("shop", web_role);
    for (const auto& name : names) {
        SCOPED_TRACE(name);
        const auto found = found_by(name);
        ASSERT_TRUE(found.is_object()) << run({"docker", "logs", running("shop", name)}).err;
        SCOPED_TRACE(found.dump());
        expect_keys(found, task);
    }
    EXPECT_EQ(aws_->calls_of("AssumeRole").size(), 1U);
}

class CredentialsRotation : public RoleTaskTest {};

TEST_P(CredentialsRotation, SdksGoOnWithNewKeysWhenTheirsAreOver) {
    aws_->control(R"({"lifetime": 6})");
    const auto task = start("shop", web_role);
    for (const auto& [name, found] : ask_all(task, refreshing_programs(), task.variables)) {
        SCOPED_TRACE(name + ": " + found.dump());
        ASSERT_TRUE(found.contains("first"));
        expect_keys(found.at("first"), task);
        expect_keys(found.at("second"), task);
        EXPECT_NE(found.at("first").at("access_key_id"), found.at("second").at("access_key_id"));
        EXPECT_LT(found.at("first").at("expiration").get<std::string>(),
                  found.at("second").at("expiration").get<std::string>());
    }
    for (const auto& call : aws_->calls())
        EXPECT_EQ(call.at("signature"), "good") << call.dump();
}

class CredentialsStorm : public RoleTaskTest {
protected:
    static constexpr std::size_t requests = 200; ///< from one address, which may have 256

    /// Those that the agent has taken.
    static std::size_t connections() {
        return lines_of(shell("ss --no-header --tcp --numeric state established 'sport = :51679'"))
            .size();
    }

    /// The statuses of so many requests at the same time.
    static std::multiset<std::string> storm(const std::string& network, const std::string& uri) {
        Words words{"nsenter",        "--net=" + network,
                    "curl",           "--no-progress-meter",
                    "--parallel",     "--parallel-immediate",
                    "--parallel-max", std::to_string(requests),
                    "--max-time",     "10",
                    "--write-out",    "%{http_code}\n"};
        for (std::size_t i = 0; i < requests; ++i)
            words.insert(words.end(), {"--output", "/dev/null", "http://169.254.170.2" + uri});
        const auto lines = lines_of(run(words).out);
        return {lines.begin(), lines.end()};
    }
};

TEST_P(CredentialsStorm, IsOneCallOfStsAndEverybodyIsAnswered) {
    aws_->control(R"({"mode": "hold"})");
    const auto task = start("shop", web_role);
    auto answers = std::async(std::launch::async, storm, task.network, task.uri());
    // None waits for longer than clients do, however slow the machine is.
    happens_before(std::chrono::steady_clock::now() + std::chrono::milliseconds(500),
                   [] { return connections() == requests; });
    aws_->control(R"({"mode": "ok"})");
    const auto statuses = answers.get();
    EXPECT_EQ(statuses.size(), requests);
    EXPECT_EQ(statuses.count("200"), requests);
    EXPECT_EQ(aws_->calls_of("AssumeRole").size(), 1U);
}

class CredentialsAtOnce : public RoleTaskTest {};

/// Docker says a little later than a container can ask that it runs, and under which address.
TEST_P(CredentialsAtOnce, AreGivenToWhoAsksWithItsFirstBreath) {
    const std::string asks = R"(wget -q -O /tmp/keys "http://169.254.170.2)"
                             R"($AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" && echo given || )"
                             R"(echo refused; )";
    std::vector<std::string> names;
    std::vector<std::string> containers;
    for (int i = 0; i < 5; ++i) {
        names.push_back("quick-" + std::to_string(i));
        containers.push_back(container(names.back(), asks + runs_until_told()));
    }
    start("shop", web_role, containers);
    for (const auto& name : names) {
        const auto id = container_of("shop", name);
        std::string told;
        eventually(seconds(5), [&] {
            told = docker({"logs", id});
            return !told.empty();
        });
        EXPECT_EQ(told, "given") << name << ": " << run({"docker", "logs", id}).err;
    }
}

/// The agent is told to ask for a token beside the id.
class CredentialsWithToken : public RoleTaskTest {
protected:
    std::string settings() const override { return "credentials_authorization: true\n"; }
    std::string network_mode() const override { return "bridge"; }
};

TEST_F(CredentialsWithToken, AreGivenToClientsThatSendIt) {
    const auto task = start("shop", web_role);
    EXPECT_EQ(get(task, task.uri()).body, nobodys_answer);
    const auto found = ask_all(task, programs(), task.variables);
    for (const auto& program : programs()) {
        const auto& said = found.at(program.name);
        if (program.sends_token)
            expect_acts_as(task, program, said);
        else
            EXPECT_PRED2(occurs_in, said.value("error", ""), program.of_nobody) << said.dump();
    }
}

/// What the agent writes down of all this.
class CredentialsInLogs : public RoleTaskTest {
protected:
    std::string network_mode() const override { return "bridge"; }

    /// Keys with a token, which STS gives for those that have none.
    Json session_of_base_key() const {
        const auto base = AwsServer::base_key();
        return Json::parse(must({"/usr/bin/python3", "-B", "-c", R"(
import boto3, json, sys
issued = boto3.client('sts', 'us-east-1', endpoint_url=sys.argv[1], aws_access_key_id=sys.argv[2],
                      aws_secret_access_key=sys.argv[3]).get_session_token()['Credentials']
print(json.dumps({**issued, 'Expiration': issued['Expiration'].isoformat()}))
)",
                                 aws_->url(), base.at("AccessKeyId"), base.at("SecretAccessKey")}));
    }

    void expect_absent(const std::string& secret) const {
        ASSERT_GE(secret.size(), 8U);
        EXPECT_FALSE(occurs_in(agent_->log(), secret)) << secret << " is in the agent's log";
        EXPECT_FALSE(occurs_in(audit_log(), secret)) << secret << " is in the audit log";
    }
};

TEST_F(CredentialsInLogs, EachRequestIsALineOfTheAuditLogAndNoKeyIsThere) {
    const auto task = start("shop", web_role);
    const auto keys = get(task, task.uri()).json();
    ask(task, programs().front(), task.variables);
    ask(task, programs().front(), with_uri(nobodys_uri));
    const auto given = task.arn + R"( GetCredentials 2 \S+ \S+)";
    std::vector<std::string> lines;
    // boto3 tries three times before it gives up.
    EXPECT_TRUE(eventually(seconds(5), [&] {
        lines = lines_of(audit_log());
        return count(lines, audit_line("400", "python-urllib3.*", "- ")) == 3;
    })) << audit_log();
    EXPECT_EQ(count(lines, audit_line("200", "curl.*", given)), 1) << audit_log();
    EXPECT_GE(count(lines, audit_line("200", "python-urllib3.*", given)), 1) << audit_log();
    EXPECT_EQ(count(lines, audit_line("(?:200|400)", ".*", "(?:- |" + given + ")")), lines.size())
        << audit_log();
    for (const auto* field : {"AccessKeyId", "SecretAccessKey", "Token"})
        expect_absent(keys.at(field));
    expect_absent(AwsServer::base_key().at("SecretAccessKey"));
    expect_absent(task.credentials_id());
    expect_absent(nobodys_uri.substr(nobodys_uri.rfind('/') + 1));
}

TEST_F(CredentialsInLogs, WhatStsRepeatsOfARequestIsNotThere) {
    // Its explanation of a wrong signature holds the session token of who has asked.
    const auto session = session_of_base_key();
    replace_keys(session);
    aws_->control(R"({"mode": "mismatch"})");
    const auto task = start("shop", web_role);
    const auto answer = get(task, task.uri());
    EXPECT_EQ(answer.status, 503) << answer.body;
    EXPECT_TRUE(agent_->logs({"SignatureDoesNotMatch", task.arn}));
    for (const auto* field : {"SecretAccessKey", "SessionToken"})
        expect_absent(session.at(field));
    // It is tried again, and then they are there.
    aws_->control(R"({"mode": "ok"})");
    EXPECT_TRUE(eventually(seconds(10), [&] { return get(task, task.uri()).status == 200; }));
}

INSTANTIATE_TEST_SUITE_P(In, Credentials, testing::Values("bridge", "awsvpc"), network_mode_of);
INSTANTIATE_TEST_SUITE_P(In, CredentialsInContainers, testing::Values("bridge", "awsvpc"),
                         network_mode_of);
INSTANTIATE_TEST_SUITE_P(In, CredentialsRotation, testing::Values("bridge", "awsvpc"),
                         network_mode_of);
INSTANTIATE_TEST_SUITE_P(In, CredentialsAtOnce, testing::Values("bridge", "awsvpc"),
                         network_mode_of);
INSTANTIATE_TEST_SUITE_P(In, CredentialsStorm, testing::Values("bridge", "awsvpc"),
                         network_mode_of);

} // namespace conformance
