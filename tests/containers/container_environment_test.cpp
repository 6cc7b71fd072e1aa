#include "agent/containers/container_environment.hpp"

#include "containers/document_example.hpp"

namespace agent::containers {
namespace {

TEST(ContainerEnvironment, GivesTheContainerItsEndpoints) {
    const Example example;
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI"), "http://169.254.170.2/v3/the-id");
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI_V4"), "http://169.254.170.2/v4/the-id");
    EXPECT_EQ(example.variable("ECS_AGENT_URI"), "http://169.254.170.2/api/the-id");
    EXPECT_EQ(example.variable("AWS_EXECUTION_ENV"), "AWS_ECS_EC2");
    EXPECT_EQ(example.variable("AWS_REGION"), "eu-west-1");
    EXPECT_EQ(example.variable("AWS_DEFAULT_REGION"), "eu-west-1");
}

TEST(ContainerEnvironment, EcsVariablesWinOverTheDefinitionsAndTheFiles) {
    Example example;
    example.web().environment = {{"ECS_CONTAINER_METADATA_URI_V4", "forged"},
                                 {"ECS_AGENT_URI", "forged"},
                                 {"ECS_CONTAINER_METADATA_URI_V4_TOO", "kept"},
                                 {"MODE", "live=1"}};
    example.facts.file_environment = {{"ECS_CONTAINER_METADATA_URI", "forged"}};
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI"), "http://169.254.170.2/v3/the-id");
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI_V4"), "http://169.254.170.2/v4/the-id");
    EXPECT_EQ(example.variable("ECS_AGENT_URI"), "http://169.254.170.2/api/the-id");
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_URI_V4_TOO"), "kept");
    EXPECT_EQ(example.variable("MODE"), "live=1");
}

TEST(ContainerEnvironment, ASecretWinsOverWhatIsWrittenButNotOverEcs) {
    Example example;
    example.facts.secrets = {{"PASSWORD", base::Secret("a=b \"c\"")},
                             {"ECS_AGENT_URI", base::Secret("forged")}};
    example.web().environment = {{"PASSWORD", "written"}, {"OTHER", "kept"}};
    example.facts.file_environment = {{"PASSWORD", "of a file"}};
    EXPECT_EQ(example.variable("PASSWORD"), "a=b \"c\"");
    EXPECT_EQ(example.variable("OTHER"), "kept");
    EXPECT_EQ(example.variable("ECS_AGENT_URI"), "http://169.254.170.2/api/the-id");
}

TEST(ContainerEnvironment, CredentialsAreTheTasksWhateverElseIsSaidOfThem) {
    Example example;
    EXPECT_EQ(example.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), std::nullopt);
    example.facts.role_variables = {
        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/the-tasks",
        "AWS_CONTAINER_AUTHORIZATION_TOKEN=the-tasks"};
    example.web().environment = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/credentials/own"},
                                 {"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1/own"}};
    example.facts.file_environment = {{"AWS_CONTAINER_AUTHORIZATION_TOKEN", "own"},
                                      {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "own"}};
    EXPECT_EQ(example.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
              "/v2/credentials/the-tasks");
    EXPECT_EQ(example.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"), "the-tasks");
    EXPECT_EQ(example.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "http://127.0.0.1/own");
}

TEST(ContainerEnvironment, CredentialsOfAContainerWithoutARoleAreItsOwnAffair) {
    Example example;
    example.web().environment = {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/own"}};
    EXPECT_EQ(example.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "/own");
}

TEST(ContainerEnvironment, DefinitionWinsOverTheFiles) {
    Example example;
    example.web().environment = {{"BOTH", "definition"}, {"EMPTY", ""}};
    example.facts.file_environment = {{"FILE", "1"}, {"BOTH", "file"}, {"EMPTY", "file"}};
    EXPECT_EQ(example.variable("BOTH"), "definition");
    EXPECT_EQ(example.variable("EMPTY"), "");
    EXPECT_EQ(example.variable("FILE"), "1");
}

TEST(ContainerEnvironment, RegionIsTheUsersWhereverHeSaysOne) {
    Example in_definition;
    in_definition.web().environment = {{"AWS_REGION", "us-east-2"}};
    EXPECT_EQ(in_definition.variable("AWS_REGION"), "us-east-2");
    EXPECT_EQ(in_definition.variable("AWS_DEFAULT_REGION"), std::nullopt);
    Example other_name;
    other_name.web().environment = {{"AWS_DEFAULT_REGION", "us-east-2"}};
    EXPECT_EQ(other_name.variable("AWS_REGION"), std::nullopt);
    Example in_file;
    in_file.facts.file_environment = {{"AWS_DEFAULT_REGION", "us-east-2"}};
    EXPECT_EQ(in_file.variable("AWS_REGION"), std::nullopt);
    EXPECT_EQ(in_file.variable("AWS_DEFAULT_REGION"), "us-east-2");
    Example in_image;
    in_image.facts.image_environment = {"PATH=/bin", "AWS_REGION=us-east-2"};
    EXPECT_EQ(in_image.variable("AWS_REGION"), std::nullopt) << "the image's own value counts";
    EXPECT_EQ(in_image.variable("AWS_DEFAULT_REGION"), std::nullopt);
    Example similar;
    similar.facts.image_environment = {"AWS_REGION_HINT=us-east-2"};
    EXPECT_EQ(similar.variable("AWS_REGION"), "eu-west-1");
    Example unknown;
    unknown.facts.region.clear();
    EXPECT_EQ(unknown.variable("AWS_REGION"), std::nullopt);
}

TEST(ContainerEnvironment, ExecutionEnvironmentIsTheUsersWhereHeSaysOne) {
    Example example;
    example.web().environment = {{"AWS_EXECUTION_ENV", "TEST"}};
    EXPECT_EQ(example.variable("AWS_EXECUTION_ENV"), "TEST");
    example.web().environment.clear();
    example.facts.image_environment = {"AWS_EXECUTION_ENV=IMAGE"};
    EXPECT_EQ(example.variable("AWS_EXECUTION_ENV"), std::nullopt);
}

TEST(ContainerEnvironment, MetadataFileIsNamedAndBoundOnlyWhereTheFeatureIsOn) {
    Example example;
    EXPECT_TRUE(example.host("Binds").is_null());
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_FILE"), std::nullopt);
    example.facts.metadata_bind = "/data/x:/ecs/metadata/web:ro";
    example.facts.metadata_environment =
        "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json";
    example.web().environment = {{"ECS_CONTAINER_METADATA_FILE", "forged"}};
    EXPECT_EQ(example.variable("ECS_CONTAINER_METADATA_FILE"), "/ecs/metadata/web/metadata.json");
    EXPECT_EQ(example.host("Binds"), Example::Json({"/data/x:/ecs/metadata/web:ro"}));
}

} // namespace
} // namespace agent::containers
