// Only that each is read wholly; that each does what it is for is tried on the engine, in
// tests/integration/examples_test.cpp.

#include "agent/definition/tasks_folder.hpp"

#include <gtest/gtest.h>

#include <set>

namespace agent::definition {
namespace {

TEST(Examples, AreSoundTaskDefinitions) {
    const auto reading = read_tasks_folder(EXAMPLES_FOLDER, {});
    ASSERT_TRUE(reading);
    EXPECT_FALSE(reading->files.empty());
    for (const auto& file : reading->files) {
        ASSERT_TRUE(file.definition) << file.definition.error().what();
        EXPECT_EQ(file.findings.passed_over, std::vector<std::string>{}) << file.name;
    }
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
