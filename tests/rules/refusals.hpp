#pragma once
// What is expected of a host file that is wrong.

#include "agent/rules/host_file.hpp"

#include <gtest/gtest.h>

#include <string>

namespace agent::rules {

inline void expect_refusal(const std::string& yaml, const std::string& what) {
    const auto file = parse_host_file(yaml);
    ASSERT_FALSE(file) << yaml;
    EXPECT_EQ(file.error().code(), base::Errc::invalid_argument) << yaml;
    EXPECT_EQ(file.error().what(), what) << yaml;
}

} // namespace agent::rules
