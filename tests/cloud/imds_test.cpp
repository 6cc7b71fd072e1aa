// The EC2 instance metadata service: where it is asked, and what is made of its answers.

#include "agent/cloud/imds.hpp"

#include "fakes/scripted_docker_server.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

namespace agent::cloud {
namespace {

using base::Errc;
using fakes::answer;
using fakes::hang;
using fakes::ScriptedDockerServer;
using namespace std::chrono_literals;

constexpr auto token_request = "PUT /latest/api/token ";
constexpr auto document_request = "GET /latest/dynamic/instance-identity/document ";
constexpr auto zone_id_request = "GET /latest/meta-data/placement/availability-zone-id ";
constexpr auto mac_request = "GET /latest/meta-data/mac ";
constexpr auto vpc_request =
    "GET /latest/meta-data/network/interfaces/macs/06:96:9a:ce:a6:ce/vpc-id ";
constexpr auto public_request = "GET /latest/meta-data/public-ipv4 ";
constexpr auto document = R"({"region":"eu-west-1","accountId":"111122223333",
    "availabilityZone":"eu-west-1b","privateIp":"10.0.0.5","version":"2017-09-30","ramdiskId":null})";

class ImdsTest : public testing::Test {
protected:
    /// All answers, as an instance with a public address in a VPC gives them.
    void script(int zone_status = 200, int public_status = 200, int vpc_status = 200) {
        server.on(token_request, {answer(200, "the-token")});
        server.on(document_request, {answer(200, document)});
        server.on(zone_id_request, {answer(zone_status, "euw1-az2")});
        server.on(mac_request, {answer(200, "06:96:9a:ce:a6:ce")});
        server.on(vpc_request, {answer(vpc_status, "vpc-0a1b2c3d")});
        server.on(public_request, {answer(public_status, "203.0.113.7")});
    }
    base::Result<InstanceFacts> ask(std::chrono::milliseconds limit = 5s) {
        const auto begun = std::chrono::steady_clock::now();
        auto facts = loop.run(ask_imds(loop.executor(), server.url(), limit));
        waited = std::chrono::steady_clock::now() - begun;
        return facts;
    }

    fakes::TestLoop loop;
    ScriptedDockerServer server{ScriptedDockerServer::Door::tcp};
    std::chrono::steady_clock::duration waited{};
};

TEST_F(ImdsTest, TellsTheInstancesFacts) {
    script();
    const auto facts = ask();
    ASSERT_TRUE(facts) << facts.error().what();
    EXPECT_EQ(facts->region, "eu-west-1");
    EXPECT_EQ(facts->account_id, "111122223333");
    EXPECT_EQ(facts->availability_zone, "eu-west-1b");
    EXPECT_EQ(facts->availability_zone_id, "euw1-az2");
    EXPECT_EQ(facts->vpc_id, "vpc-0a1b2c3d");
    EXPECT_EQ(facts->private_ipv4, "10.0.0.5");
    EXPECT_EQ(facts->public_ipv4, "203.0.113.7");
}

TEST_F(ImdsTest, AsksForATokenFirstAndShowsItEveryTime) {
    script();
    ASSERT_TRUE(ask());
    const auto requests = server.whole_requests();
    ASSERT_EQ(requests.size(), 6U);
    EXPECT_NE(requests[0].find("X-aws-ec2-metadata-token-ttl-seconds: 60\r\n"), std::string::npos);
    for (std::size_t i = 1; i < requests.size(); ++i)
        EXPECT_NE(requests[i].find("X-aws-ec2-metadata-token: the-token\r\n"), std::string::npos)
            << requests[i];
}

TEST_F(ImdsTest, InstanceWithoutPublicAddressZoneIdOrVpcIsFine) {
    script(404, 404, 404);
    const auto facts = ask();
    ASSERT_TRUE(facts) << facts.error().what();
    EXPECT_EQ(facts->public_ipv4, "");
    EXPECT_EQ(facts->availability_zone_id, "");
    EXPECT_EQ(facts->vpc_id, "");
    EXPECT_EQ(facts->region, "eu-west-1");
}

TEST_F(ImdsTest, AsksForNoVpcOfWhatIsNoHardwareAddress) {
    for (const auto* text : {"", "..", "06:96:9a:ce:a6:ce/..", "06:96:9a:ce:a6:c/"}) {
        server.on(token_request, {answer(200, "the-token")});
        server.on(document_request, {answer(200, document)});
        server.on(zone_id_request, {answer(200, "euw1-az2")});
        server.on(mac_request, {answer(200, text)});
        server.on(public_request, {answer(404, "")});
        const auto facts = ask();
        ASSERT_TRUE(facts) << text << facts.error().what();
        EXPECT_EQ(facts->vpc_id, "") << text;
    }
}

TEST_F(ImdsTest, LimitIsForAllRequestsTogether) {
    server.on(token_request, {answer(200, "the-token")});
    server.on(document_request, {hang()});
    const auto facts = ask(200ms);
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code(), Errc::timeout);
    EXPECT_GE(waited, 190ms);
    EXPECT_LT(waited, 1s);
}

TEST_F(ImdsTest, NobodyThereIsUnavailableAtOnce) {
    const auto facts = loop.run(ask_imds(loop.executor(), "http://127.0.0.1:1", 5s));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code(), Errc::unavailable);
}

TEST_F(ImdsTest, WhatIsNoSuchServiceIsAProtocolError) {
    server.on(token_request, {answer(403, "forbidden")});
    EXPECT_EQ(ask().error().code(), Errc::protocol) << "tokens are switched off";
    server.on(token_request, {fakes::send("SSH-2.0-OpenSSH_9.2\r\n"), fakes::hang_up()});
    EXPECT_FALSE(ask());
    for (const auto* garbage : {"<html>", "[]", "\"text\"", ""}) {
        server.on(token_request, {answer(200, "the-token")});
        server.on(document_request, {answer(200, garbage)});
        const auto facts = ask();
        ASSERT_FALSE(facts) << garbage;
        EXPECT_EQ(facts.error().code(), Errc::protocol) << garbage;
    }
}

TEST_F(ImdsTest, FieldsOfTheWrongTypeAreNotTaken) {
    server.on(token_request, {answer(200, "the-token")});
    server.on(document_request, {answer(200, R"({"region":7,"accountId":null})")});
    server.on(zone_id_request, {answer(200, "az")});
    server.on(mac_request, {answer(404, "")});
    server.on(public_request, {answer(404, "")});
    const auto facts = ask();
    ASSERT_TRUE(facts) << facts.error().what();
    EXPECT_EQ(facts->region, "");
    EXPECT_EQ(facts->account_id, "");
}

TEST_F(ImdsTest, EndpointHasToBeAUrl) {
    const auto facts = loop.run(ask_imds(loop.executor(), "ftp://x", 1s));
    ASSERT_FALSE(facts);
    EXPECT_EQ(facts.error().code(), Errc::invalid_argument);
}

constexpr auto roles_request = "GET /latest/meta-data/iam/security-credentials/ ";
constexpr auto keys_request = "GET /latest/meta-data/iam/security-credentials/node-role ";
constexpr auto keys = R"({"Code":"Success","AccessKeyId":"ASIA","SecretAccessKey":"MARKER"})";

class InstanceCredentialsTest : public testing::Test {
protected:
    base::Result<std::string> ask(std::chrono::milliseconds limit = 5s) {
        return loop.run(ask_instance_credentials(loop.executor(), server.url(), limit));
    }
    void expect_failure(Errc code, const std::string& text) {
        const auto answered = ask();
        ASSERT_FALSE(answered) << text;
        EXPECT_EQ(answered.error().code(), code) << answered.error().what();
        EXPECT_NE(answered.error().what().find(text), std::string::npos) << answered.error().what();
        EXPECT_EQ(answered.error().what().find("MARKER"), std::string::npos);
    }
    /// With a token; the next question is for the test to answer.
    void give_token() { server.on(token_request, {answer(200, "the-token")}); }

    fakes::TestLoop loop;
    ScriptedDockerServer server{ScriptedDockerServer::Door::tcp};
};

TEST_F(InstanceCredentialsTest, AreThoseOfTheRoleThatTheServiceNames) {
    give_token();
    server.on(roles_request, {answer(200, "node-role")});
    server.on(keys_request, {answer(200, keys)});
    const auto answered = ask();
    ASSERT_TRUE(answered) << answered.error().what();
    EXPECT_EQ(*answered, keys);
    const auto requests = server.whole_requests();
    ASSERT_EQ(requests.size(), 3U);
    EXPECT_NE(requests[0].find("X-aws-ec2-metadata-token-ttl-seconds: 60\r\n"), std::string::npos);
    for (const auto i : {1U, 2U})
        EXPECT_NE(requests[i].find("X-aws-ec2-metadata-token: the-token\r\n"), std::string::npos)
            << requests[i];
}

TEST_F(InstanceCredentialsTest, AreOfTheFirstRoleOnTheList) {
    for (const auto* list : {"node-role\n", "node-role\r\nother\n"}) {
        give_token();
        server.on(roles_request, {answer(200, list)});
        server.on(keys_request, {answer(200, keys)});
        EXPECT_TRUE(ask()) << list;
    }
}

TEST_F(InstanceCredentialsTest, NameOfARoleIsNoPath) {
    give_token();
    server.on(roles_request, {answer(200, "../a?b c")});
    server.on("GET /latest/meta-data/iam/security-credentials/..%2Fa%3Fb%20c ",
              {answer(200, keys)});
    const auto answered = ask();
    EXPECT_TRUE(answered) << answered.error().what();
}

TEST_F(InstanceCredentialsTest, InstanceMayHaveNoRole) {
    for (const int status : {404, 200}) {
        give_token();
        server.on(roles_request, {answer(status, "")});
        expect_failure(Errc::not_found, "the instance has no role");
        give_token();
        server.on(roles_request, {answer(200, "node-role")});
        server.on(keys_request, {answer(status, "")});
        expect_failure(Errc::not_found, "the instance's role has no credentials");
    }
}

TEST_F(InstanceCredentialsTest, WhatIsNoSuchServiceIsAProtocolError) {
    server.on(token_request, {answer(403, "MARKER")});
    expect_failure(Errc::protocol, "answered 403 for /latest/api/token");
    give_token();
    server.on(roles_request, {answer(401, "MARKER")});
    expect_failure(Errc::protocol, "answered 401 for");
    give_token();
    server.on(roles_request, {answer(200, "node-role")});
    server.on(keys_request, {answer(500, "MARKER")});
    expect_failure(Errc::protocol, "answered 500 for");
}

TEST_F(InstanceCredentialsTest, AnswersHaveALimit) {
    give_token();
    server.on(roles_request, {answer(200, std::string(64 * 1024 + 1, 'r'))});
    expect_failure(Errc::too_large, "longer than 65536 bytes");
}

TEST_F(InstanceCredentialsTest, LimitIsForAllRequestsTogether) {
    give_token();
    server.on(roles_request, {hang()});
    const auto answered = ask(100ms);
    ASSERT_FALSE(answered);
    EXPECT_EQ(answered.error().code(), Errc::timeout);
}

TEST_F(InstanceCredentialsTest, AreAskedForAtAUrl) {
    const auto nobody =
        loop.run(ask_instance_credentials(loop.executor(), "http://127.0.0.1:1", 5s));
    EXPECT_EQ(nobody.error().code(), Errc::unavailable);
    const auto nowhere = loop.run(ask_instance_credentials(loop.executor(), "ftp://x", 5s));
    EXPECT_EQ(nowhere.error().code(), Errc::invalid_argument);
}

TEST(IsEc2, FirmwareSaysSo) {
    const fakes::TemporaryFolder dmi;
    EXPECT_FALSE(is_ec2(dmi.path())) << "no firmware tables at all";
    dmi.write("sys_vendor", "QEMU\n");
    dmi.write("board_vendor", "ASUSTeK\n");
    EXPECT_FALSE(is_ec2(dmi.path()));
    dmi.write("sys_vendor", "Amazon EC2\n");
    EXPECT_TRUE(is_ec2(dmi.path()));
    dmi.remove("sys_vendor");
    dmi.write("board_vendor", "Amazon EC2\n");
    EXPECT_TRUE(is_ec2(dmi.path()));
    dmi.remove("board_vendor");
    dmi.write("bios_vendor", "Amazon EC2\n");
    EXPECT_TRUE(is_ec2(dmi.path())) << "older instances say it there only";
    dmi.write("bios_vendor", "Amazon.com\n");
    EXPECT_FALSE(is_ec2(dmi.path()));
}

} // namespace
} // namespace agent::cloud
