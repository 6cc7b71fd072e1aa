#include "handlers/credentials/document.hpp"

#include "support.hpp"
#include "tests/base/freed_memory.hpp"

#include <gtest/gtest.h>

namespace handlers_test {
namespace {

using handlers::credentials::Document;
using handlers::credentials::render;

/// Kept in no std::string here that ends while memory is watched.
constexpr std::string_view marker_of_secret = "MARKER-0123456789-0123456789-0123456789";

Document with_secret(std::string_view secret) {
    Document document;
    document.secret_access_key = secret;
    return document;
}

TEST(CredentialsDocument, HasTheFiveTextsOfTheContractInItsOrder) {
    Document document;
    document.expiration = "2026-01-02T03:04:05Z";
    document.token = "FwoGZXIvYXdzEB+/=";
    document.secret_access_key = "wJalrXUtnFEMI/K7MDENG+bPxRfiCY";
    document.access_key_id = "ASIAEXAMPLE";
    document.role_arn = "arn:aws:iam::111122223333:role/web";
    EXPECT_EQ(*render(document),
              R"({"RoleArn":"arn:aws:iam::111122223333:role/web","AccessKeyId":"ASIAEXAMPLE",)"
              R"("SecretAccessKey":"wJalrXUtnFEMI/K7MDENG+bPxRfiCY","Token":"FwoGZXIvYXdzEB+/=",)"
              R"("Expiration":"2026-01-02T03:04:05Z"})");
}

TEST(CredentialsDocument, HasAllFiveAlsoWhereTheyAreEmpty) {
    EXPECT_EQ(*render({}),
              R"({"RoleArn":"","AccessKeyId":"","SecretAccessKey":"","Token":"","Expiration":""})");
}

TEST(CredentialsDocument, IsEscapedAsGoDoes) {
    Document document;
    document.role_arn = "\"<>&\\";
    document.access_key_id = "a\nb\tc\x01";
    document.secret_access_key = "a\xFFz";
    document.token = "\u2028é";
    document.expiration = "}\",\"";
    EXPECT_EQ(*render(document),
              R"({"RoleArn":"\"\u003c\u003e\u0026\\","AccessKeyId":"a\nb\tc\u0001",)"
              R"("SecretAccessKey":"a\ufffdz","Token":"\u2028é","Expiration":"}\",\""})");
}

TEST(CredentialsDocument, IsWipedWhenTheLastWhoHoldsItLetsGo) {
    const base_test::FreedMemory memory(marker_of_secret);
    {
        auto body = render(with_secret(marker_of_secret));
        const auto other = body;
        body.reset();
        EXPECT_NE(other->find(marker_of_secret), std::string::npos) << "it is still held";
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
    {
        const auto copy =
            std::make_shared<const std::string>(*render(with_secret(marker_of_secret)));
    }
    EXPECT_GE(memory.blocks_with_text(), 1U) << "else this test could not fail";
}

// Places that it has outgrown would keep what stood there.
TEST(CredentialsDocument, IsWrittenInOnePlaceHoweverMuchIsEscaped) {
    const auto secret =
        std::string(marker_of_secret) + std::string(3000, '<') + std::string(3000, '\xFF');
    const auto token = std::string(3000, '\x01');
    auto document = with_secret(secret);
    document.token = token;
    const base_test::FreedMemory memory(marker_of_secret);
    const auto size = render(document)->size();
    EXPECT_GT(size, 6U * 9000);
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

TEST(CredentialsDocument, IsNotCopiedOnItsWayIntoAnAnswer) {
    const base_test::FreedMemory memory(marker_of_secret);
    {
        model::World world(example_instance());
        FakeSources sources(world);
        handlers::TaskApi api(world, sources, no_limits());
        auto answer = example_credentials();
        answer.body = render(with_secret(marker_of_secret));
        sources.credentials["credsid"] = {answer};
        const auto response = ask(api, "/v2/credentials/credsid");
        EXPECT_NE(response.body().find(marker_of_secret), std::string_view::npos);
        EXPECT_EQ(response.body().data(), answer.body->data());
    }
    EXPECT_EQ(memory.blocks_with_text(), 0U);
}

} // namespace
} // namespace handlers_test
