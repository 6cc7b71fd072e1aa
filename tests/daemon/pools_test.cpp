// What hangs in one pool of threads holds back nothing of another.

#include "daemon/stages_fixture.hpp"
#include "fakes/gate.hpp"

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <vector>

namespace agent::daemon {
namespace {

TEST(Pools, HaveANameEach) {
    Pools pools;
    std::set<std::string, std::less<>> names;
    pools.each([&](std::string_view name, const base::WorkerPool& pool) {
        EXPECT_TRUE(names.emplace(name).second) << name;
        EXPECT_GE(pool.depth().threads, 1U) << name;
    });
    EXPECT_TRUE(names.contains("network"));
}

/// Docker's config.json names a helper that hangs.
class HungHelperTest : public LoadCredentialsTest {
protected:
    HungHelperTest() {
        using std::filesystem::perms;
        folder.write("config.json", R"({"credsStore":"hung"})");
        folder.write("docker-credential-hung",
                     "#!/bin/sh\n" + gate.wait() +
                         "\necho '{\"Username\":\"u\",\"Secret\":\"s\"}'\n");
        std::filesystem::permissions(folder.path("docker-credential-hung"), perms::owner_all);
        ::setenv("DOCKER_CONFIG", folder.path().c_str(), 1);
        ::setenv("PATH", (folder.path() + ':' + path_before).c_str(), 1);
    }
    ~HungHelperTest() override {
        ::unsetenv("DOCKER_CONFIG");
        ::setenv("PATH", path_before.c_str(), 1);
    }

    const std::string path_before = std::getenv("PATH");
    const fakes::Gate gate{folder.path("gate")};
};

// D5
TEST_F(HungHelperTest, HoldsBackNothingButThosePullsThatNeedIt) {
    ASSERT_TRUE(load());
    std::vector<std::shared_ptr<std::optional<std::optional<std::string>>>> logins;
    for (int i = 0; i < 6; ++i)
        logins.push_back(loop.start(app.docker.logins->header_for("r.example/app")));
    const auto& helpers = app.pools.login_helpers;
    loop.run_until([&] { return helpers.depth().running == 4 && helpers.depth().queued == 2; });
    EXPECT_EQ(helpers.depth().queued, 2U);
    app.pools.each([&](std::string_view name, base::WorkerPool& pool) {
        if (&pool == &helpers)
            return;
        EXPECT_EQ(pool.depth().running + pool.depth().queued, 0U) << name;
        auto work = [] { return true; };
        const auto done = loop.start(base::offload(pool, std::move(work)));
        loop.run_until([&] { return done->has_value(); });
        EXPECT_TRUE(done->has_value()) << name;
    });
    EXPECT_EQ(helpers.depth().running, 4U);
    gate.open();
    const auto is_there = [](const auto& login) { return login->has_value(); };
    loop.run_until([&] { return std::ranges::all_of(logins, is_there); });
    for (const auto& login : logins)
        EXPECT_TRUE(login->has_value() && login->value());
}

} // namespace
} // namespace agent::daemon
