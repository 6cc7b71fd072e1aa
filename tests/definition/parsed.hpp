#pragma once
// Definitions that are right, as tests read them.

#include "agent/definition/parse.hpp"

#include <gtest/gtest.h>

namespace agent::definition {

/// What no definition can be without.
constexpr std::string_view smallest =
    R"({"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]})";

inline TaskDefinition parsed(std::string_view text, Format format = Format::json) {
    const auto result = parse_task_definition(text, format, "t");
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? *result : TaskDefinition();
}

} // namespace agent::definition
