#pragma once
// Definitions that are right, as tests read them.

#include "agent/definition/parse.hpp"
#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace agent::definition {

/// What no definition can be without.
constexpr std::string_view smallest =
    R"({"family": "f", "containerDefinitions": [{"name": "c", "image": "i"}]})";

inline TaskDefinition parsed(std::string_view text, Format format = Format::json) {
    const auto result = parse_task_definition(text, format, "t");
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? *result : TaskDefinition();
}

/// A definition that is taken, and what is said of it.
struct Taken {
    TaskDefinition task;
    std::vector<std::string> notices;
};

inline Taken taken(std::string_view text, Format format = Format::json, const Host& host = {}) {
    Findings findings;
    const auto result = parse_task_definition(text, format, "web.json", host, &findings);
    EXPECT_TRUE(result) << (result ? "" : result.error().what()) << text;
    Taken taken{result ? *result : TaskDefinition(), {}};
    for (const auto& notice : findings.notices)
        taken.notices.push_back(to_string(notice));
    return taken;
}

/// A container with a name and an image.
inline TaskDefinition plain() {
    return parsed(with_container(""));
}

} // namespace agent::definition
