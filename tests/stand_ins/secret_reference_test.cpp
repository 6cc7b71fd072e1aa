// What a valueFrom names, in all forms that ECS takes.

#include "agent/stand_ins/secret_reference.hpp"

#include <gtest/gtest.h>

namespace agent::stand_ins {
namespace {

using Names = std::vector<std::string>;

const std::string manager = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:";

TEST(SecretReference, OfSecretsManagerIsKnownByArnAndName) {
    const auto reference = read_secret_reference(manager + "shop/db-AbC123");
    EXPECT_EQ(reference.secret, manager + "shop/db-AbC123");
    EXPECT_EQ(reference.key, "");
    EXPECT_EQ(reference.names, (Names{manager + "shop/db-AbC123", "shop/db-AbC123", "shop/db"}));
}

TEST(SecretReference, MayNameAKeyAVersionStageAndAVersion) {
    for (const std::string tail : {":password::", ":password:AWSCURRENT:", ":password::v1"}) {
        const auto reference = read_secret_reference(manager + "shop/db-AbC123" + tail);
        EXPECT_EQ(reference.secret, manager + "shop/db-AbC123") << tail;
        EXPECT_EQ(reference.key, "password") << tail;
        EXPECT_EQ(reference.names, (Names{manager + "shop/db-AbC123" + tail,
                                          manager + "shop/db-AbC123", "shop/db-AbC123", "shop/db"}))
            << tail;
    }
    EXPECT_EQ(read_secret_reference(manager + "db-AbC123::AWSPREVIOUS:").key, "");
}

TEST(SecretReference, KeepsANameThatHasNoSuffix) {
    EXPECT_EQ(read_secret_reference(manager + "db-main").names,
              (Names{manager + "db-main", "db-main"}))
        << "four characters are no suffix";
    EXPECT_EQ(read_secret_reference(manager + "-AbC123").names,
              (Names{manager + "-AbC123", "-AbC123"}))
        << "nothing would be left";
}

TEST(SecretReference, OfAParameterIsKnownByItsNameWithASlashOrWithout) {
    const std::string arn = "arn:aws-cn:ssm:cn-north-1:123456789012:parameter/shop/db";
    EXPECT_EQ(read_secret_reference(arn).names, (Names{arn, "shop/db", "/shop/db"}));
    EXPECT_EQ(read_secret_reference(arn).secret, arn);
    EXPECT_EQ(read_secret_reference("/shop/db").names, (Names{"/shop/db"}));
    EXPECT_EQ(read_secret_reference("DB_PASSWORD").names, (Names{"DB_PASSWORD"}));
}

TEST(SecretReference, IsWhateverElseItIs) {
    for (const std::string text :
         {"", ":", "arn:", "arn:aws:secretsmanager:::secret", "a:b:c:d:e:f"})
        EXPECT_EQ(read_secret_reference(text).secret, text);
}

} // namespace
} // namespace agent::stand_ins
