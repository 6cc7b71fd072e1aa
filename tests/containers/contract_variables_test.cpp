// Which variables a container is given, beside those that it has already.

#include "agent/containers/contract_variables.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace agent::containers {
namespace {

using List = std::vector<std::string>;

const std::string new_id = "11111111-2222-4333-8444-555555555555";
const std::string dead_id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

Contract contract() {
    return {new_id, "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json", {}, "eu-west-1"};
}

Contract with_role() {
    auto all = contract();
    all.role_variables = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + new_id};
    return all;
}

ContractVariables given(const Contract& contract, const List& environment, const List& image = {}) {
    return contract_variables(contract, environment, image, Precedence::user);
}

TEST(ContractVariables, AreEcssForAContainerThatHasNone) {
    const auto variables = given(with_role(), {"PATH=/bin"});
    EXPECT_EQ(variables.set,
              (List{"ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/" + new_id,
                    "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + new_id,
                    "ECS_AGENT_URI=http://169.254.170.2/api/" + new_id,
                    "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json",
                    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + new_id,
                    "AWS_REGION=eu-west-1", "AWS_DEFAULT_REGION=eu-west-1",
                    "AWS_EXECUTION_ENV=AWS_ECS_EC2"}));
    EXPECT_TRUE(variables.unset.empty() && variables.kept.empty() && variables.unknown.empty());
}

// docker commit keeps the variables of the container that the image was made of.
TEST(ContractVariables, OfAnotherContainerAreReplacedWhereverTheyStand) {
    const List stale{"ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3/" + dead_id,
                     "ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + dead_id,
                     "ECS_AGENT_URI=http://169.254.170.2/api/" + dead_id,
                     "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/old/metadata.json",
                     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + dead_id};
    for (const bool in_image : {false, true}) {
        const auto variables = in_image ? given(with_role(), {}, stale) : given(with_role(), stale);
        for (const auto& entry : stale) {
            const auto name = name_of_variable(entry);
            EXPECT_TRUE(has_variable(variables.set, name)) << name;
        }
        EXPECT_TRUE(variables.unset.empty());
        EXPECT_TRUE(variables.kept.empty());
    }
}

TEST(ContractVariables, OfAnotherContainerAreTakenAwayWhereThereAreNone) {
    const List stale{"ECS_CONTAINER_METADATA_FILE=/ecs/metadata/old/metadata.json",
                     "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + dead_id,
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN=" + std::string(64, 'a')};
    auto bare = contract();
    bare.metadata_environment.clear();
    const List names{"ECS_CONTAINER_METADATA_FILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
                     "AWS_CONTAINER_AUTHORIZATION_TOKEN"};
    EXPECT_EQ(given(bare, stale).unset, names);
    EXPECT_EQ(given(bare, {}, stale).unset, names);
    EXPECT_TRUE(contract_variables(bare, stale, List(), Precedence::ecs).unset.empty());
}

TEST(ContractVariables, OfTheUsersOwnAreKept) {
    for (const auto& value :
         List{"http://169.254.170.2/v4", "http://169.254.170.2/v4/", "http://127.0.0.1:8080/v4/x",
              "http://169.254.170.2/v4/my-id", "http://169.254.170.20/v4/" + dead_id, ""}) {
        const List own{"ECS_CONTAINER_METADATA_URI_V4=" + value};
        const auto variables = given(contract(), own);
        EXPECT_FALSE(has_variable(variables.set, "ECS_CONTAINER_METADATA_URI_V4")) << value;
        EXPECT_EQ(variables.kept, List{"ECS_CONTAINER_METADATA_URI_V4"}) << value;
        EXPECT_TRUE(has_variable(variables.set, "ECS_CONTAINER_METADATA_URI")) << value;
        EXPECT_TRUE(variables.unset.empty());
        EXPECT_EQ(given(contract(), {}, own).kept.size(), 1U) << "an image's own counts as well";
    }
}

TEST(ContractVariables, WhatTheUserTakesAwayFromTheImageStaysAway) {
    const auto variables = given(contract(), {"AWS_REGION", "ECS_AGENT_URI"}, {"AWS_REGION=x"});
    EXPECT_FALSE(has_variable(variables.set, "AWS_REGION"));
    EXPECT_FALSE(has_variable(variables.set, "AWS_DEFAULT_REGION"));
    EXPECT_EQ(variables.kept, List{"ECS_AGENT_URI"});
}

TEST(ContractVariables, TheLastOfANameCounts) {
    const auto own = "ECS_AGENT_URI=http://169.254.170.2/api";
    const auto stale = "ECS_AGENT_URI=http://169.254.170.2/api/" + dead_id;
    EXPECT_EQ(given(contract(), {stale, own}).kept, List{"ECS_AGENT_URI"});
    EXPECT_TRUE(given(contract(), {own, stale}).kept.empty());
}

TEST(ContractVariables, OfARoleAreGivenTogetherOrNotAtAll) {
    auto all = with_role();
    all.role_variables.push_back("AWS_CONTAINER_AUTHORIZATION_TOKEN=" + std::string(64, 'b'));
    for (const std::string own :
         {"AWS_CONTAINER_AUTHORIZATION_TOKEN=mine", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/mine",
          "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1/mine"}) {
        const auto variables = given(all, {own});
        EXPECT_FALSE(has_variable(variables.set, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")) << own;
        EXPECT_FALSE(has_variable(variables.set, "AWS_CONTAINER_AUTHORIZATION_TOKEN")) << own;
        EXPECT_EQ(variables.kept, List{std::string(name_of_variable(own))});
    }
}

TEST(ContractVariables, RegionIsLeftOutWhereTheImageMaySayOne) {
    const auto variables = contract_variables(contract(), {}, std::nullopt, Precedence::user);
    EXPECT_FALSE(has_variable(variables.set, "AWS_REGION"));
    EXPECT_EQ(variables.unknown, (List{"AWS_REGION", "AWS_DEFAULT_REGION", "AWS_EXECUTION_ENV"}));
    EXPECT_TRUE(has_variable(variables.set, "ECS_CONTAINER_METADATA_URI_V4"));
    const auto said =
        contract_variables(contract(), {"AWS_REGION=x"}, std::nullopt, Precedence::user);
    EXPECT_EQ(said.unknown, List{"AWS_EXECUTION_ENV"});
}

TEST(ContractVariables, OurOwnAreKnownByNameAndForm) {
    EXPECT_TRUE(is_of_ours("ECS_AGENT_URI", "http://169.254.170.2/api/" + dead_id));
    EXPECT_FALSE(is_of_ours("ECS_AGENT_URI", "http://169.254.170.2/v4/" + dead_id));
    EXPECT_FALSE(is_of_ours("MY_URI", "http://169.254.170.2/v4/" + dead_id));
    for (const std::string id : {"{{.Task.ID}}", "q5bd5cj6ud6kg4w5wvzp5khzh", "{{.Task.ID}}-00ff",
                                 "q5bd5cj6ud6kg4w5wvzp5khzh-00ff"})
        EXPECT_TRUE(is_of_ours("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/" + id))
            << id;
    EXPECT_FALSE(is_of_ours("ECS_CONTAINER_METADATA_FILE", "/etc/metadata.json"));
    EXPECT_TRUE(is_of_ours("ECS_CONTAINER_METADATA_FILE", "/ecs-metadata-x/metadata.json"));
    EXPECT_FALSE(is_of_ours("AWS_CONTAINER_AUTHORIZATION_TOKEN", "secret"));
}

TEST(ContractVariables, TheGivenIdIsFoundAgain) {
    EXPECT_EQ(given_endpoint_id(given(contract(), {}).set), new_id);
    EXPECT_EQ(given_endpoint_id({"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4"}), "");
    EXPECT_EQ(given_endpoint_id({"ECS_CONTAINER_METADATA_URI_V4"}), "");
    EXPECT_EQ(given_endpoint_id({}), "");
}

} // namespace
} // namespace agent::containers
