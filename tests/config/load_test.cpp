#include "agent/config/load.hpp"
#include "agent/config/options.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <random>
#include <set>

namespace agent::config {
namespace {

using namespace std::chrono_literals;
using base::Errc;

/// All sources, each as its text.
struct Given {
    std::string yaml = {};
    std::string ecs_config = {};
    Environment environment = {};
    std::vector<FlagValue> flags = {};
};

base::Result<Loaded> assembled(const Given& given) {
    Sources sources{given.flags, given.environment, {}, {}};
    sources.yaml = FileText{"/y", given.yaml};
    sources.ecs_config = FileText{"/e", given.ecs_config};
    return assemble(sources);
}

Loaded loaded(const Given& given) {
    auto result = assembled(given);
    EXPECT_TRUE(result) << (result ? "" : result.error().what());
    return result ? std::move(*result) : Loaded{};
}

std::string fault(const Given& given) {
    const auto result = assembled(given);
    if (result)
        return "no error";
    EXPECT_EQ(result.error().code(), Errc::invalid_argument);
    return result.error().what();
}

TEST(Load, HasDefaultsThatAreValid) {
    const auto result = assemble({});
    ASSERT_TRUE(result);
    EXPECT_EQ(result->config.cluster, "default");
    EXPECT_EQ(result->config.region, "us-east-1");
    EXPECT_EQ(result->config.account_id, "000000000000");
    EXPECT_EQ(result->config.container_stop_timeout, 30s);
    EXPECT_TRUE(result->config.enable_container_metadata);
    EXPECT_TRUE(result->warnings.empty());
    EXPECT_FALSE(is_set(*result, "cluster"));
    EXPECT_EQ(origin_of(*result, "cluster").where, "default");
}

TEST(Load, RanksYamlBelowEcsConfigBelowEnvironmentBelowFlags) {
    Given given;
    const auto cluster = [&](Layer layer, const std::string& where) {
        const auto result = loaded(given);
        EXPECT_EQ(origin_of(result, "cluster").layer, layer);
        EXPECT_EQ(origin_of(result, "cluster").where, where);
        return result.config.cluster;
    };
    given.yaml = "cluster: from-yaml\n";
    EXPECT_EQ(cluster(Layer::yaml, "cluster in /y"), "from-yaml");
    given.ecs_config = "ECS_CLUSTER=from-file\n";
    EXPECT_EQ(cluster(Layer::ecs_config, "ECS_CLUSTER in /e line 1"), "from-file");
    given.environment = {{"ECS_CLUSTER", "from-environment"}};
    EXPECT_EQ(cluster(Layer::environment, "ECS_CLUSTER in the environment"), "from-environment");
    given.flags = {{"--cluster", "from-flag"}};
    EXPECT_EQ(cluster(Layer::flag, "--cluster on the command line"), "from-flag");
}

TEST(Load, ReadsYamlOfEveryKind) {
    const auto config = loaded({.yaml = R"(# comment
cluster: web
account_id: 012345678901
loop_watchdog: 20ms
http_max_body: 1MiB
enable_container_metadata: false
link_local_pool: 169.254.176.0/22
awsvpc_subnet: 10.9.0.0/16
http_max_connections: 500
introspection_listen: [10.0.0.1, "::1"]
container_instance_tags: {team: a, number: 5}
task_tags:
  stage: test
log_level: debug
region:
)"})
                            .config;
    EXPECT_EQ(config.cluster, "web");
    EXPECT_EQ(config.account_id, "012345678901");
    EXPECT_EQ(config.loop_watchdog, 20ms);
    EXPECT_EQ(config.http_max_body.bytes, 1u << 20);
    EXPECT_FALSE(config.enable_container_metadata);
    EXPECT_EQ(config.link_local_pool, (Ipv4Network{0xA9FEB000, 22}));
    EXPECT_EQ(config.awsvpc_subnet, (Ipv4Network{0x0A090000, 16}));
    EXPECT_EQ(config.http_max_connections, 500u);
    EXPECT_EQ(config.introspection_listen, (List{"10.0.0.1", "::1"}));
    EXPECT_EQ(config.container_instance_tags, (Tags{{"number", "5"}, {"team", "a"}}));
    EXPECT_EQ(config.task_tags, (Tags{{"stage", "test"}}));
    EXPECT_EQ(config.log_level, base::log::Level::debug);
    EXPECT_EQ(config.region, "us-east-1") << "an empty value is unset";
}

TEST(Load, ReadsEcsConfigWithCommentsQuotesAndBlanks) {
    const auto result = loaded({.ecs_config = "# a comment\n\n"
                                              "ECS_CLUSTER=web\r\n"
                                              "  ECS_DATADIR = \"/srv/data\"  \n"
                                              "ECS_CONTAINER_INSTANCE_TAGS='{\"a\": \"b=c\"}'\n"
                                              "ECS_LOGLEVEL=\n"
                                              "ECS_CONTAINER_STOP_TIMEOUT=1m\n"
                                              "ECS_CONTAINER_STOP_TIMEOUT=2m"});
    EXPECT_EQ(result.config.cluster, "web");
    EXPECT_EQ(result.config.data_dir, "/srv/data");
    EXPECT_EQ(result.config.container_instance_tags, (Tags{{"a", "b=c"}}));
    EXPECT_EQ(result.config.container_stop_timeout, 2min) << "the last one counts";
    EXPECT_FALSE(is_set(result, "log_level")) << "an empty value is unset";
}

TEST(Load, WarnsOfUnknownKeysInEcsConfigOnly) {
    const auto result = loaded({.ecs_config = "ECS_CLUSTER=web\nCLUSTER=x\n",
                                .environment = {{"ECS_NONSENSE", "x"}, {"PATH", "/bin"}}});
    EXPECT_EQ(result.warnings,
              std::vector<std::string>{"/e line 2: unknown key CLUSTER, ignoring"});
    EXPECT_EQ(fault({.yaml = "ECS_CLUSTER: web"}), "/y: unknown key 'ECS_CLUSTER'");
}

TEST(Load, ReadsASecondNameWhenTheFirstIsUnset) {
    EXPECT_EQ(loaded({.environment = {{"AWS_REGION", "eu-west-1"}}}).config.region, "eu-west-1");
    EXPECT_EQ(loaded({.environment = {{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", ""}}})
                  .config.region,
              "eu-west-1");
    const auto both = loaded(
        {.environment = {{"AWS_REGION", "eu-west-1"}, {"AWS_DEFAULT_REGION", "eu-north-1"}}});
    EXPECT_EQ(both.config.region, "eu-north-1");
    EXPECT_EQ(origin_of(both, "region").where, "AWS_DEFAULT_REGION in the environment");
    EXPECT_TRUE(loaded({.ecs_config = "AWS_REGION=eu-west-1"}).warnings.empty());
}

TEST(Load, NamesTheSourceOfAWrongValue) {
    constexpr std::string_view reason = "expected a duration such as 10m, got 'abc'";
    const auto expect = [&](const Given& given, const std::string& source) {
        EXPECT_EQ(fault(given), source + ": " + std::string(reason));
    };
    expect({.yaml = "loop_watchdog: abc"}, "loop_watchdog in /y");
    expect({.ecs_config = "\n\nECS_LOOP_WATCHDOG=abc"}, "ECS_LOOP_WATCHDOG in /e line 3");
    expect({.environment = {{"ECS_LOOP_WATCHDOG", "abc"}}}, "ECS_LOOP_WATCHDOG in the environment");
    expect({.flags = {{"--loop-watchdog", "abc"}}}, "--loop-watchdog on the command line");
}

TEST(Load, RefusesBrokenFiles) {
    EXPECT_EQ(fault({.yaml = "- a\n"}), "/y: expected lines of 'key: value'");
    EXPECT_TRUE(fault({.yaml = "cluster: [a"}).starts_with("/y: not valid YAML: line "));
    EXPECT_EQ(fault({.yaml = "cluster: a\ncluster: b"}),
              "/y: line 2, column 1: cluster: is there twice");
    EXPECT_EQ(fault({.yaml = "cluster: [a]"}), "cluster in /y: expected one value (text)");
    EXPECT_EQ(fault({.yaml = "task_tags: [a]"}),
              R"(task_tags in /y: expected an object such as {"key":"value"}, got '["a"]')");
    EXPECT_EQ(fault({.ecs_config = "ECS_CLUSTER\n"}), "/e line 1: expected KEY=value");
    EXPECT_EQ(fault({.ecs_config = "\n=x\n"}), "/e line 2: expected KEY=value");
    EXPECT_EQ(fault({.ecs_config = "ECS_CLUSTER=\"web\n"}),
              "ECS_CLUSTER in /e line 1: the quote is not closed");
    EXPECT_EQ(fault({.flags = {{"--nonsense", "1"}}}), "unknown flag --nonsense");
}

TEST(Load, NeverShowsLogins) {
    const std::string data = R"({"r":{"username":"MARKER","password":"MARKER"}})";
    const auto expect = [](const Given& given, const std::string& wanted) {
        EXPECT_EQ(fault(given), wanted);
    };
    const std::string form =
        R"(expected JSON such as {"<registry>":{"username":"...","password":"..."}})";
    expect({.yaml = "engine_auth_type: docker\nengine_auth_data: '{\"MARKER\"'\n"},
           "engine_auth_data in /y: " + form);
    expect({.flags = {{"--engine-auth-data", data}}},
           "--engine-auth-data on the command line: needs engine_auth_type as well (dockercfg or "
           "docker)");
    expect({.flags = {{"--engine-auth-type", data}}},
           "--engine-auth-type on the command line: expected dockercfg or docker");
    // A JSON that was broken into lines: what ends in '=' is no variable.
    expect({.ecs_config = "ECS_ENGINE_AUTH_TYPE=dockercfg\nECS_ENGINE_AUTH_DATA={\"r\":{\n"
                          "\"auth\":\"MARKER==\"}}\n"},
           "/e line 3: expected KEY=value");
}

TEST(Load, ReadsLoginsFromEverySource) {
    const std::string data = R"({"r":{"username":"u","password":"p"}})";
    for (const auto& given :
         {Given{.yaml = "engine_auth_type: docker\nengine_auth_data: {r: {username: u, password: "
                        "p}}\n"},
          Given{.yaml = "engine_auth_type: docker\nengine_auth_data: '" + data + "'\n"},
          Given{.ecs_config = "ECS_ENGINE_AUTH_TYPE=docker\nECS_ENGINE_AUTH_DATA=" + data},
          Given{
              .environment = {{"ECS_ENGINE_AUTH_TYPE", "docker"}, {"ECS_ENGINE_AUTH_DATA", data}}}})
        EXPECT_EQ(loaded(given).config.engine_auth_data.text, data);
}

TEST(Load, NamesTheSourceOfAValueThatValidationRefuses) {
    EXPECT_EQ(fault({.environment = {{"ECS_HTTP_IDLE_TIMEOUT", "10ms"}}}),
              "ECS_HTTP_IDLE_TIMEOUT in the environment: must be at least 100ms, got 10ms");
    // The default of the one collides with what was said of the other.
    EXPECT_EQ(fault({.yaml = "endpoint_port: 51678"}),
              "introspection_port: must differ from endpoint_port (51678)");
}

TEST(Set, FillsWhatNoHigherSourceSaid) {
    auto result = loaded({.yaml = "region: eu-west-1"});
    const Origin imds{Layer::imds, "the instance metadata service"};
    EXPECT_FALSE(set(result, "region", "eu-north-1", imds).value());
    EXPECT_EQ(result.config.region, "eu-west-1");
    EXPECT_TRUE(set(result, "account_id", "123456789012", imds).value());
    EXPECT_EQ(result.config.account_id, "123456789012");
    EXPECT_EQ(origin_of(result, "account_id").layer, Layer::imds);
    EXPECT_TRUE(is_set(result, "account_id"));
    EXPECT_EQ(set(result, "nonsense", "1", imds).error().code(), Errc::not_found);
    EXPECT_EQ(set(result, "disable_imds", "maybe", imds).error().what(),
              "the instance metadata service: expected true or false, got 'maybe'");
}

class LoadFiles : public testing::Test {
protected:
    LoadFiles() {
        std::string pattern = std::filesystem::temp_directory_path() / "config-XXXXXX";
        folder_ = ::mkdtemp(pattern.data());
        files_.yaml = folder_ / "y.yaml";
        files_.ecs_config = folder_ / "ecs.config";
    }
    ~LoadFiles() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path folder_;
    ConfigFiles files_;
};

TEST_F(LoadFiles, MayBeAbsentUnlessTheUserNamedThem) {
    EXPECT_TRUE(load(files_, {}, {}));
    files_.yaml_required = true;
    const auto result = load(files_, {}, {});
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), Errc::not_found);
    EXPECT_EQ(result.error().what(),
              "configuration file: open " + files_.yaml + ": No such file or directory");
}

TEST_F(LoadFiles, AreReadTogether) {
    std::ofstream(files_.yaml) << "cluster: a\nregion: eu-west-1\n";
    std::ofstream(files_.ecs_config) << "ECS_CLUSTER=b\n";
    const auto result = load(files_, {{"--log-level", "none"}}, {{"ECS_DATADIR", "/d"}});
    ASSERT_TRUE(result) << result.error().what();
    EXPECT_EQ(result->config.cluster, "b");
    EXPECT_EQ(result->config.region, "eu-west-1");
    EXPECT_EQ(result->config.data_dir, "/d");
    EXPECT_EQ(result->config.log_level, base::log::Level::off);
}

// http-contract 6: ECS's agent takes what it does not understand for unset.
TEST(Load, TakesAMalformedTaskMetadataLimitForUnsetInEcssOwnSources) {
    const auto result = loaded({.yaml = "task_metadata_rps_limit: 7,8",
                                .ecs_config = "ECS_TASK_METADATA_RPS_LIMIT=-10,10",
                                .environment = {{"ECS_TASK_METADATA_RPS_LIMIT", "10"}},
                                .flags = {}});
    EXPECT_EQ(result.config.task_metadata_rps_limit, (Rate{7, 8}));
    ASSERT_EQ(result.warnings.size(), 2U);
    EXPECT_EQ(result.warnings[1],
              "ECS_TASK_METADATA_RPS_LIMIT in the environment: expected a rate and a burst above "
              "0, such as 40,60, got '10', ignoring");
    EXPECT_EQ(fault({.yaml = "task_metadata_rps_limit: 7"}),
              "task_metadata_rps_limit in /y: expected a rate and a burst above 0, such as 40,60, "
              "got '7'");
}

TEST_F(LoadFiles, HaveALimit) {
    std::ofstream(files_.ecs_config) << std::string(70'000, '#');
    EXPECT_EQ(load(files_, {}, {}).error().code(), Errc::too_large);
}

TEST(Rows, HaveUniqueNamesAndShowWhatTheySet) {
    std::set<std::string> names;
    for (const auto& row : rows()) {
        EXPECT_TRUE(names.insert(std::string(row.key)).second) << row.key;
        EXPECT_TRUE(names.insert(std::string(row.environment)).second) << row.environment;
        EXPECT_EQ(find_row(row.key), &row);
        EXPECT_EQ(row.help.find('|'), std::string_view::npos) << "would break the page's table";
        Config config;
        const auto shown = row.show(config);
        EXPECT_TRUE(row.set(config, shown)) << row.key << ' ' << shown;
        EXPECT_EQ(row.show(config), shown) << row.key;
    }
}

TEST(ProcessEnvironment, HasWhatTheProcessHas) {
    ::setenv("ECS_TEST_VARIABLE", "a=b", 1);
    EXPECT_EQ(process_environment().at("ECS_TEST_VARIABLE"), "a=b");
    ::unsetenv("ECS_TEST_VARIABLE");
}

TEST(Load, SurvivesMutatedFiles) {
    const std::string yaml = "cluster: web\ntask_tags: {a: b}\nintrospection_listen:\n  - ::1\n";
    const std::string ecs_config = "# c\nECS_CLUSTER=web\nECS_DATADIR='/d'\nECS_LOOP_WATCHDOG=1s\n";
    std::mt19937 random(11);
    for (int round = 0; round < 3000; ++round) {
        Given given{.yaml = yaml, .ecs_config = ecs_config, .environment = {}, .flags = {}};
        for (auto* text : {&given.yaml, &given.ecs_config}) {
            (*text)[random() % text->size()] = static_cast<char>(random() % 256);
            if (round % 3 == 0)
                text->resize(random() % text->size());
        }
        const auto result = assembled(given);
        EXPECT_TRUE(result || !result.error().what().empty());
    }
}

} // namespace
} // namespace agent::config
