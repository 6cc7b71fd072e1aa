// Only that each is read wholly; that each does what it is for is tried on the engine, in
// tests/integration/examples_test.cpp. What stands beside tasks is read with its comments taken away, too.

#include "agent/definition/tasks_folder.hpp"
#include "agent/rules/host_file.hpp"
#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <set>
#include <sstream>

namespace agent::definition {
namespace {

std::string read_example(const std::string& file) {
    std::ostringstream text;
    text << std::ifstream(EXAMPLES_FOLDER "/" + file).rdbuf();
    EXPECT_FALSE(text.str().empty()) << file;
    return text.str();
}

/// With the lines that are meant to be taken: those with a '#' that no text follows, which has one blank.
std::string without_comments(const std::string& text) {
    std::istringstream lines(text);
    std::string all;
    for (std::string line; std::getline(lines, line);)
        all += std::regex_replace(line, std::regex("^#([^ ]|  )"), "$1") + '\n';
    return all;
}

TEST(Examples, AreSoundTaskDefinitions) {
    const auto reading = read_tasks_folder(EXAMPLES_FOLDER, {});
    ASSERT_TRUE(reading);
    EXPECT_FALSE(reading->files.empty());
    for (const auto& file : reading->files) {
        ASSERT_TRUE(file.definition) << file.definition.error().what();
        EXPECT_EQ(file.findings.passed_over, std::vector<std::string>{}) << file.name;
    }
}

TEST(Examples, OverridesStandBesideTheirTask) {
    const auto reading = read_tasks_folder(EXAMPLES_FOLDER, {});
    ASSERT_TRUE(reading);
    EXPECT_EQ(reading->lone_overrides, std::vector<std::string>{});
    std::set<std::string> overrides;
    for (const auto& file : reading->files)
        if (!file.overrides.empty())
            overrides.insert(file.name + ": " + file.overrides);
    EXPECT_EQ(overrides, std::set<std::string>{"web-bridge.json: web-bridge.overrides.yaml"});
}

TEST(Examples, OverridesAreSoundWithAllThatIsCommentedOut) {
    const fakes::TemporaryFolder folder;
    folder.write("web-bridge.json", read_example("web-bridge.json"));
    folder.write("web-bridge.overrides.yaml",
                 without_comments(read_example("web-bridge.overrides.yaml")));
    const auto reading = read_tasks_folder(folder.path(), {});
    ASSERT_TRUE(reading);
    ASSERT_EQ(reading->files.size(), 1U);
    const auto& definition = reading->files.front().definition;
    ASSERT_TRUE(definition) << definition.error().what();
    EXPECT_EQ(definition->containers.at(0).image, "web:dev");
}

TEST(Examples, HostFileSaysNothingAsItStandsThere) {
    const auto file = rules::parse_host_file(read_example("host/host.yaml"), "/h");
    ASSERT_TRUE(file) << file.error().what();
    EXPECT_EQ(*file, rules::parse_host_file("", "/h").value());
}

TEST(Examples, HostFileIsSoundWithAllThatIsCommentedOut) {
    const auto file =
        rules::parse_host_file(without_comments(read_example("host/host.yaml")), "/h");
    ASSERT_TRUE(file) << file.error().what();
    const auto& says = file->stand_ins;
    for (const auto entries :
         {says.values.size(), says.images.size(), says.volumes.size(), says.log_drivers.size(),
          says.secrets.size(), file->containers.size(), file->roles_by_label.size()})
        EXPECT_GT(entries, 0U) << "each section has its example";
}

TEST(Examples, HaveFamiliesOfTheirOwn) {
    const auto reading = read_tasks_folder(EXAMPLES_FOLDER, {});
    ASSERT_TRUE(reading);
    std::set<std::string> families;
    for (const auto& file : reading->files) {
        ASSERT_TRUE(file.definition) << file.name;
        EXPECT_TRUE(families.insert(file.definition->family).second) << file.name;
    }
}

} // namespace
} // namespace agent::definition
