// What print-config shows of the mapping of containers.

#include "agent/cli/mapping.hpp"

#include "agent/doors/host.hpp"

#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sstream>

namespace agent::cli {
namespace {

TEST(Mapping, ShowsTheRulesInTheirOrder) {
    const auto file = rules::parse_host_file(R"(
containers:
  - {match: {image: "mcp/*", network: tools, labels: {team: pay}}, task_role: mcp, cluster: dev}
  - {match: {compose_project: shop, compose_service: web}, family: front, opt_out: false}
  - opt_out: true
roles_by_label: ["dev-*", test]
unsupported: {proxyConfiguration: notice, "*": refuse}
)");
    ASSERT_TRUE(file) << file.error().what();
    const auto text = render_mapping(*file, "/h.yaml");
    for (const auto* line :
         {"#   rules      of /h.yaml, the first that matches counts:\n",
          "#     containers[0]: image mcp/*, label team=pay, network tools -> task_role mcp, "
          "cluster dev\n",
          "#     containers[1]: compose_project shop, compose_service web -> family front, not "
          "opt_out\n",
          "#     containers[2]: every container -> opt_out\n",
          "#   roles that labels may claim: dev-*, test\n",
          "# What is not supported in task definitions, the first that matches counts: "
          "proxyConfiguration -> notice, * -> refuse\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
}

// A label's pattern may hold a line end, and what follows would be read as a setting.
TEST(Mapping, IsOnlyComments) {
    rules::HostFile file;
    file.containers.emplace_back();
    file.containers[0].match.labels = {{"a", "x\ncluster: forged\x1b[2J"}};
    file.containers[0].family = "f";
    std::istringstream lines(render_mapping(file, "/h\n.yaml"));
    for (std::string line; std::getline(lines, line);)
        EXPECT_TRUE(line.starts_with("#")) << line;
    EXPECT_NE(render_mapping({}, "/h").find("#     none\n"), std::string::npos);
    EXPECT_NE(render_mapping({}, "/h").find("may claim: none\n"), std::string::npos);
}

TEST(Mapping, IsOfTheFileThatTheConfigurationNames) {
    fakes::TemporaryFolder folder;
    config::Loaded loaded;
    loaded.config.host_file = folder.path("host.yaml");
    EXPECT_TRUE(doors::read_host_file(loaded)) << "the usual one may be absent";
    loaded.origins["host_file"] = {config::Layer::flag, "--host-file on the command line"};
    EXPECT_EQ(doors::read_host_file(loaded).error().code(), base::Errc::not_found);
    folder.write("host.yaml", "roles_by_label: [dev]\n");
    EXPECT_EQ(doors::read_host_file(loaded).value().roles_by_label.size(), 1U);
}

} // namespace
} // namespace agent::cli
