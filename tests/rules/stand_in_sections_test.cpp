// The sections of /etc/ecs/host.yaml that say what stands here for what task definitions name.

#include "agent/rules/host_file.hpp"

#include "refusals.hpp"

#include <gtest/gtest.h>

namespace agent::rules {
namespace {

using stand_ins::LogDriver;
using stand_ins::MissingSecret;
using stand_ins::SecretSource;

TEST(StandInSections, AreReadInTheirOrderWithTheirLines) {
    const auto file = parse_host_file(R"(
values:
  "<FAMILY>": web
  "${CPU}": 256
images:
  "*.dkr.ecr.*.amazonaws.com/shop:*": "shop:dev"
  "<IMAGE1_NAME>": web:dev
volumes:
  fs-0123: /srv/files
logDrivers:
  splunk: engine
  awslogs: {driver: json-file, options: {max-size: 10m}}
secrets:
  "*:shop/db-*": {file: /etc/ecs/db.json, key: password}
  "/shop/*":
    program: [/usr/local/bin/secret, --plain]
    timeout: 5s
    missing: omit
  "*": {missing: omit}
)",
                                      "/h.yaml");
    ASSERT_TRUE(file) << file.error().what();
    const auto& here = file->stand_ins;
    EXPECT_EQ(here.file, "/h.yaml");
    EXPECT_EQ(here.values,
              (stand_ins::Section<std::string>{{"<FAMILY>", "web", 3}, {"${CPU}", "256", 4}}));
    EXPECT_EQ(here.images,
              (stand_ins::Section<std::string>{{"*.dkr.ecr.*.amazonaws.com/shop:*", "shop:dev", 6},
                                               {"<IMAGE1_NAME>", "web:dev", 7}}));
    EXPECT_EQ(here.volumes, (stand_ins::Section<std::string>{{"fs-0123", "/srv/files", 9}}));
    EXPECT_EQ(here.log_drivers, (stand_ins::Section<LogDriver>{
                                    {"splunk", {"engine", {}}, 11},
                                    {"awslogs", {"json-file", {{"max-size", "10m"}}}, 12}}));
    ASSERT_EQ(here.secrets.size(), 3U);
    SecretSource first;
    first.file = "/etc/ecs/db.json";
    first.key = "password";
    EXPECT_EQ(here.secrets[0].value, first);
    SecretSource second;
    second.program = {"/usr/local/bin/secret", "--plain"};
    second.timeout = std::chrono::seconds(5);
    second.missing = MissingSecret::omit;
    EXPECT_EQ(here.secrets[1].value, second);
    EXPECT_EQ(here.secrets[1].line, 15);
    EXPECT_EQ(here.secrets[2].value.missing, MissingSecret::omit);
}

TEST(StandInSectionsRefusal, APatternIsAskedOrIsAMistake) {
    expect_refusal(R"(images: {"*": a, "shop": b})",
                   "images.shop: is never asked: the entry before it is for all");
    expect_refusal(R"(images: {"": a})", "images: a pattern has 1 to 4096 characters");
    expect_refusal("images: [shop]", "images: expected an object, got a list");
    expect_refusal(R"(values: {"": a})",
                   "values: a name must not be empty or contain a NUL character");
}

TEST(StandInSectionsRefusal, WhatStandsThereIsOfItsKind) {
    expect_refusal("values: {A: [1]}", "values.A: expected a string, got a list");
    expect_refusal("images: {a: \"b c\"}",
                   R"(images.a: expected an image such as "shop:dev", got "b c")");
    expect_refusal("images: {a: \"\"}", "images.a: must not be empty");
    expect_refusal("volumes: {a: srv}", R"(volumes.a: expected an absolute path, got "srv")");
    expect_refusal("volumes: {a: \"/a:b\"}",
                   R"(volumes.a: expected an absolute path of this host without ':', got "/a:b")");
    expect_refusal(
        "logDrivers: {a: \"\"}",
        R"(logDrivers.a: expected "auto", "engine" or a log driver such as "json-file", got "")");
    expect_refusal("logDrivers: {a: {options: {b: c}}}", "logDrivers.a.driver: required");
    expect_refusal("logDrivers: {a: {driver: auto, options: {b: c}}}",
                   "logDrivers.a.options: only for a driver that is named");
    expect_refusal("logDrivers: {a: {driver: splunk, options: {splunk-token: 17}}}",
                   "logDrivers.a.options.splunk-token: expected a string (quote it), got a number");
}

TEST(StandInSectionsRefusal, ASecretComesFromOnePlace) {
    expect_refusal("secrets: {a: /etc/x}", R"(secrets.a: expected an object, got "/etc/x")");
    expect_refusal("secrets: {a: {}}",
                   "secrets.a: says neither file nor program nor that the secret "
                   "is left out (missing: omit)");
    expect_refusal("secrets: {a: {file: /x, program: [/y]}}",
                   "secrets.a: a secret comes from a file or from a program, not from both");
    expect_refusal("secrets: {a: {missing: omit, key: b}}",
                   "secrets.a.key: of a file or of what a program prints; there is neither");
    expect_refusal("secrets: {a: {file: /x, timeout: 5s}}",
                   "secrets.a.timeout: of a program, and there is none");
    expect_refusal("secrets: {a: {file: x}}",
                   R"(secrets.a.file: expected an absolute path, got "x")");
    expect_refusal(
        "secrets: {a: {program: [sh, -c, x]}}",
        "secrets.a.program: expected a list: a program's absolute path, then its arguments, got a "
        "list");
    for (const std::string timeout : {"0s", "21s", "5", "s", "5m"})
        expect_refusal("secrets: {a: {program: [/y], timeout: \"" + timeout + "\"}}",
                       R"(secrets.a.timeout: expected a duration from 1s to 20s, got ")" + timeout +
                           '"');
    expect_refusal("secrets: {a: {file: /x, missing: ignore}}",
                   R"(secrets.a.missing: expected "stop" or "omit", got "ignore")");
    expect_refusal("secrets: {a: {file: /x, value: y}}", "secrets.a.value: unknown field");
}

} // namespace
} // namespace agent::rules
