// What /etc/ecs/host.yaml may say of containers; each mistake is told with its field and with what was
// expected.

#include "agent/rules/host_file.hpp"

#include "refusals.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::rules {
namespace {

using base::Errc;

/// Of the second rule's field.
void expect_refusal_of(const std::string& fields, const std::string& what) {
    expect_refusal("containers:\n  - {match: {image: a}, opt_out: true}\n  - {" + fields + "}\n",
                   "containers[1]" + what, 3);
}

TEST(HostFile, SaysWhatBecomesOfWhatIsNotSupported) {
    using tables::Unsupported;
    const auto of = [](const std::string& yaml) {
        const auto file = parse_host_file(yaml);
        EXPECT_TRUE(file) << (file ? "" : file.error().what());
        return file ? file->unsupported : tables::UnsupportedFields();
    };
    EXPECT_EQ(of("unsupported: refuse\n"), (tables::UnsupportedFields{{"*", Unsupported::refuse}}));
    EXPECT_EQ(of("unsupported: {proxyConfiguration: notice, '*': refuse}\n"),
              (tables::UnsupportedFields{{"proxyConfiguration", Unsupported::notice},
                                         {"*", Unsupported::refuse}}));
    EXPECT_EQ(of(""), tables::UnsupportedFields());
    expect_refusal("unsupported: ignore\n",
                   "unsupported: expected \"notice\" or \"refuse\", got \"ignore\"");
    expect_refusal("unsupported: {a: true}\n",
                   "unsupported.a: expected \"notice\" or \"refuse\", got true");
    EXPECT_EQ(of("unsupported: {healthCheck: refuse, volumes: notice, 'efs*': refuse}\n").size(),
              3U);
    const auto nothing = parse_host_file("unsupported:\n  proxyConfiguratio: refuse\n");
    ASSERT_FALSE(nothing);
    EXPECT_TRUE(nothing.error().what().starts_with(
        "line 2: unsupported.proxyConfiguratio: describes none of the fields that are not "
        "supported, nor a part of one: runtimePlatform.cpuArchitecture, proxyConfiguration, "))
        << nothing.error().what();
}

TEST(HostFile, AllThatIsWrongIsToldWithItsLine) {
    HostFileFaults faults;
    const auto file = parse_host_file(R"(
containers:
  - opt_out: maybe
    task_role: "a b"
  - match: {image: a}
  - {match: {labels: {x: 1, y: 2}}, opt_out: true}
images:
  shop: SHOP DEV
  "*": web
  late: web
values:
  "{{ must_env `A` }}": [1]
  B: "2"
unsupported: {proxy: refuse, efs: notice, "*": perhaps}
logDrivers:
  awslogs: {options: {a: b}}
role: web
)",
                                      "/h.yaml", &faults);
    ASSERT_FALSE(file);
    std::vector<std::string> told;
    for (const auto& fault : faults)
        told.push_back(fault.what().substr(0, fault.what().find(": ", 10)));
    EXPECT_EQ(told, (std::vector<std::string>{
                        "line 3: containers[0].opt_out",
                        "line 4: containers[0].task_role",
                        "line 5: containers[1]",
                        "line 6: containers[2].match.labels.x",
                        "line 6: containers[2].match.labels.y",
                        "line 8: images.shop",
                        "line 10: images.late",
                        "line 12: values.{{ must_env `A` }}",
                        "line 14: unsupported.*",
                        "line 14: unsupported.proxy",
                        "line 14: unsupported.efs",
                        "line 16: logDrivers.awslogs.driver",
                        "line 17: role",
                    }));
    EXPECT_EQ(file.error().what(), faults.front().what());
    EXPECT_FALSE(parse_host_file("[", "", &faults));
    EXPECT_EQ(faults.size(), 1U);
}

// It is the agent's own file: what says little there is a mistake.
TEST(HostFile, SaysExactlyWhatItIsToSay) {
    expect_refusal("_comment: x", "_comment: unknown field");
    expect_refusal("containers: [{match: {image: a}, opt_out: \"true\"}]",
                   R"(containers[0].opt_out: expected true or false, got "true")");
    expect_refusal(
        "containers: [{match: {image: a}, opt_out: true, cluster: \"\"}]",
        R"(containers[0].cluster: expected 1 to 255 letters, digits, '-' and '_', got "")");
}

TEST(HostFile, SaysWhatContainersAreGivenInOrder) {
    const auto file = parse_host_file(R"(
containers:
  - match: {image: "mcp/aws-*", network: tools}
    task_role: mcp
    cluster: dev
  - match:
      compose_project: shop
      compose_service: "web*"
      labels: {com.example.team: "pay?", tier: "*"}
    task_role: arn:aws:iam::123456789012:role/service/web
    family: front
  - match: {labels: {quiet: "true"}}
    opt_out: true
  - opt_out: false
roles_by_label: ["dev-*", "arn:aws:iam::123456789012:role/test"]
)");
    ASSERT_TRUE(file) << file.error().what();
    ASSERT_EQ(file->containers.size(), 4U);
    EXPECT_EQ(
        file->containers[0],
        (ContainerRule{
            {"mcp/aws-*", "", "", {}, "tools"}, "mcp", "", "dev", std::nullopt, std::nullopt}));
    EXPECT_EQ(
        file->containers[1],
        (ContainerRule{{"", "shop", "web*", {{"com.example.team", "pay?"}, {"tier", "*"}}, ""},
                       "arn:aws:iam::123456789012:role/service/web",
                       "front",
                       "",
                       std::nullopt,
                       std::nullopt}));
    EXPECT_EQ(file->containers[2].opt_out, true);
    EXPECT_EQ(file->containers[3], (ContainerRule{{}, "", "", "", std::nullopt, false}));
    EXPECT_EQ(file->roles_by_label,
              (std::vector<std::string>{"dev-*", "arn:aws:iam::123456789012:role/test"}));
}

TEST(HostFile, MaySayNothing) {
    for (const auto* yaml : {"", "# later\n", "{}", "containers:\n", "containers: []\n"}) {
        const auto file = parse_host_file(yaml);
        ASSERT_TRUE(file) << yaml << file.error().what();
        EXPECT_EQ(*file, HostFile()) << yaml;
    }
}

TEST(HostFileRefusal, TheFileIsAnObjectOfItsSections) {
    expect_refusal("[]", "expected an object, got a list");
    expect_refusal("container: []", "container: unknown field");
    expect_refusal("containers: {}", "containers: expected a list, got an object");
    expect_refusal("containers: [web]", R"(containers[0]: expected an object, got "web")");
    expect_refusal("roles_by_label: dev", R"(roles_by_label: expected a list, got "dev")");
    expect_refusal("roles_by_label: [\"\"]",
                   R"(roles_by_label[0]: expected a name, or a pattern with '*' and '?', got "")");
    expect_refusal("containers: []\ncontainers: []", "line 2, column 1: containers: is there twice",
                   0);
}

TEST(HostFileRefusal, ARuleHasKnownFieldsOfTheRightKind) {
    expect_refusal_of("role: web", ".role: unknown field");
    expect_refusal_of("task_role: web, match: {service: web}", ".match.service: unknown field");
    expect_refusal_of("task_role: web, match: web", R"(.match: expected an object, got "web")");
    expect_refusal_of("task_role: web, match: {image: \"a b\"}",
                      R"(.match.image: expected a name, or a pattern with '*' and '?', got "a b")");
    expect_refusal_of(
        "task_role: web, match: {labels: [a]}",
        ".match.labels: expected an object: patterns of values by labels, got a list");
    expect_refusal_of("task_role: web, match: {labels: {a: 1}}",
                      ".match.labels.a: expected a string (quote it), got 1");
    expect_refusal_of("family: \"a b\"",
                      R"(.family: expected 1 to 255 letters, digits, '-' and '_', got "a b")");
    expect_refusal_of("cluster: arn:aws:ecs:us-east-1:1:cluster/x",
                      R"(.cluster: expected 1 to 255 letters, digits, '-' and '_', got )"
                      R"("arn:aws:ecs:us-east-1:1:cluster/x")");
    expect_refusal_of("opt_out: maybe", R"(.opt_out: expected true or false, got "maybe")");
    expect_refusal_of("address: 169.254.172.9",
                      R"(.address: expected true or false, got "169.254.172.9")");
}

// A pattern would be a role that nobody has; the label's patterns are roles_by_label.
TEST(HostFileRefusal, ARoleIsOne) {
    for (const std::string role : {"web-*", "", "a b", "arn:aws:iam::123456789012:user/me", "x:y"})
        expect_refusal_of("task_role: \"" + role + "\"",
                          R"(.task_role: expected a role's name, or its ARN such as )"
                          R"(arn:aws:iam::123456789012:role/web, got ")" +
                              role + '"');
}

TEST(HostFileRefusal, ARuleThatDoesNothingIsAMistake) {
    expect_refusal_of("match: {image: a}",
                      ": says neither task_role, family, cluster, address nor opt_out");
    expect_refusal_of(
        "opt_out: true, task_role: web",
        ".opt_out: who is given nothing has no task_role, family, cluster or address");
    expect_refusal("containers: [{opt_out: true}, {match: {image: a}, task_role: a}]",
                   "containers[1]: is never asked: the rule before it matches every container");
}

TEST(HostFileRefusal, HasLimits) {
    std::string rules = "containers:\n";
    for (int i = 0; i < 1000; ++i)
        rules += "- {match: {image: a}, opt_out: true}\n";
    EXPECT_TRUE(parse_host_file(rules));
    expect_refusal(rules + "- {match: {image: a}, opt_out: true}\n",
                   "containers: at most 1000 rules");
    std::string labels;
    for (int i = 0; i < 51; ++i)
        labels += "l" + std::to_string(i) + ": x, ";
    expect_refusal_of("opt_out: true, match: {labels: {" + labels + "}}",
                      ".match.labels: at most 50 labels");
}

} // namespace
} // namespace agent::rules
