#include "agent/image/image_puller.hpp"

#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"

#include <gtest/gtest.h>

#include <set>

namespace agent::image {
namespace {

using namespace std::chrono_literals;
using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using base::log::Level;
using config::PullBehavior;

/// Knows which images came from a registry, and says a pull's progress.
class RegistryDocker : public fakes::FakeDocker {
public:
    using FakeDocker::FakeDocker;

    Async<Result<std::optional<docker::ImageInspect>>>
    inspect_image(std::string reference) override {
        auto image = co_await FakeDocker::inspect_image(reference);
        if (!image || !*image)
            co_return image;
        const bool pulled = from_registry.contains(reference);
        if (pulled || every_image_has_digests)
            (*image)->repo_digests = {"app@sha256:00"};
        if (records_pulls)
            (*image)->pulled_from.emplace();
        if (records_pulls && pulled)
            (*image)->pulled_from->emplace_back("docker.io/library/app");
        co_return image;
    }
    Async<Result<>> pull_image(std::string reference, std::optional<std::string> auth,
                               docker::Progress progress) override {
        last_auth = auth;
        docker::ProgressLine line;
        line.id = "a";
        line.status = "Pull complete";
        progress(line);
        auto pulled = co_await FakeDocker::pull_image(reference, auth, progress);
        if (pulled)
            from_registry.insert(reference);
        if (on_pull)
            on_pull();
        co_return pulled;
    }
    std::function<void()> on_pull; ///< before it is answered

    std::set<std::string> from_registry;
    bool every_image_has_digests = false; ///< as with containerd's image store
    bool records_pulls = false;           ///< as from API 1.53 on
    std::optional<std::string> last_auth;
};

class ImagePullerTest : public testing::Test {
protected:
    ImagePullerTest() { use(PullBehavior::default_); }

    void use(PullBehavior behavior) {
        PullerSettings settings;
        settings.behavior = behavior;
        settings.pulled_before = [this](std::string reference) { return was_pulled(reference); };
        settings.record_pull = [this](Pulled pulled) { return record(std::move(pulled)); };
        puller_.emplace(loop_.executor(), docker_, credentials_, std::move(settings));
        docker::EngineInfo info;
        info.every_image_has_digests = docker_.every_image_has_digests;
        puller_->set_engine_info(info);
    }
    Async<bool> was_pulled(std::string reference) {
        ++asked_;
        co_return recorded_.contains(reference);
    }
    Async<void> record(Pulled pulled) {
        recorded_.insert(pulled.reference);
        last_pulled_ = pulled;
        co_return;
    }

    auto start(const std::string& reference) {
        return loop_.start(puller_->ensure("arn", reference, [this] { ++begun_; }));
    }
    Result<docker::ImageInspect> ensure(const std::string& reference = "app:1") {
        return loop_.run(puller_->ensure("arn", reference, [this] { ++begun_; }));
    }
    /// In the registry and here.
    void add_pulled_image(const std::string& reference) {
        docker_.add_pullable_image(reference);
        docker_.add_image(reference);
        docker_.from_registry.insert(reference);
    }
    std::size_t pulls() { return docker_.count("pull"); }

    fakes::CapturedLog log_;
    fakes::TemporaryFolder folder_;
    fakes::TestLoop loop_;
    base::WorkerPool workers_{1};
    RegistryDocker docker_{loop_.executor()};
    RegistryCredentials credentials_{
        workers_,
        workers_,
        {{{"r:5000", {"u", "MARKER"}}}, config::Environment{{"DOCKER_CONFIG", folder_.path()}}}};
    std::set<std::string> recorded_;
    Pulled last_pulled_;
    int asked_ = 0;
    int begun_ = 0;
    std::optional<ImagePuller> puller_;
};

TEST_F(ImagePullerTest, PullsWhatIsNotHereAndRecordsIt) {
    docker_.add_pullable_image("app:1");
    const auto image = ensure();
    ASSERT_TRUE(image) << image.error().what();
    EXPECT_FALSE(image->id.empty());
    EXPECT_EQ(recorded_, std::set<std::string>{"app:1"});
    EXPECT_EQ(last_pulled_.image_id, image->id);
    EXPECT_TRUE(last_pulled_.brought);
    EXPECT_EQ(begun_, 1);
    EXPECT_EQ(docker_.last_auth, std::nullopt);
    EXPECT_EQ(log_.count(Level::info, "pulling an image task=arn image=app:1"), 1U) << log_.all();
    EXPECT_EQ(log_.count(Level::info, "pulled an image image=app:1 layers=1"), 1U) << log_.all();
}

TEST_F(ImagePullerTest, LeavesAnImageThatWasMadeHere) {
    docker_.add_image("app:1");
    for (const auto behavior : {PullBehavior::default_, PullBehavior::always, PullBehavior::once,
                                PullBehavior::prefer_cached}) {
        use(behavior);
        EXPECT_TRUE(ensure());
    }
    EXPECT_EQ(pulls(), 0U);
    EXPECT_EQ(begun_, 0);
}

// D12: built here, in containerd's image store.
TEST_F(ImagePullerTest, LeavesAnImageThatWasMadeHereAlsoWhereEveryImageHasDigests) {
    docker_.every_image_has_digests = true;
    docker_.add_image("app:1");
    docker_.add_pullable_image("app:1");
    for (const bool records : {false, true}) {
        docker_.records_pulls = records;
        for (const auto behavior : {PullBehavior::default_, PullBehavior::always,
                                    PullBehavior::once, PullBehavior::prefer_cached}) {
            use(behavior);
            EXPECT_TRUE(ensure());
        }
    }
    EXPECT_EQ(pulls(), 0U) << log_.all();
}

TEST_F(ImagePullerTest, PullsAgainWhatTheEngineHasPulledWhereEveryImageHasDigests) {
    docker_.every_image_has_digests = true;
    docker_.records_pulls = true;
    use(PullBehavior::always);
    add_pulled_image("app:1");
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 1U);
    EXPECT_EQ(asked_, 0) << "the engine's record is enough";
}

TEST_F(ImagePullerTest, PullsAgainWhatItHasPulledItselfWhereTheEngineKeepsNoRecord) {
    docker_.every_image_has_digests = true;
    use(PullBehavior::default_);
    docker_.add_pullable_image("app:1");
    EXPECT_TRUE(ensure());
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 2U);
    add_pulled_image("other:1");
    EXPECT_TRUE(ensure("other:1"));
    EXPECT_EQ(docker_.count("pull other:1"), 0U) << "as if it had been built here";
}

TEST_F(ImagePullerTest, AsksNobodyWherePullsAreToldByDigests) {
    add_pulled_image("app:1");
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 1U);
    EXPECT_EQ(asked_, 0);
}

TEST_F(ImagePullerTest, GoesOnWithWhatIsHereByDefault) {
    add_pulled_image("app:1");
    docker_.fail_next("pull", Error(Errc::io, "dial tcp"));
    EXPECT_TRUE(ensure());
    EXPECT_EQ(log_.count(Level::warn, "going on with the one that is here"), 1U) << log_.all();
    EXPECT_TRUE(recorded_.empty());
}

TEST_F(ImagePullerTest, FailsWithAlwaysAndOnce) {
    add_pulled_image("app:1");
    for (const auto behavior : {PullBehavior::always, PullBehavior::once}) {
        use(behavior);
        docker_.fail_next("pull", Error(Errc::io, "dial tcp"));
        const auto image = ensure();
        ASSERT_FALSE(image);
        EXPECT_EQ(image.error().what(),
                  "CannotPullContainerError: the registry cannot be reached: dial tcp");
    }
}

TEST_F(ImagePullerTest, PullsOnceWhatItHasNotPulledBefore) {
    use(PullBehavior::once);
    add_pulled_image("app:1");
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 1U);
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 1U);
    EXPECT_EQ(asked_, 2);
    EXPECT_TRUE(loop_.run(docker_.remove_image("app:1")));
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 2U) << "what was pulled and removed is pulled again";
}

TEST_F(ImagePullerTest, PrefersWhatIsHere) {
    use(PullBehavior::prefer_cached);
    add_pulled_image("app:1");
    EXPECT_TRUE(ensure());
    EXPECT_EQ(pulls(), 0U);
}

TEST_F(ImagePullerTest, NamesEachFailureAndKeepsItsKind) {
    struct Case {
        Errc code;
        const char* reason;
    };
    for (const auto& [code, reason] : {
             Case{Errc::permission, "the registry wants a login, and none is known for it"},
             {Errc::not_found, "there is no such image or tag in the registry"},
             {Errc::timeout, "the registry does not answer in time"},
             {Errc::exhausted, "the registry was asked too often"},
             {Errc::invalid_argument, "the reference is wrong"},
             {Errc::internal, "the pull failed"},
         }) {
        docker_.fail_next("pull", Error(code, "why"));
        const auto image = ensure();
        ASSERT_FALSE(image);
        EXPECT_EQ(image.error().code(), code);
        EXPECT_EQ(image.error().what(),
                  "CannotPullContainerError: " + std::string(reason) + ": why");
    }
    docker_.fail_next("inspect_image", Error(Errc::invalid_argument, "400"));
    EXPECT_EQ(ensure("APP").error().what(),
              "CannotPullContainerError: the reference is wrong: 400");
}

TEST_F(ImagePullerTest, SaysThatALoginIsRefusedAndNeverShowsIt) {
    docker_.fail_next("pull", Error(Errc::permission, "unauthorized"));
    const auto image = ensure("r:5000/app");
    ASSERT_FALSE(image);
    EXPECT_EQ(image.error().what(),
              "CannotPullContainerError: the registry refuses the login: unauthorized");
    ASSERT_TRUE(docker_.last_auth);
    EXPECT_EQ(log_.count(Level::info, "login=yes"), 1U) << log_.all();
    for (const auto& secret : {std::string("MARKER"), *docker_.last_auth})
        EXPECT_EQ(log_.all().find(secret), std::string::npos) << log_.all();
}

TEST_F(ImagePullerTest, LeavesAnEngineThatIsAwayToTheCaller) {
    add_pulled_image("app:1");
    docker_.fail_next("pull", Error(Errc::unavailable, "cannot connect"));
    const auto image = ensure();
    ASSERT_FALSE(image) << "what is here is no use without an engine";
    EXPECT_EQ(image.error().code(), Errc::unavailable);
    EXPECT_EQ(image.error().what(), "cannot connect");
    // Silence that is the engine's.
    docker_.fail_next("pull", Error(Errc::timeout, "no answer"));
    docker_.fail_next("ping", Error(Errc::timeout, "no answer"));
    const auto silent = ensure();
    ASSERT_FALSE(silent);
    EXPECT_EQ(silent.error().code(), Errc::unavailable);
    EXPECT_EQ(silent.error().what(), "no answer; Docker Engine does not answer either");
}

TEST_F(ImagePullerTest, SharesOnePullAmongAllWhoWant) {
    docker_.add_pullable_image("app:1");
    docker_.add_pullable_image("app:2");
    docker_.delay("pull", 50ms);
    std::vector<decltype(start(""))> results;
    for (int i = 0; i < 5; ++i)
        results.push_back(start("app:1"));
    results.push_back(start("app:2"));
    loop_.run_until([&] {
        return std::ranges::all_of(results, [](const auto& each) { return each->has_value(); });
    });
    for (const auto& each : results)
        EXPECT_TRUE(each->value());
    EXPECT_EQ(docker_.count("pull app:1"), 1U);
    EXPECT_EQ(docker_.count("pull app:2"), 1U);
    EXPECT_EQ(docker_.most_at_once("pull"), 2U);
}

TEST_F(ImagePullerTest, ALoginOfTheTasksOwnIsSharedWithNobody) {
    docker_.add_pullable_image("r:5000/app:1");
    docker_.delay("pull", 20ms);
    const auto with_hosts = start("r:5000/app:1");
    loop_.run_until([&] { return pulls() == 1; });
    const Login login{"own", "hunter22", {}};
    const auto image = loop_.run(puller_->ensure("arn", "r:5000/app:1", {}, login));
    ASSERT_TRUE(image) << image.error().what();
    EXPECT_EQ(docker_.last_auth, auth_header(login, "r:5000"));
    EXPECT_EQ(pulls(), 2U);
    loop_.run_until([&] { return with_hosts->has_value(); });
    EXPECT_TRUE(with_hosts->value());
    EXPECT_EQ(log_.all().find("hunter22"), std::string::npos) << log_.all();
}

TEST(ReadLogin, IsANameAndAPassword) {
    const auto login = read_login(R"({"username": "u", "password": "p", "more": 1})");
    ASSERT_TRUE(login);
    EXPECT_EQ(login->username, "u");
    EXPECT_EQ(login->password, "p");
    for (const auto* text : {"", "hunter22", "[]", R"({"username": "hunter22"})",
                             R"({"username": "u", "password": 22})"}) {
        const auto refused = read_login(text);
        ASSERT_FALSE(refused) << text;
        EXPECT_EQ(refused.error().what(), "expected a JSON object with username and password");
    }
}

TEST_F(ImagePullerTest, EndsAPullOnlyWhenNobodyWaitsForItAnyMore) {
    docker_.add_pullable_image("app:1");
    docker_.delay("pull", 300ms);
    base::TaskGroup first(loop_.executor());
    base::TaskGroup second(loop_.executor());
    std::vector<Result<docker::ImageInspect>> ended;
    const auto wait = [&](base::TaskGroup& group) {
        group.spawn("test", [](ImagePuller& puller, auto& results) -> Async<void> {
            auto image = co_await puller.ensure("arn", "app:1", nullptr);
            results.push_back(std::move(image));
        }(*puller_, ended));
    };
    wait(first);
    wait(second);
    loop_.run_until([&] { return pulls() == 1; });
    first.cancel();
    loop_.run_until([&] { return ended.size() == 1; });
    EXPECT_EQ(ended[0].error().code(), Errc::cancelled);
    loop_.run_until([&] { return ended.size() == 2; });
    EXPECT_TRUE(ended[1]) << "the other still wanted it";

    EXPECT_TRUE(loop_.run(docker_.remove_image("app:1")));
    docker_.delay("pull", 20s);
    wait(first);
    loop_.run_until([&] { return pulls() == 2; });
    const auto cancelled_at = std::chrono::steady_clock::now();
    first.cancel();
    loop_.run_until([&] { return ended.size() == 3; });
    EXPECT_LT(std::chrono::steady_clock::now() - cancelled_at, 5s);
    EXPECT_EQ(ended[2].error().code(), Errc::cancelled);
    EXPECT_FALSE(docker_.has_image("app:1"));

    docker_.delay("pull", 0ms);
    EXPECT_TRUE(ensure()) << "a newcomer does not join what was cancelled";
}

TEST_F(ImagePullerTest, GoesOnlyWhenNobodyWaitsForAPull) {
    docker_.add_pullable_image("app:1");
    docker_.delay("pull", 20s);
    const auto waits = start("app:1");
    loop_.run_until([&] { return pulls() == 1; });
    EXPECT_DEATH(puller_.reset(), "image pulls: 1 left");
    loop_.tasks().cancel();
    loop_.run_until([&] { return waits->has_value(); });
}

TEST_F(ImagePullerTest, WhatWasHereBeforeThePullWasNotBrought) {
    add_pulled_image("app:1");
    ASSERT_TRUE(ensure());
    EXPECT_EQ(pulls(), 1U);
    EXPECT_FALSE(last_pulled_.brought);
}

TEST_F(ImagePullerTest, WhatWasHereUnderAnotherNameWasNotBroughtEither) {
    docker_.add_pullable_image("app:1");
    docker_.add_image("mine:1");
    docker_.image("mine:1").id = "sha256:same";
    docker_.on_pull = [this] { docker_.image("app:1").id = "sha256:same"; };
    ASSERT_TRUE(ensure());
    EXPECT_FALSE(last_pulled_.brought);
}

TEST_F(ImagePullerTest, APullThatWorkedIsRecordedWhateverTheEngineSaysThen) {
    docker_.add_pullable_image("app:1");
    docker_.on_pull = [this] {
        docker_.spoil("inspect_image", "app:1", Error(Errc::timeout, "it does not answer"));
    };
    EXPECT_FALSE(ensure());
    EXPECT_EQ(last_pulled_.reference, "app:1");
    EXPECT_FALSE(last_pulled_.brought);
}

TEST_F(ImagePullerTest, WhoWantsAnImageWhileItIsRemovedPullsItAnew) {
    use(PullBehavior::prefer_cached);
    add_pulled_image("app:1");
    docker_.delay("remove_image", 100ms);
    const auto removed = loop_.start(puller_->remove("app:1"));
    const auto image = ensure();
    ASSERT_TRUE(image) << image.error().what();
    EXPECT_EQ(pulls(), 1U);
    EXPECT_TRUE(docker_.has_image("app:1"));
}

} // namespace
} // namespace agent::image
