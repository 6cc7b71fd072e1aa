// The refusals of what containers of a task say of each other, with their exact words.

#include "tests/definition/refusal.hpp"

#include <gtest/gtest.h>

namespace agent::definition {
namespace {

/// Two containers, a with `fields` and b with `others`.
std::string two(std::string_view fields, std::string_view others = R"("essential": true)") {
    return fault(with_containers(R"({"name": "a", "image": "i", )" + std::string(fields) +
                                 R"(}, {"name": "b", "image": "i", )" + std::string(others) + "}"));
}

const std::string first = "web.json: containerDefinitions[0].";

TEST(OrderRefusals, OfMalformedFields) {
    EXPECT_EQ(two(R"("dependsOn": [{"containerName": "b"}])"),
              first + "dependsOn[0].condition: required");
    EXPECT_EQ(two(R"("dependsOn": [{"condition": "START"}])"),
              first + "dependsOn[0].containerName: required");
    EXPECT_EQ(two(R"("dependsOn": [{"containerName": "b", "condition": "start"}])"),
              first + "dependsOn[0].condition: expected \"START\", \"COMPLETE\", \"SUCCESS\" or "
                      "\"HEALTHY\", got \"start\"");
    for (const std::string link : {"b:", ":b", "a b", "b:c:d"})
        EXPECT_EQ(two(R"("links": [")" + link + "\"]"),
                  first + R"(links[0]: expected "container" or "container:alias", got ")" + link +
                      '"');
    EXPECT_EQ(two(R"("volumesFrom": [{}])"), first + "volumesFrom[0].sourceContainer: required");
}

TEST(OrderRefusals, OfContainersThatAreNotThere) {
    EXPECT_EQ(two(R"("dependsOn": [{"containerName": "c", "condition": "START"}])"),
              first + "dependsOn[0].containerName: no container \"c\" in the task");
    EXPECT_EQ(two(R"("links": ["b", "c:b"])"), first + "links[1]: no container \"c\" in the task");
    EXPECT_EQ(two(R"("volumesFrom": [{"sourceContainer": "c"}])"),
              first + "volumesFrom[0].sourceContainer: no container \"c\" in the task");
}

TEST(OrderRefusals, OfTheContainerItself) {
    EXPECT_EQ(two(R"("dependsOn": [{"containerName": "a", "condition": "START"}])"),
              first + "dependsOn[0].containerName: names its own container");
    EXPECT_EQ(two(R"("links": ["a:b"])"), first + "links[0]: names its own container");
    EXPECT_EQ(two(R"("volumesFrom": [{"sourceContainer": "a"}])"),
              first + "volumesFrom[0].sourceContainer: names its own container");
}

TEST(OrderRefusals, OfHealthThatNobodyChecks) {
    constexpr std::string_view healthy =
        R"("dependsOn": [{"containerName": "b", "condition": "HEALTHY"}])";
    const auto reason =
        first + "dependsOn[0].condition: HEALTHY needs a healthCheck of the container \"b\"";
    EXPECT_EQ(two(healthy), reason);
    EXPECT_EQ(two(healthy, R"("healthCheck": {"command": ["NONE"]})"), reason);
    EXPECT_EQ(two(healthy, R"("healthCheck": {"command": ["CMD", "true"]})"), "no error");
}

TEST(OrderRefusals, OfTheEndOfAnEssentialContainer) {
    for (const std::string condition : {"COMPLETE", "SUCCESS"}) {
        const auto depends =
            R"("dependsOn": [{"containerName": "b", "condition": ")" + condition + "\"}]";
        EXPECT_EQ(two(depends), first + "dependsOn[0].condition: " + condition +
                                    " needs \"essential\": false of the container \"b\", since a "
                                    "task ends with an essential one");
        EXPECT_EQ(two(depends, R"("essential": false)"), "no error");
    }
}

TEST(OrderRefusals, OfCircles) {
    constexpr std::string_view on_b =
        R"("dependsOn": [{"containerName": "b", "condition": "START"}])";
    EXPECT_EQ(two(on_b, R"("links": ["a"])"),
              "web.json: containerDefinitions: a circle of dependsOn, links and volumesFrom: "
              "a -> b -> a");
    EXPECT_EQ(fault(with_containers(R"(
                  {"name": "a", "image": "i", "links": ["b"]},
                  {"name": "b", "image": "i", "volumesFrom": [{"sourceContainer": "c"}]},
                  {"name": "c", "image": "i", "links": ["d", "b"]},
                  {"name": "d", "image": "i"})")),
              "web.json: containerDefinitions: a circle of dependsOn, links and volumesFrom: "
              "b -> c -> b");
    // Several ways to the same container are no circle.
    EXPECT_EQ(fault(with_containers(R"(
                  {"name": "a", "image": "i", "links": ["b", "c"]},
                  {"name": "b", "image": "i", "links": ["d"]},
                  {"name": "c", "image": "i", "links": ["d"], "volumesFrom": [
                      {"sourceContainer": "b"}]},
                  {"name": "d", "image": "i"})")),
              "no error");
}

} // namespace
} // namespace agent::definition
