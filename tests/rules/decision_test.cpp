// What labels and rules together say of a container.

#include "agent/rules/decision.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::rules {
namespace {

using By = Source::By;

const model::ArnScope scope{"eu-west-1", "123456789012", "default"};
const std::string role_prefix = "arn:aws:iam::123456789012:role/";

HostFile rules(const std::string& yaml) {
    auto file = parse_host_file(yaml);
    EXPECT_TRUE(file) << (file ? "" : file.error().what());
    return file ? std::move(*file) : HostFile{};
}

Subject subject(const std::string& image = "nginx:1") {
    Subject known;
    known.name = "web";
    known.images = {image};
    known.networks = {"bridge"};
    return known;
}

Subject of_compose(const std::string& service) {
    auto known = subject();
    known.name = "shop-" + service + "-1";
    known.labels = {{"com.docker.compose.project", "shop"},
                    {"com.docker.compose.service", service},
                    {"com.docker.compose.container-number", "1"}};
    return known;
}

TEST(Decision, WithoutRulesIsTheLabelsAlone) {
    const auto decision = decide(of_compose("web"), {}, scope);
    EXPECT_FALSE(decision.opted_out);
    EXPECT_EQ(decision.identity.family, "shop");
    EXPECT_EQ(decision.identity.task_key, "compose/shop");
    EXPECT_EQ(decision.cluster, "default");
    EXPECT_EQ(decision.role, "");
    EXPECT_EQ(decision.rule, std::nullopt);
    EXPECT_EQ(decision.metadata, std::nullopt);
}

TEST(Decision, TheFirstRuleThatMatchesCounts) {
    const auto file = rules(R"(
containers:
  - {match: {compose_project: other}, task_role: a}
  - {match: {compose_project: sh*, compose_service: web}, task_role: b, family: front, cluster: dev}
  - {match: {compose_project: shop}, task_role: c}
)");
    const auto web = decide(of_compose("web"), file, scope);
    EXPECT_EQ(web.role, role_prefix + "b");
    EXPECT_EQ(web.role_by, (Source{By::rule, 1}));
    EXPECT_EQ(web.identity.family, "front");
    EXPECT_EQ(web.family_by, (Source{By::rule, 1}));
    EXPECT_EQ(web.cluster, "dev");
    EXPECT_EQ(web.cluster_by, (Source{By::rule, 1}));
    EXPECT_EQ(web.rule, 1U);
    EXPECT_EQ(decide(of_compose("cache"), file, scope).role, role_prefix + "c");
    EXPECT_EQ(decide(subject(), file, scope).rule, std::nullopt);
}

TEST(Decision, ImagesAreKnownByTheirNamesOfDockerHubAndTheirTags) {
    const auto role_of = [](const std::string& pattern, const std::string& image) {
        const auto file =
            rules("containers: [{match: {image: \"" + pattern + "\"}, task_role: r}]");
        return !decide(subject(image), file, scope).role.empty();
    };
    for (const auto* image :
         {"nginx", "nginx:1", "docker.io/library/nginx:1", "index.docker.io/library/nginx",
          "nginx@sha256:00", "nginx:1@sha256:00"})
        EXPECT_TRUE(role_of("nginx", image)) << image;
    EXPECT_TRUE(role_of("docker.io/library/nginx", "nginx:1"));
    EXPECT_TRUE(role_of("docker.io/*", "mcp/aws:1"));
    EXPECT_TRUE(role_of("nginx:1", "nginx:1@sha256:00"));
    EXPECT_FALSE(role_of("nginx:1", "nginx:2"));
    for (const auto* pattern : {"nginx:*", "nginx:latest", "docker.io/library/nginx:latest"})
        EXPECT_TRUE(role_of(pattern, "nginx")) << pattern;
    EXPECT_FALSE(role_of("nginx:latest", "nginx@sha256:00"));
    EXPECT_TRUE(role_of("localhost:5000/app:latest", "localhost:5000/app"));
    EXPECT_TRUE(role_of("localhost:5000/app", "localhost:5000/app:3"));
    EXPECT_FALSE(role_of("localhost", "localhost:5000/app:3"));
    // Whoever can name an image after another's registry only may not have its role.
    EXPECT_FALSE(role_of("nginx", "evil.example/nginx"));
    EXPECT_FALSE(role_of("docker.io/*", "evil.example/nginx"));
    EXPECT_FALSE(role_of("mcp/*", "localhost/mcp/aws"));
    EXPECT_FALSE(role_of("sha256", "sha256:0123"));
    EXPECT_TRUE(role_of("sha256:01*", "sha256:0123"));
}

TEST(Decision, AnImageWithSeveralNamesMatchesByAny) {
    const auto file = rules("containers: [{match: {image: b}, task_role: r}]");
    auto known = subject();
    known.images = {"a:1", "b:1"};
    EXPECT_NE(decide(known, file, scope).role, "");
    known.images = std::vector<std::string>{};
    EXPECT_EQ(decide(known, file, scope).role, "");
}

TEST(Decision, LabelsAndNetworksAreMatched) {
    const auto file = rules(R"(
containers:
  - {match: {labels: {team: "pay*", tier: "*"}}, task_role: a}
  - {match: {network: back}, task_role: b}
)");
    auto known = subject();
    known.labels = {{"team", "payments"}};
    EXPECT_EQ(decide(known, file, scope).role, "") << "all labels must be there";
    known.image_labels = {{"tier", ""}};
    EXPECT_EQ(decide(known, file, scope).role, role_prefix + "a") << "an image's counts";
    known = subject();
    known.networks = {"bridge", "back"};
    EXPECT_EQ(decide(known, file, scope).role, role_prefix + "b");
}

// NRI is told neither image nor networks; what might be another's is nobody's.
TEST(Decision, StopsAtTheFirstRuleThatCannotBeDecided) {
    const auto file = rules(R"(
containers:
  - {match: {image: a, compose_project: other}, task_role: a}
  - {match: {image: b}, task_role: b}
  - {match: {labels: {x: "*"}}, task_role: c}
)");
    auto known = subject();
    known.images.reset();
    known.labels = {{"x", "y"}};
    const auto decision = decide(known, file, scope);
    EXPECT_EQ(decision.undecided, 1U) << "the first rule's project is known not to match";
    EXPECT_EQ(decision.undecided_for, "image");
    EXPECT_EQ(decision.rule, std::nullopt);
    EXPECT_EQ(decision.role, "");
    known.images = {"z"};
    EXPECT_EQ(decide(known, file, scope).role, role_prefix + "c");
    known.networks.reset();
    const auto by_network = rules("containers: [{match: {network: b}, task_role: b}]");
    EXPECT_EQ(decide(known, by_network, scope).undecided_for, "network");
}

TEST(Decision, ALabelClaimsOnlyRolesThatAreAllowedToLabels) {
    auto known = subject();
    known.labels = {{"ecs-node-agent.task-role", "dev-web"}};
    const auto closed = decide(known, {}, scope);
    EXPECT_EQ(closed.role, "");
    EXPECT_EQ(closed.refused_role, role_prefix + "dev-web");
    const auto file = rules(R"(
containers: [{task_role: base}]
roles_by_label: ["dev-*"]
)");
    const auto allowed = decide(known, file, scope);
    EXPECT_EQ(allowed.role, role_prefix + "dev-web");
    EXPECT_EQ(allowed.role_by, (Source{By::label, 0}));
    EXPECT_EQ(allowed.refused_role, "");
    known.labels["ecs-node-agent.task-role"] = "prod-web";
    const auto refused = decide(known, file, scope);
    EXPECT_EQ(refused.role, role_prefix + "base") << "the rule's stays";
    EXPECT_EQ(refused.role_by, (Source{By::rule, 0}));
    EXPECT_EQ(refused.refused_role, role_prefix + "prod-web");
    known.labels["ecs-node-agent.task-role"] = "arn:aws:iam::999999999999:role/dev-web";
    EXPECT_EQ(decide(known, file, scope).role, role_prefix + "base")
        << "a name's pattern is of the host's account";
    known.labels["ecs-node-agent.task-role"] = "base";
    EXPECT_EQ(decide(known, file, scope).refused_role, "") << "it has what it claims";
}

TEST(Decision, ALabelsFamilyAndClusterWinOverARules) {
    const auto file = rules("containers: [{family: ruled, cluster: ruled}]");
    auto known = subject();
    known.labels = {{"ecs-node-agent.family", "own"}, {"ecs-node-agent.cluster", "own"}};
    const auto decision = decide(known, file, scope);
    EXPECT_EQ(decision.identity.family, "own");
    EXPECT_EQ(decision.family_by, (Source{By::label, 0}));
    EXPECT_EQ(decision.cluster, "own");
    known.labels["ecs-node-agent.cluster"] = "not a name";
    EXPECT_EQ(decide(known, file, scope).cluster, "ruled");
}

// A role is a task's: another container of the project could else ask for its keys.
TEST(Decision, WhoHasAnotherRoleOrClusterIsInAnotherTask) {
    const auto file = rules(R"(
containers:
  - {match: {compose_service: "aws*"}, task_role: a}
  - {match: {compose_service: far}, cluster: far}
)");
    const auto key = [&](const std::string& service) {
        return decide(of_compose(service), file, scope).identity.task_key;
    };
    EXPECT_EQ(key("web"), key("cache"));
    EXPECT_NE(key("web"), key("aws1"));
    EXPECT_EQ(key("aws1"), key("aws2"));
    EXPECT_NE(key("far"), key("web"));
    EXPECT_NE(key("far"), key("aws1"));
    EXPECT_EQ(decide(of_compose("aws1"), file, scope).identity.family, "shop");
}

// docker commit keeps Compose's labels in the image, and whoever runs it is in no project.
TEST(Decision, AnImagesLabelsGroupNobody) {
    auto known = subject();
    known.image_labels = of_compose("web").labels;
    known.image_labels["ecs-node-agent.task"] = "group";
    known.image_labels["ecs-node-agent.family"] = "base";
    const auto decision = decide(known, {}, scope);
    EXPECT_EQ(decision.identity.grouped_by, model::GroupedBy::nobody);
    EXPECT_EQ(decision.identity.task_key, "");
    EXPECT_EQ(decision.identity.family, "base") << "it may say what it is called";
}

TEST(Decision, OutIsOutWhoeverSaysIt) {
    const auto file =
        rules("containers: [{match: {image: quiet}, opt_out: true}, {opt_out: false}]");
    const auto by_rule = decide(subject("quiet"), file, scope);
    EXPECT_TRUE(by_rule.opted_out);
    EXPECT_EQ(by_rule.opted_out_by, (Source{By::rule, 0}));
    EXPECT_FALSE(decide(subject(), file, scope).opted_out);
    auto known = subject();
    for (const auto* value : {"", "true", "1", "yes"}) {
        known.labels = {{"ecs-node-agent.opt-out", value}};
        EXPECT_EQ(decide(known, file, scope).opted_out_by, (Source{By::label, 0})) << value;
    }
    known.labels = {{"ecs-node-agent.opt-out", "false"}};
    EXPECT_FALSE(decide(known, file, scope).opted_out);
}

TEST(Decision, TheAgentsOwnContainersAreLeftAlone) {
    auto pause = subject();
    pause.labels = {{"com.amazonaws.ecs.task-arn", "arn:aws:ecs:r:0:task/c/1"},
                    {"com.amazonaws.ecs.container-name", "~internal~ecs~pause"}};
    EXPECT_EQ(decide(pause, {}, scope).opted_out_by, (Source{By::agent, 0}));
    auto probe = subject();
    probe.name = "ecs-probe-0011";
    probe.labels = {{"ecs-node-agent", "probe"}};
    EXPECT_TRUE(decide(probe, {}, scope).opted_out);
    probe.name = "mine";
    EXPECT_FALSE(decide(probe, {}, scope).opted_out);
}

TEST(Decision, ALabelAsksForNoFile) {
    auto known = subject();
    known.labels = {{"ecs-node-agent.metadata", "false"}};
    EXPECT_EQ(decide(known, {}, scope).metadata, false);
}

TEST(Decision, AContainerWithoutANameIsCalledAfterItsImage) {
    auto known = subject("registry.example/team/aws-tools:1.2");
    known.name.clear();
    EXPECT_EQ(decide(known, {}, scope).identity.container_name, "aws-tools");
    known.images = {"sha256:0123"};
    EXPECT_EQ(decide(known, {}, scope).identity.container_name, "container");
}

} // namespace
} // namespace agent::rules
