// docs/task-definitions.md has a row for every honoured field, and calls no other field honoured.
// Its tables stand under headings that name the object in backticks; a row begins with the field.

#include "agent/definition/field_names.hpp"
#include "agent/tables/unsupported_fields.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <set>

namespace agent::definition {
namespace {

/// The words in backticks.
std::vector<std::string> code_words(std::string_view text) {
    std::vector<std::string> words;
    for (auto open = text.find('`'); open != std::string_view::npos; open = text.find('`')) {
        text.remove_prefix(open + 1);
        const auto close = text.find('`');
        words.emplace_back(text.substr(0, close));
        text.remove_prefix(close == std::string_view::npos ? text.size() : close + 1);
    }
    return words;
}

/// The paths of all fields that the page calls honoured or required.
std::set<std::string> documented_fields() {
    std::ifstream page(TASK_DEFINITIONS_PAGE);
    std::set<std::string> paths;
    std::string object;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## Fields of the task"))
            object.clear();
        else if (line.starts_with("#") && !code_words(line).empty())
            object = code_words(line).front() + ".";
        if (!line.starts_with("| `"))
            continue;
        const auto second = line.find(" | ");
        const auto support = std::string_view(line).substr(second + 3);
        if (support.starts_with("honoured") || support.starts_with("required"))
            for (const auto& name : code_words(line.substr(0, second)))
                paths.insert(object + name);
    }
    return paths;
}

TEST(Documentation, HasARowForEveryHonouredField) {
    const auto documented = documented_fields();
    for (const auto& path : honoured_fields())
        EXPECT_TRUE(documented.contains(path)) << path;
}

TEST(Documentation, CallsNoOtherFieldHonoured) {
    const auto honoured = honoured_fields();
    for (const auto& path : documented_fields())
        EXPECT_NE(std::ranges::find(honoured, path), honoured.end()) << path;
}

/// What the table under "What is not supported" has, but for what is refused always.
std::set<std::string> documented_as_unsupported() {
    std::ifstream page(TASK_DEFINITIONS_PAGE);
    std::set<std::string> fields;
    bool is_there = false;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("## "))
            is_there = line == "## What is not supported";
        const auto second = line.find(" | ");
        if (!is_there || !line.starts_with("| `") ||
            line.find("refuse always") != std::string::npos)
            continue;
        for (const auto& word : code_words(line.substr(0, second)))
            if (std::ranges::find(tables::unsupported_fields, word) !=
                    tables::unsupported_fields.end() ||
                word.find('.') != std::string::npos)
                fields.insert(word);
    }
    return fields;
}

TEST(Documentation, HasARowForEveryUnsupportedField) {
    const auto documented = documented_as_unsupported();
    EXPECT_EQ(documented, std::set<std::string>(tables::unsupported_fields.begin(),
                                                tables::unsupported_fields.end()));
}

} // namespace
} // namespace agent::definition
