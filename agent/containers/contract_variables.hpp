#pragma once
// The variables by which a container learns what it is: ECS's, in one place for declared tasks and for
// whatever comes through a door. Which of them a container has already, and whether they are its own or
// were left in its image by another's (docker commit), is told by their names and by the form of their
// values. Pure.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace agent::containers {

inline constexpr std::string_view uri_v3_variable = "ECS_CONTAINER_METADATA_URI";
inline constexpr std::string_view uri_v4_variable = "ECS_CONTAINER_METADATA_URI_V4";
inline constexpr std::string_view agent_uri_variable = "ECS_AGENT_URI";
inline constexpr std::string_view metadata_file_variable = "ECS_CONTAINER_METADATA_FILE";
inline constexpr std::string_view credentials_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
inline constexpr std::string_view token_variable = "AWS_CONTAINER_AUTHORIZATION_TOKEN";

/// Where a role's credentials are asked for; their id follows.
inline constexpr std::string_view credentials_path = "/v2/credentials/";

/// What a container is to be told.
struct Contract {
    std::string endpoint_id;
    std::string metadata_environment; ///< "ECS_CONTAINER_METADATA_FILE=…", "" without a file
    std::vector<std::string> role_variables; ///< "NAME=value", as role_variables() makes them
    std::string region;                      ///< "" when unknown
};

/// Whose word counts where both say something. A task definition's variables give way to ECS's
/// (agent-lifecycle 2.3), what a user gave to his own container does not.
enum class Precedence { ecs, user };

/// What is to become of the environment. No name is in two of these lists.
struct ContractVariables {
    std::vector<std::string> set;     ///< "NAME=value", to be added or put in the place of ours
    std::vector<std::string> unset;   ///< names: another container's, and this one has none
    std::vector<std::string> kept;    ///< names: the user says them himself
    std::vector<std::string> unknown; ///< names: left out, since the image may say them
};

/// `environment` has "NAME=value", and "NAME" for what the user takes away from the image's; the last
/// of a name counts. `image_environment` is nothing where it is not known. Variables that belong
/// together (a role's) are given together or not at all, and a role's not to who says
/// AWS_CONTAINER_CREDENTIALS_FULL_URI himself, which they would overrule.
ContractVariables
contract_variables(const Contract& contract, const std::vector<std::string>& environment,
                   const std::optional<std::vector<std::string>>& image_environment,
                   Precedence precedence);

/// The name of "NAME=value" or "NAME".
std::string_view name_of_variable(std::string_view entry);

/// Whether one of the entries is of this name.
bool has_variable(const std::vector<std::string>& environment, std::string_view name);

/// The endpoint id that a container of ours was given; "" where the variables that have it are absent or
/// a user's.
std::string_view given_endpoint_id(const std::vector<std::string>& environment);

/// The id of its role's credentials that a container of ours was given; "" where the variable is absent
/// or a user's.
std::string_view given_credentials_id(const std::vector<std::string>& environment);

/// The token that a container of ours was given beside that id; "" where the variable is absent or a user's.
std::string_view given_token(const std::vector<std::string>& environment);

/// Whether an id is one that the agent has made at random, and none that is made of a name of Swarm's.
bool is_random_id(std::string_view id);

/// Whether the container has this variable with a value that is none of ours: by the last entry of its
/// environment, else by its image's.
bool says_itself(const std::vector<std::string>& environment,
                 const std::optional<std::vector<std::string>>& image_environment,
                 std::string_view name);

/// Whether a variable is one of ours with a value that only we give: an id of ours in ECS's address, or
/// the place of a metadata file.
bool is_of_ours(std::string_view name, std::string_view value);

} // namespace agent::containers
