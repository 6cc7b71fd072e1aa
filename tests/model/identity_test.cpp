// To which task a container belongs, by what Compose, Swarm and the user say of it.

#include "model/identity.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace model {
namespace {

using Labels = std::map<std::string, std::string>;

Labels compose(const std::string& service, const std::string& number = "1",
               const std::string& oneoff = "False") {
    return {{"com.docker.compose.project", "shop"},
            {"com.docker.compose.service", service},
            {"com.docker.compose.container-number", number},
            {"com.docker.compose.oneoff", oneoff}};
}

TEST(Identity, OfAContainerAloneIsItsName) {
    const auto identity = identify({}, "my.web_1");
    EXPECT_EQ(identity.grouped_by, GroupedBy::nobody);
    EXPECT_EQ(identity.family, "my-web_1");
    EXPECT_EQ(identity.container_name, "my.web_1");
    EXPECT_EQ(identity.task_key, "");
    EXPECT_EQ(identity.service_name, "");
}

TEST(Identity, ComposesProjectIsATaskOfItsServices) {
    const auto web = identify(compose("web"), "shop-web-1");
    const auto cache = identify(compose("cache"), "shop-cache-1");
    EXPECT_EQ(web.grouped_by, GroupedBy::compose);
    EXPECT_EQ(web.family, "shop");
    EXPECT_EQ(web.container_name, "web");
    EXPECT_EQ(cache.container_name, "cache");
    EXPECT_EQ(web.task_key, cache.task_key);
    EXPECT_NE(web.task_key, "");
    EXPECT_EQ(web.service_name, "");
}

TEST(Identity, FurtherReplicasAndOneOffRunsAreTasksOfTheirOwn) {
    const auto first = identify(compose("web"), "shop-web-1");
    const auto second = identify(compose("web", "2"), "shop-web-2");
    const auto others_second = identify(compose("cache", "2"), "shop-cache-2");
    auto labels = compose("web", "1", "True");
    labels["com.docker.compose.slug"] = "a1b2";
    const auto run = identify(labels, "shop-web-run-a1b2");
    labels["com.docker.compose.slug"] = "c3d4";
    const auto another_run = identify(labels, "shop-web-run-c3d4");
    const auto run_without_slug = identify(compose("web", "1", "True"), "shop_web_run_1");
    const std::map<std::string, int> keys{
        {first.task_key, 0}, {second.task_key, 0},      {others_second.task_key, 0},
        {run.task_key, 0},   {another_run.task_key, 0}, {run_without_slug.task_key, 0}};
    EXPECT_EQ(keys.size(), 6U);
    EXPECT_EQ(second.container_name, "web");
    EXPECT_EQ(run.family, "shop");
}

TEST(Identity, SwarmsTaskIsATaskOfItsStackAndService) {
    const Labels labels{{"com.docker.swarm.service.name", "shop_web"},
                        {"com.docker.swarm.task.id", "q5bd5cj6ud6kg4w5wvzp5khzh"},
                        {"com.docker.stack.namespace", "shop"}};
    const auto identity = identify(labels, "shop_web.1.q5bd5cj6ud6kg4w5wvzp5khzh");
    EXPECT_EQ(identity.grouped_by, GroupedBy::swarm);
    EXPECT_EQ(identity.family, "shop");
    EXPECT_EQ(identity.container_name, "web");
    EXPECT_EQ(identity.service_name, "shop_web");
    EXPECT_EQ(identity.task_key, "swarm/q5bd5cj6ud6kg4w5wvzp5khzh");
}

TEST(Identity, AServiceOfNoStackIsItsOwnFamily) {
    const auto identity = identify(
        {{"com.docker.swarm.service.name", "web"}, {"com.docker.swarm.task.id", "t1"}}, "web.1.t1");
    EXPECT_EQ(identity.family, "web");
    EXPECT_EQ(identity.container_name, "web");
    EXPECT_EQ(identity.service_name, "web");
}

TEST(Identity, OurLabelsReplaceTheirPart) {
    auto labels = compose("web", "2");
    labels["ecs-node-agent.family"] = "front";
    labels["ecs-node-agent.container-name"] = "nginx";
    const auto named = identify(labels, "shop-web-2");
    EXPECT_EQ(named.family, "front");
    EXPECT_EQ(named.container_name, "nginx");
    EXPECT_EQ(named.grouped_by, GroupedBy::compose);
    labels["ecs-node-agent.task"] = "front";
    const auto grouped = identify(labels, "shop-web-2");
    const auto other = identify({{"ecs-node-agent.task", "front"}}, "sidecar");
    EXPECT_EQ(grouped.grouped_by, GroupedBy::label);
    EXPECT_EQ(grouped.task_key, other.task_key);
    EXPECT_EQ(other.family, "front") << "a group without another name is called after itself";
}

// A key is what two containers must not have by chance, or by wile.
TEST(Identity, NoLabelMakesTheKeyOfAnother) {
    const auto honest = identify(compose("web", "2"), "shop-web-2");
    const auto forged = identify({{"com.docker.compose.project", "shop/web/2"}}, "x");
    EXPECT_NE(honest.task_key, forged.task_key);
    EXPECT_NE(join_key({"a", "b/c"}), join_key({"a/b", "c"}));
    EXPECT_NE(join_key({"a%2f"}), join_key({"a/"}));
}

TEST(Identity, NamesAreOnesThatADirectoryCanHave) {
    EXPECT_EQ(identify({}, "").container_name, "container");
    EXPECT_EQ(identify({}, "..").container_name, "-.");
    EXPECT_EQ(identify({{"ecs-node-agent.container-name", "../../etc"}}, "x").container_name,
              "-.-..-etc");
    EXPECT_EQ(identify({}, std::string(300, 'a')).container_name, std::string(255, 'a'));
}

TEST(Identity, ALabelWithoutAValueOrTooLongSaysNothing) {
    EXPECT_EQ(identify({{"com.docker.compose.project", ""}}, "x").grouped_by, GroupedBy::nobody);
    EXPECT_EQ(identify({{"com.docker.compose.project", std::string(256, 'p')}}, "x").grouped_by,
              GroupedBy::nobody);
    EXPECT_EQ(identify({{"com.docker.swarm.service.name", "web"}}, "x").grouped_by,
              GroupedBy::nobody)
        << "a service's own label is no task's";
}

} // namespace
} // namespace model
