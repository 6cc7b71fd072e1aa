// What a container is given through a door, and what it is not.

#include "agent/containers/completion.hpp"

#include "agent/containers/contract_variables.hpp"

#include <gtest/gtest.h>

#include <algorithm>

namespace agent::containers {
namespace {

using List = std::vector<std::string>;

const std::string endpoint_id = "11111111-2222-4333-8444-555555555555";
const std::string stale_id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";
const std::string task_arn = "arn:aws:ecs:eu-west-1:123456789012:task/default/0011";

/// A plain container on a host that has a role for the image `tool`.
struct Door {
    Door() {
        request.subject.name = "web";
        request.subject.images = {"nginx:1"};
        request.subject.networks = {"bridge"};
        request.image_environment = List{"PATH=/bin"};
        request.mounts.emplace();
        host.scope = {"eu-west-1", "123456789012", "default"};
        host.rules.containers = {
            {{"tool", "", "", {}, ""}, "tools", "", "", std::nullopt, std::nullopt}};
        host.metadata_root = "/data/metadata";
        minted.endpoint_id = endpoint_id;
        minted.task_arn = task_arn;
        minted.role_variables = {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" +
                                 stale_id};
        minted.metadata = Mount{"bind", "/data/metadata/default/0011/web", "", "", false};
    }

    Plan planned() const { return plan(request, host); }
    Additions additions() const { return complete(request, host, planned(), minted); }
    std::string variable(const std::string& name) const {
        for (const auto& entry : additions().variables)
            if (name_of_variable(entry) == name)
                return entry.substr(name.size() + 1);
        return "-";
    }
    /// Why this is withheld; "" where it is not.
    std::string why_not(Gift gift) const {
        for (const auto& each : additions().withheld)
            if (each.gift == gift)
                return each.why;
        return {};
    }

    Request request;
    Host host;
    Minted minted;
};

TEST(Completion, GivesTheWholeContract) {
    const Door door;
    const auto additions = door.additions();
    EXPECT_EQ(door.variable("ECS_CONTAINER_METADATA_URI_V4"),
              "http://169.254.170.2/v4/" + endpoint_id);
    EXPECT_EQ(door.variable("ECS_CONTAINER_METADATA_FILE"), "/ecs/metadata/web/metadata.json");
    EXPECT_EQ(door.variable("AWS_REGION"), "eu-west-1");
    EXPECT_EQ(door.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "-");
    ASSERT_TRUE(additions.mount);
    EXPECT_EQ(*additions.mount,
              (Mount{"bind", "/data/metadata/default/0011/web", "/ecs/metadata/web", "", false}));
    EXPECT_EQ(additions.labels, (std::map<std::string, std::string>{
                                    {"com.amazonaws.ecs.task-arn", task_arn},
                                    {"com.amazonaws.ecs.container-name", "web"},
                                    {"com.amazonaws.ecs.task-definition-family", "web"},
                                    {"com.amazonaws.ecs.task-definition-version", "1"},
                                    {"com.amazonaws.ecs.cluster", "default"}}));
    EXPECT_TRUE(additions.withheld.empty());
}

TEST(Completion, GivesTheRoleOfARule) {
    Door door;
    EXPECT_EQ(door.planned().role, "");
    door.request.subject.images = {"tool:2"};
    EXPECT_EQ(door.planned().role, "arn:aws:iam::123456789012:role/tools");
    EXPECT_EQ(door.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
              "/v2/credentials/" + stale_id);
    door.host.task_roles = false;
    EXPECT_EQ(door.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "-");
    EXPECT_EQ(door.why_not(Gift::role), "ECS_ENABLE_TASK_IAM_ROLE is false");
}

TEST(Completion, ARoleOnTheHostsNetworkIsTheConfigurationsMatter) {
    Door door;
    door.request.subject.images = {"tool"};
    door.request.subject.networks = {"host"};
    EXPECT_NE(door.planned().role, "");
    door.host.task_roles_on_host = false;
    EXPECT_EQ(door.planned().role, "");
    door.request.subject.networks.reset();
    EXPECT_EQ(door.planned().role, "") << "where it is not known it may be the host's";
    door.request.subject.networks = {"bridge"};
    EXPECT_NE(door.planned().role, "");
}

TEST(Completion, NeverMountsAboveAtOrBelowAMountOfTheUsers) {
    for (const std::string target : {"/", "/ecs", "/ecs/", "/ecs/metadata", "/ecs/metadata/web",
                                     "/ecs/metadata/web/x", "//ecs/../ecs/metadata"}) {
        Door door;
        door.request.mounts = std::vector<Mount>{{"tmpfs", "", target, "", false}};
        EXPECT_FALSE(door.additions().mount) << target;
        EXPECT_EQ(door.variable("ECS_CONTAINER_METADATA_FILE"), "-") << target;
        EXPECT_FALSE(door.planned().metadata_file) << target;
    }
    Door beside;
    beside.request.mounts = std::vector<Mount>{{"bind", "/x", "/ecs2", "", false}};
    EXPECT_TRUE(beside.additions().mount);
}

TEST(Completion, LeavesTheMountOutWhenInDoubt) {
    Door shares;
    shares.request.volumes_from = {"other"};
    EXPECT_FALSE(shares.planned().metadata_file);
    EXPECT_EQ(shares.why_not(Gift::metadata_file),
              "it has the mounts of other, and they are not known here");
    Door file;
    file.request.file_in_image = "/ecs";
    EXPECT_FALSE(file.planned().metadata_file);
    Door own;
    own.request.environment = {"ECS_CONTAINER_METADATA_FILE=/mine"};
    EXPECT_FALSE(own.planned().metadata_file);
    EXPECT_FALSE(own.additions().mount);
    Door cannot;
    cannot.request.takes_mounts = false;
    EXPECT_FALSE(cannot.planned().metadata_file);
    Door off;
    off.host.metadata_files = false;
    off.request.subject.labels = {{"ecs-node-agent.metadata", "true"}};
    EXPECT_FALSE(off.planned().metadata_file) << "a label asks for no more than the host gives";
    Door unwanted;
    unwanted.request.subject.labels = {{"ecs-node-agent.metadata", "false"}};
    EXPECT_EQ(unwanted.why_not(Gift::metadata_file), "its label ecs-node-agent.metadata says so");
    Door failed;
    failed.minted.metadata.reset();
    EXPECT_EQ(failed.variable("ECS_CONTAINER_METADATA_FILE"), "-");
    EXPECT_NE(failed.why_not(Gift::metadata_file), "");
}

// NRI is told of no mounts, and a target that the user mounts too keeps his container from being made.
TEST(Completion, WithoutKnowingMountsTakesAPlaceThatNobodyHas) {
    Door door;
    door.request.mounts.reset();
    ASSERT_TRUE(door.additions().mount);
    EXPECT_EQ(door.additions().mount->target, "/ecs-metadata-" + endpoint_id);
    EXPECT_EQ(door.variable("ECS_CONTAINER_METADATA_FILE"),
              "/ecs-metadata-" + endpoint_id + "/metadata.json");
}

TEST(Completion, IsGivenByOneDoorOnly) {
    Door door;
    door.request.environment = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" +
                                stale_id};
    door.request.completed = true;
    EXPECT_FALSE(door.planned().gives);
    EXPECT_TRUE(door.additions().empty());
    EXPECT_EQ(door.why_not(Gift::everything), "another door of the agent has given it everything");
    // The same variable, but of a container that is gone: an image made by docker commit.
    door.request.completed = false;
    EXPECT_EQ(door.variable("ECS_CONTAINER_METADATA_URI_V4"),
              "http://169.254.170.2/v4/" + endpoint_id);
}

TEST(Completion, ATaskOfACompletedServiceIsComplete) {
    Door door;
    const std::string id = "q5bd5cj6ud6kg4w5wvzp5khzh";
    door.request.subject.labels = {{"com.docker.swarm.service.name", "web"},
                                   {"com.docker.swarm.task.id", id}};
    door.request.environment = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + id};
    EXPECT_TRUE(door.planned().gives) << "that of the image, which was made of one";
    door.request.subject.name = "web.1." + id;
    EXPECT_FALSE(door.planned().gives);
    door.request.subject.labels["com.docker.swarm.task.id"] = "aaaaabbbbbcccccdddddeeeee";
    EXPECT_TRUE(door.planned().gives) << "that of another task is stale";
}

TEST(Completion, OptingOutIsGivenNothing) {
    Door door;
    door.request.subject.labels = {{"ecs-node-agent.opt-out", "true"}};
    EXPECT_FALSE(door.planned().gives);
    EXPECT_TRUE(door.additions().empty());
    EXPECT_EQ(door.why_not(Gift::everything), "its label ecs-node-agent.opt-out says so");
    door.request.subject.labels.clear();
    door.host.rules.containers = {{{}, "", "", "", std::nullopt, true}};
    EXPECT_EQ(door.why_not(Gift::everything), "the rule containers[0] says opt_out");
}

TEST(Completion, LabelsOfTheUsersStay) {
    Door door;
    door.request.subject.labels = {{"com.amazonaws.ecs.cluster", "mine"}};
    const auto additions = door.additions();
    EXPECT_EQ(additions.labels.size(), 4U);
    EXPECT_FALSE(additions.labels.contains("com.amazonaws.ecs.cluster"));
    EXPECT_EQ(door.why_not(Gift::label), "it has the label already");
    door.request.takes_labels = false;
    EXPECT_TRUE(door.additions().labels.empty());
}

// Tools that recreate a container send what inspect has shown them of the old one.
TEST(Completion, ACopyOfAContainerIsAContainerOfItsOwn) {
    Door door;
    door.request.environment = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + stale_id,
                                "ECS_CONTAINER_METADATA_FILE=/ecs/metadata/web/metadata.json",
                                "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" +
                                    stale_id};
    door.request.subject.labels = {{"com.amazonaws.ecs.task-arn", "arn:aws:ecs:r:0:task/c/dead"},
                                   {"com.amazonaws.ecs.container-name", "web"}};
    door.request.mounts = std::vector<Mount>{
        {"bind", "/data/metadata/default/dead/web", "/ecs/metadata/web", "", false}};
    const auto additions = door.additions();
    EXPECT_EQ(additions.labels.at("com.amazonaws.ecs.task-arn"), task_arn);
    ASSERT_TRUE(additions.mount);
    EXPECT_EQ(additions.mount->source, "/data/metadata/default/0011/web");
    EXPECT_EQ(additions.unset, List{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"});
}

// Ours below a read-only one would keep the container from starting.
TEST(Completion, OneOfOurDirectoriesThatTheUserMountsIsHis) {
    for (const auto* target : {"/ecs", "/ecs/metadata", "/ecs/metadata/other"}) {
        Door door;
        door.request.mounts =
            std::vector<Mount>{{"bind", "/data/metadata/default", target, "", false}};
        EXPECT_FALSE(door.additions().mount) << target;
    }
}

TEST(Completion, AServiceThatIsUpdatedIsNotMountedTwice) {
    Door door;
    const Mount ours{"volume", "{{.Task.ID}}", "/ecs/metadata/web", "ecs-metadata", false};
    door.request.takes_labels = false;
    door.minted.endpoint_id = "{{.Task.ID}}";
    door.minted.metadata = Mount{"volume", "{{.Task.ID}}", "", "ecs-metadata", false};
    EXPECT_EQ(door.additions().mount, ours);
    EXPECT_EQ(door.variable("ECS_AGENT_URI"), "http://169.254.170.2/api/{{.Task.ID}}");
    door.request.mounts = std::vector<Mount>{ours};
    EXPECT_EQ(door.additions().mount, std::nullopt);
    EXPECT_EQ(door.variable("ECS_CONTAINER_METADATA_FILE"), "/ecs/metadata/web/metadata.json");
    door.request.mounts = std::vector<Mount>{{"volume", "m", "/meta", "ecs-metadata", false}};
    EXPECT_FALSE(door.planned().metadata_file) << "the user has mounted one himself";
}

TEST(Completion, SaysWhatCannotBeDecidedOrReached) {
    Door door;
    door.request.subject.images.reset();
    EXPECT_NE(door.why_not(Gift::role).find("the rule containers[0] asks for its image"),
              std::string::npos);
    EXPECT_TRUE(door.planned().gives);
    door.request.subject.networks = {"none"};
    EXPECT_NE(door.why_not(Gift::endpoint), "");
    door.request.subject.networks = {"bridge"};
    EXPECT_EQ(door.why_not(Gift::endpoint), "");
    door.request.image_environment.reset();
    EXPECT_EQ(door.variable("AWS_REGION"), "-");
    EXPECT_NE(door.why_not(Gift::region), "");
}

TEST(Completion, ClaimedRolesThatAreRefusedAreNamed) {
    Door door;
    door.request.subject.labels = {{"ecs-node-agent.task-role", "admin"}};
    EXPECT_EQ(door.planned().role, "");
    ASSERT_EQ(door.planned().withheld.size(), 1U);
    EXPECT_EQ(door.planned().withheld[0].what, "arn:aws:iam::123456789012:role/admin");
}

} // namespace
} // namespace agent::containers
