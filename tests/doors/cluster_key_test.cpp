// The secret that the agents of a cluster share, and the ids that are made of it.

#include "agent/doors/cluster_key.hpp"

#include "agent/containers/contract_variables.hpp"
#include "fakes/temporary_folder.hpp"

#include <gtest/gtest.h>

#include <sys/stat.h>

namespace agent::doors {
namespace {

using base::Errc;

const std::string cluster_secret(32, 'k');
const std::string some_task = "x1v9tyk2c0w4mzu5d8qfh3ab7";

TEST(ClusterKey, MakesTheSameIdOfAServicesTaskOnEveryHost) {
    const ClusterKey key(cluster_secret);
    const auto id = key.credentials_id(some_task, "shop_web");
    EXPECT_EQ(id, ClusterKey(cluster_secret).credentials_id(some_task, "shop_web"));
    EXPECT_EQ(id.size(), some_task.size() + 1 + 32);
    EXPECT_TRUE(id.starts_with(some_task + '-'));
    const auto template_id = key.credentials_id("{{.Task.ID}}", "shop_web");
    EXPECT_EQ(template_id.substr(template_id.rfind('-')), id.substr(id.rfind('-')))
        << "Swarm puts nothing but the task's id into it";
}

TEST(ClusterKey, MakesAnotherIdForAnotherServiceOrCluster) {
    const ClusterKey key(cluster_secret);
    const auto id = key.credentials_id(some_task, "shop_web");
    EXPECT_NE(id, key.credentials_id(some_task, "shop_db"));
    EXPECT_NE(id, ClusterKey(std::string(32, 'l')).credentials_id(some_task, "shop_web"));
}

TEST(ClusterKey, MakesIdsThatAreKnownForOurs) {
    const auto id = ClusterKey(cluster_secret).credentials_id(some_task, "shop_web");
    EXPECT_EQ(containers::given_credentials_id(
                  {"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + id}),
              id);
}

class ClusterKeyFile : public testing::Test {
protected:
    base::Result<std::optional<ClusterKey>> load(const std::string& text, mode_t mode = 0600) {
        folder_.write("swarm.key", text);
        ::chmod(path().c_str(), mode);
        return ClusterKey::load(path(), false);
    }
    std::string path() const { return folder_.path("swarm.key"); }

    fakes::TemporaryFolder folder_;
};

TEST_F(ClusterKeyFile, MayEndALineOrNot) {
    const auto expected = ClusterKey(cluster_secret).credentials_id(some_task, "web");
    for (const auto* end : {"", "\n", "\r\n"}) {
        const auto key = load(cluster_secret + end);
        ASSERT_TRUE(key && *key) << (key ? "nothing" : key.error().what());
        EXPECT_EQ((*key)->credentials_id(some_task, "web"), expected);
    }
}

TEST_F(ClusterKeyFile, IsRefusedWhereItCouldBeGuessedOrRead) {
    const auto too_short = load(cluster_secret.substr(1) + '\n');
    EXPECT_EQ(too_short.error().code(), Errc::invalid_argument);
    EXPECT_EQ(too_short.error().what(),
              path() + ": expected 32 bytes or more that nobody can guess, got 31");
    EXPECT_EQ(load(cluster_secret, 0640).error().code(), Errc::permission);
    EXPECT_EQ(load(std::string(4097, 'k')).error().code(), Errc::too_large);
}

TEST_F(ClusterKeyFile, MayBeAbsentUnlessItWasNamed) {
    const auto key = ClusterKey::load(path(), false);
    ASSERT_TRUE(key);
    EXPECT_FALSE(*key);
    EXPECT_EQ(ClusterKey::load(path(), true).error().code(), Errc::not_found);
}

} // namespace
} // namespace agent::doors
