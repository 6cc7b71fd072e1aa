#include "agent/config/command_line.hpp"
#include "agent/config/options.hpp"

#include <gtest/gtest.h>

namespace agent::config {
namespace {

using Arguments = std::vector<std::string>;

Invocation parsed(const Arguments& arguments) {
    auto result = parse_command_line(arguments);
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? std::move(*result) : Invocation{};
}

std::string fault_of(const Arguments& arguments) {
    const auto result = parse_command_line(arguments);
    return result ? "no error" : result.error().what();
}

TEST(CommandLine, KnowsItsCommands) {
    EXPECT_EQ(parsed({"daemon"}).command, Command::daemon);
    EXPECT_EQ(parsed({"check-config"}).command, Command::check_config);
    EXPECT_EQ(parsed({"print-config"}).command, Command::print_config);
    EXPECT_EQ(parsed({"explain", "web"}).command, Command::explain);
    EXPECT_EQ(parsed({"teardown"}).command, Command::teardown);
    EXPECT_EQ(parsed({"version"}).command, Command::version);
    EXPECT_EQ(parsed({"--help"}).command, Command::help);
    EXPECT_EQ(parsed({"-h"}).command, Command::help);
}

TEST(CommandLine, ChecksTheFilesThatItIsGiven) {
    using Files = std::vector<std::string>;
    EXPECT_EQ(parsed({"check-config"}).definitions, Files{});
    const auto invocation = parsed({"check-config", "a.json", "--json", "../b.yaml", "-"});
    EXPECT_EQ(invocation.definitions, (Files{"a.json", "../b.yaml", "-"}));
    EXPECT_TRUE(invocation.json);
    EXPECT_EQ(parsed({"check-config", "a.json", "--region", "eu-west-1"}).flags.size(), 1U);
    EXPECT_TRUE(parsed({"check-config", "--json"}).json) << "of the tasks folder";
}

TEST(CommandLine, TakesFlagsBeforeAndAfterTheCommand) {
    const auto invocation = parsed({"--cluster", "web", "daemon", "--tasks-dir=/t", "--log-level",
                                    "debug", "--log-level", "warn"});
    EXPECT_EQ(invocation.command, Command::daemon);
    ASSERT_EQ(invocation.flags.size(), 3u);
    EXPECT_EQ(invocation.flags[0].flag, "--cluster");
    EXPECT_EQ(invocation.flags[0].value, "web");
    EXPECT_EQ(invocation.flags[1].flag, "--tasks-dir");
    EXPECT_EQ(invocation.flags[1].value, "/t");
    EXPECT_EQ(invocation.flags[2].value, "warn") << "the last one counts";
}

TEST(CommandLine, PassesListsAndTagsOnAsTheyAre) {
    for (const std::string text :
         {R"({"a": "b, c"})", R"(["::1", "10.0.0.1"])", "{}", "[]", "a,b"}) {
        const auto invocation = parsed({"daemon", "--task-tags", text});
        ASSERT_EQ(invocation.flags.size(), 1u);
        EXPECT_EQ(invocation.flags[0].value, text);
    }
}

TEST(CommandLine, RequiresOnlyFilesThatWereNamed) {
    const auto without = parsed({"daemon"}).files;
    EXPECT_EQ(without.yaml, "/etc/ecs/ecs-node-agent.yaml");
    EXPECT_EQ(without.ecs_config, "/etc/ecs/ecs.config");
    EXPECT_FALSE(without.yaml_required || without.ecs_config_required);
    const auto with = parsed({"daemon", "--config", "/y", "--ecs-config=/e"}).files;
    EXPECT_EQ(with.yaml, "/y");
    EXPECT_EQ(with.ecs_config, "/e");
    EXPECT_TRUE(with.yaml_required && with.ecs_config_required);
}

TEST(CommandLine, HasTheReferencePage) {
    EXPECT_FALSE(parsed({"print-config"}).reference);
    EXPECT_TRUE(parsed({"print-config", "--reference"}).reference);
    EXPECT_EQ(fault_of({"daemon", "--reference"}),
              "The following argument was not expected: --reference; see --help");
}

TEST(CommandLine, ExplainsOneContainer) {
    const auto invocation = parsed({"explain", "web", "--json", "--region", "eu-west-1"});
    EXPECT_EQ(invocation.explained, "web");
    EXPECT_TRUE(invocation.json);
    ASSERT_EQ(invocation.flags.size(), 1U);
    EXPECT_FALSE(parsed({"--region", "eu-west-1", "explain", "web"}).json);
    EXPECT_EQ(fault_of({"explain"}), "container is required; see --help");
    EXPECT_NE(fault_of({"explain", "web", "cache"}), "no error");
}

TEST(CommandLine, SaysWhatIsWrong) {
    EXPECT_EQ(fault_of({}), "a command is needed, such as daemon; see --help");
    EXPECT_EQ(fault_of({"--cluster", "web"}), "a command is needed, such as daemon; see --help");
    EXPECT_EQ(fault_of({"deamon"}), "The following argument was not expected: deamon; see --help");
    EXPECT_EQ(fault_of({"daemon", "--clutser", "web"}),
              "The following arguments were not expected: web --clutser; see --help");
    EXPECT_EQ(fault_of({"daemon", "--cluster"}), "--cluster: 1 required text missing; see --help");
    EXPECT_NE(fault_of({"daemon", "teardown"}), "no error");
}

TEST(CommandLine, ReadsMainsParameters) {
    const char* argv[] = {"ecs-node-agent", "daemon", "--cluster=web", nullptr};
    const auto invocation = parse_command_line(3, argv);
    ASSERT_TRUE(invocation);
    EXPECT_EQ(invocation->command, Command::daemon);
    EXPECT_EQ(invocation->flags.at(0).value, "web");
    EXPECT_FALSE(parse_command_line(1, argv));
    EXPECT_FALSE(parse_command_line(0, argv));
}

TEST(Help, ListsCommandsSettingsFilesAndExitStatus) {
    for (const auto& arguments : {Arguments{"--help"}, Arguments{"daemon", "--help"}}) {
        const auto help = parsed(arguments).help;
        for (const auto* part : {"check-config", "teardown", "--config FILE",
                                 "Exit status:", "  5  another agent runs on this host",
                                 "  6  the state file is of a newer version of the agent",
                                 "/etc/ecs/ecs-node-agent.yaml", "/etc/ecs/tasks.d  ",
                                 "/etc/ecs/credentials.yaml  ", "/etc/ecs/host.yaml  ", "explain"})
            EXPECT_NE(help.find(part), std::string::npos) << part << "\nin\n" << help;
        for (const auto& row : rows()) {
            EXPECT_NE(help.find(flag_of(row) + " "), std::string::npos) << row.key;
            EXPECT_NE(help.find(std::string(row.environment)), std::string::npos) << row.key;
        }
    }
}

} // namespace
} // namespace agent::config
