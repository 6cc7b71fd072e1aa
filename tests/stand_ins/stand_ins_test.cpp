// What stands for what: the first entry that matches, and no other.

#include "agent/stand_ins/stand_ins.hpp"

#include <gtest/gtest.h>

namespace agent::stand_ins {
namespace {

TEST(StandIns, TheFirstImageThatMatchesCounts) {
    const Section<std::string> images{{"*.dkr.ecr.*.amazonaws.com/shop:*", "shop:dev", 0},
                                      {"<IMAGE1_NAME>", "web:dev", 0},
                                      {"{{ must_env `IMAGE` }}", "web:env", 0},
                                      {"nginx", "nginx:1.25", 0},
                                      {"*.dkr.ecr.*", "other", 0}};
    const auto stands_for = [&](std::string_view image) {
        const auto* entry = find_image(images, image);
        return entry == nullptr ? std::string() : entry->value;
    };
    EXPECT_EQ(stands_for("123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:abc"), "shop:dev");
    EXPECT_EQ(stands_for("123456789012.dkr.ecr.eu-west-1.amazonaws.com/api:abc"), "other");
    EXPECT_EQ(stands_for("<IMAGE1_NAME>"), "web:dev");
    EXPECT_EQ(stands_for("{{ must_env `IMAGE` }}"), "web:env");
    EXPECT_EQ(stands_for("nginx:alpine"), "nginx:1.25") << "with its tag or without";
    EXPECT_EQ(stands_for("docker.io/library/nginx"), "nginx:1.25");
    EXPECT_EQ(stands_for("mine/nginx"), "");
}

TEST(StandIns, ALogDriverIsAutomaticUnlessItIsSaid) {
    StandIns host;
    EXPECT_TRUE(is_log_driver_automatic(host, "awslogs"));
    host.log_drivers = {{"splunk", {"json-file", {}}, 0}, {"aws*", {"awslogs", {}}, 0}};
    EXPECT_FALSE(is_log_driver_automatic(host, "awslogs"));
    EXPECT_FALSE(is_log_driver_automatic(host, "splunk"));
    EXPECT_TRUE(is_log_driver_automatic(host, "fluentd"));
    host.log_drivers = {{"*", {"auto", {}}, 0}};
    EXPECT_TRUE(is_log_driver_automatic(host, "awslogs"));
}

TEST(StandIns, PlaceHoldersAreReplacedOnceFromLeftToRight) {
    const Section<std::string> values{{"<A>", "<B>", 0}, {"<B>", "b", 0}, {"${X}", "", 0}};
    std::vector<const Entry<std::string>*> used;
    std::string text = "<A>-<B>-<B>-${X}-<C>";
    auto left = max_values_put_in;
    EXPECT_TRUE(replace_values(text, values, used, left));
    EXPECT_EQ(text, "<B>-b-b--<C>") << "what was put in is not looked at again";
    EXPECT_EQ(used.size(), 3U);
    EXPECT_EQ(left, max_values_put_in - 5);
    std::string none = "nothing";
    EXPECT_TRUE(replace_values(none, values, used, left));
    EXPECT_EQ(none, "nothing");
    EXPECT_EQ(used.size(), 3U);
}

TEST(StandIns, WhatIsPutIntoTextsHasALimit) {
    const Section<std::string> values{{"x", std::string(4096, 'a'), 0}};
    std::vector<const Entry<std::string>*> used;
    auto left = max_values_put_in;
    std::string much(max_values_put_in / 4096, 'x');
    EXPECT_TRUE(replace_values(much, values, used, left));
    EXPECT_EQ(much.size(), max_values_put_in);
    EXPECT_EQ(left, 0U);
    std::string more = "one x more";
    EXPECT_FALSE(replace_values(more, values, used, left));
    EXPECT_EQ(more, "one x more");
}

TEST(StandIns, APlaceIsAFileAndALine) {
    EXPECT_EQ(place_of("/h.yaml", Entry<std::string>{"a", "b", 7}), "/h.yaml:7");
    EXPECT_EQ(place_of("/h.yaml", Entry<std::string>{"a", "b", 0}), "/h.yaml");
}

} // namespace
} // namespace agent::stand_ins
