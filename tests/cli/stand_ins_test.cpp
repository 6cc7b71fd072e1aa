// What print-config shows of what stands here for what task definitions name.

#include "agent/cli/stand_ins.hpp"

#include <gtest/gtest.h>

namespace agent::cli {
namespace {

TEST(StandInsShown, AreLinesOfCommentsWithoutWhatMayBeASecret) {
    stand_ins::StandIns here;
    here.file = "/h.yaml";
    here.values = {{"<A>\nb", "hunter22", 1}};
    here.images = {{"*/shop", "shop:dev", 2}};
    here.volumes = {{"fs-1", "/srv", 3}};
    here.log_drivers = {{"awslogs", {"splunk", {{"splunk-token", "hunter22"}}}, 4}};
    stand_ins::SecretSource file;
    file.file = "/f";
    file.key = "k";
    stand_ins::SecretSource program;
    program.program = {"/p", "x"};
    program.missing = stand_ins::MissingSecret::omit;
    stand_ins::SecretSource none;
    none.missing = stand_ins::MissingSecret::omit;
    here.secrets = {{"a", file, 5}, {"b", program, 6}, {"*", none, 7}};
    EXPECT_EQ(
        render_stand_ins(here),
        "#\n# What stands here for what task definitions name (docs/host.md), by /h.yaml, the "
        "first that matches counts:\n"
        "#     values: <A>?b\n"
        "#     images: */shop -> shop:dev\n"
        "#     volumes: fs-1 -> /srv\n"
        "#     logDrivers: awslogs -> splunk, splunk-token\n"
        "#     secrets: a -> file /f, key k\n"
        "#     secrets: b -> program /p x, left out where it is missing\n"
        "#     secrets: * -> left out\n");
    EXPECT_NE(render_stand_ins({}).find("#     nothing\n"), std::string::npos);
}

} // namespace
} // namespace agent::cli
