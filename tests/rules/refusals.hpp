#pragma once
// What is expected of a host file that is wrong.

#include "agent/rules/host_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::rules {

/// `line` is that of the field; 0 for what is no YAML.
inline void expect_refusal(const std::string& yaml, const std::string& what, int line = 1) {
    const auto file = parse_host_file(yaml);
    ASSERT_FALSE(file) << yaml;
    EXPECT_EQ(file.error().code(), base::Errc::invalid_argument) << yaml;
    const auto place = line > 0 ? "line " + std::to_string(line) + ": " : std::string();
    EXPECT_EQ(file.error().what(), place + what) << yaml;
}

} // namespace agent::rules
