#include "agent/config/command_line.hpp"
#include "agent/config/load.hpp"
#include "agent/config/options.hpp"
#include "base/files.hpp"

#include <gtest/gtest.h>

namespace agent::config {
namespace {

TEST(PrintConfig, SaysTheValueAndWhereItIsFrom) {
    Sources sources;
    sources.flags = {{"--cluster", "web"}};
    sources.ecs_config = FileText{"/etc/ecs/ecs.config", "ECS_CONTAINER_STOP_TIMEOUT=90s\n"};
    const auto text = print_config(assemble(sources).value());
    for (const auto* line :
         {"cluster: web  # --cluster on the command line\n",
          "container_stop_timeout: 1m30s  # ECS_CONTAINER_STOP_TIMEOUT in /etc/ecs/ecs.config line "
          "1\n",
          "region: us-east-1  # default\n", "availability_zone: \"\"  # default\n",
          "docker_host: unix:///var/run/docker.sock  # default\n", "task_tags: {}  # default\n",
          "link_local_pool: 169.254.172.0/22  # default\n"})
        EXPECT_NE(text.find(line), std::string::npos) << line << "\nin\n" << text;
}

// What is printed may be saved as the file: it reads back as the same values.
TEST(PrintConfig, IsAConfigurationFile) {
    Sources sources;
    sources.flags = {{"--tasks-dir", "/srv/a b: # c"},
                     {"--task-tags", R"({"a": "x: y # z", "null": "~"})"},
                     {"--introspection-listen", "::1,10.0.0.1"},
                     {"--bridge-name", "null"},
                     {"--data-dir", "/run/\"q\"\\é"},
                     {"--awsvpc-subnet", "10.0.0.0/16"},
                     {"--account-id", "001234567890"}};
    const auto first = assemble(sources);
    ASSERT_TRUE(first) << first.error().what();
    Sources again;
    again.yaml = FileText{"/y", print_config(*first)};
    const auto second = assemble(again);
    ASSERT_TRUE(second) << second.error().what();
    for (const auto& row : rows())
        EXPECT_EQ(row.show(second->config), row.show(first->config)) << row.key;
}

TEST(PrintConfig, HidesLogins) {
    Sources sources;
    sources.environment = {
        {"ECS_ENGINE_AUTH_TYPE", "docker"},
        {"ECS_ENGINE_AUTH_DATA", R"({"r":{"username":"MARKER","password":"MARKER"}})"}};
    const auto text = print_config(assemble(sources).value());
    EXPECT_NE(
        text.find("engine_auth_data: \"<hidden>\"  # ECS_ENGINE_AUTH_DATA in the environment"),
        std::string::npos)
        << text;
    EXPECT_EQ(text.find("MARKER"), std::string::npos) << text;
}

TEST(Reference, IsTheDocumentationPage) {
    const auto page = base::read_file(REFERENCE_PAGE, 1 << 20);
    ASSERT_TRUE(page) << page.error().what();
    EXPECT_EQ(*page, render_reference())
        << "write it anew: ecs-node-agent print-config --reference > docs/configuration.md";
}

TEST(Reference, HasEverySetting) {
    const auto page = render_reference();
    for (const auto& row : rows())
        EXPECT_NE(page.find("| `" + std::string(row.key) + "` | `" + std::string(row.environment)),
                  std::string::npos)
            << row.key;
}

// It is written by hand; what was once forgotten there is looked for.
TEST(ManPage, SaysWhatIsReadShownAndChecked) {
    const auto page = base::read_file(MAN_PAGE, 1 << 20);
    ASSERT_TRUE(page) << page.error().what();
    for (const auto& [status, meaning] : exit_codes())
        EXPECT_NE(page->find("\n.It " + std::to_string(static_cast<int>(status)) + '\n'),
                  std::string::npos)
            << meaning;
    for (const auto* words :
         {"the credentials file, the host file and the tasks folder again.",
          "what becomes of fields that\nare not supported, and what stands here",
          "has no effect here: keys\n", "but one that ends in\n.Pa .overrides.json ,",
          ".Dl ecs-node-agent check-config task-definition.json\n"})
        EXPECT_NE(page->find(words), std::string::npos) << words;
}

} // namespace
} // namespace agent::config
