// Pulls from a real registry by the real Docker Engine: logins from every place, wrong ones, what
// is missing, what stands still, what is gone. Images have random names and are removed again.

#include "agent/docker/docker_host.hpp"
#include "agent/http/transport.hpp"
#include "agent/image/image_puller.hpp"
#include "agent/image/login.hpp"
#include "base/base64.hpp"
#include "base/ids.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/test_loop.hpp"
#include "helper_script.hpp"
#include "local_registry.hpp"
#include "stalling_registry.hpp"

#include <gtest/gtest.h>

#include <set>

namespace agent::image {
namespace {

using namespace std::chrono_literals;
using base::Async;
using base::Errc;
using base::Result;
using base::log::Level;
using config::EngineAuthType;
using config::PullBehavior;

const std::string user(LocalRegistry::user);
const std::string password(LocalRegistry::password);

class RegistryTest : public testing::Test {
protected:
    void SetUp() override {
        connect({});
        login_as(EngineAuthType::docker, docker_logins(password));
        use(PullBehavior::default_);
    }
    void TearDown() override {
        puller_.reset();
        for (const auto& reference : references_) {
            EXPECT_TRUE(loop_.run(client_->remove_image(reference)));
            EXPECT_FALSE(loop_.run(client_->inspect_image(reference)).value());
        }
        // An image that has lost its tag to a newer one is still there by its id.
        for (const auto& id : ids_) {
            EXPECT_TRUE(loop_.run(client_->remove_image(id)));
            EXPECT_FALSE(loop_.run(client_->inspect_image(id)).value());
        }
        EXPECT_EQ(log_.all().find("MARKER"), std::string::npos) << log_.all();
    }

    void connect(docker::Deadlines deadlines) {
        docker::ClientOptions options;
        options.deadlines = deadlines;
        client_ = docker::make_client(
            http::make_transport(loop_.executor(), *docker::parse_docker_host("")), options);
        const auto engine = loop_.run(client_->connect());
        ASSERT_TRUE(engine) << engine.error().what();
    }
    void use(PullBehavior behavior) {
        PullerSettings settings;
        settings.behavior = behavior;
        settings.pulled_before = [this](std::string reference) { return was_pulled(reference); };
        settings.record_pull = [this](Pulled pulled) { return record(std::move(pulled)); };
        puller_.emplace(loop_.executor(), *client_, *credentials_, std::move(settings));
    }
    Async<bool> was_pulled(std::string reference) { co_return recorded_.contains(reference); }
    Async<void> record(Pulled pulled) {
        recorded_.insert(pulled.reference);
        last_pulled_ = pulled;
        co_return;
    }

    std::string docker_logins(const std::string& with_password) const {
        return R"({")" + registry_.host() + R"(":{"username":")" + user + R"(","password":")" +
               with_password + R"("}})";
    }
    std::string dockercfg_logins(const std::string& with_password) const {
        return R"({")" + registry_.host() + R"(":{"auth":")" +
               base::encode_base64_url(user + ":" + with_password) + R"("}})";
    }
    void login_as(EngineAuthType type, const std::string& data) {
        config::Config config;
        config.engine_auth_type = type;
        config.engine_auth_data.text = data;
        const config::Environment environment{{"DOCKER_CONFIG", folder_.path()},
                                              {"PATH", folder_.path() + ":/usr/bin:/bin"}};
        puller_.reset();
        credentials_.emplace(workers_, workers_, credential_settings(config, environment).value());
        use(PullBehavior::default_);
    }
    void login_as_nobody() { login_as(EngineAuthType::none, ""); }

    std::string name(const std::string& tag = "1") {
        auto reference = registry_.host() + "/" + repository_ + ":" + tag;
        references_.insert(reference);
        return reference;
    }
    /// Makes an image here, with content of its own; its id.
    std::string import(const std::string& tag = "1") {
        std::vector<std::string> changes{"LABEL random=" + base::random_hex(8)};
        auto id = loop_.run(client_->import_image(std::string(1024, '\0'),
                                                  registry_.host() + "/" + repository_, tag,
                                                  std::move(changes)));
        EXPECT_TRUE(id) << id.error().what();
        ids_.insert(id.value());
        return id.value();
    }
    void remove(const std::string& reference) {
        EXPECT_TRUE(loop_.run(client_->remove_image(reference)));
    }
    /// Puts an image of new content into the registry, and not here; its id.
    std::string push(const std::string& tag = "1") {
        auto id = import(tag);
        const auto answer = post(registry_.host() + "/" + repository_ + "/push?tag=" + tag);
        EXPECT_NE(answer.find("digest: sha256:"), std::string::npos) << answer;
        remove(name(tag));
        return id;
    }
    /// Names the image of one tag by another.
    void tag(const std::string& from, const std::string& to) {
        post(name(from) + "/tag?repo=" + registry_.host() + "/" + repository_ + "&tag=" + to);
        EXPECT_TRUE(loop_.run(client_->inspect_image(name(to))).value());
    }
    /// What the client has no call for.
    std::string post(const std::string& target) {
        const auto transport =
            http::make_transport(loop_.executor(), *docker::parse_docker_host(""));
        http::Request request;
        request.method = "POST";
        request.target = "/v1.24/images/" + target;
        request.deadline = 30s;
        const Login login{user, password, {}};
        request.headers.push_back("X-Registry-Auth: " + auth_header(login, registry_.host()));
        const auto answer = loop_.run(transport->exchange(std::move(request)));
        return answer ? answer->body : answer.error().what();
    }
    std::size_t pulls() { return registry_.requests("/" + repository_ + "/manifests/"); }

    Result<docker::ImageInspect> ensure(const std::string& reference) {
        return loop_.run(puller_->ensure("arn", reference, nullptr));
    }
    /// The id of the image that is here afterwards.
    std::string id_of(const std::string& reference) {
        const auto image = ensure(reference);
        return image ? image->id : image.error().what();
    }
    void expect_failure(const std::string& reference, Errc code, std::string_view reason) {
        const auto image = ensure(reference);
        ASSERT_FALSE(image);
        EXPECT_EQ(image.error().code(), code) << image.error().what();
        EXPECT_TRUE(image.error().what().starts_with(
            "CannotPullContainerError: " + std::string(reason) + ": "))
            << image.error().what();
        EXPECT_EQ(image.error().what().find("MARKER"), std::string::npos) << image.error().what();
    }

    fakes::CapturedLog log_;
    fakes::TemporaryFolder folder_;
    fakes::TestLoop loop_;
    base::WorkerPool workers_{1};
    LocalRegistry registry_;
    std::string repository_ = "ecs-image-test-" + base::random_hex(6);
    std::set<std::string> references_; ///< to be removed
    std::set<std::string> ids_;        ///< the same
    std::unique_ptr<docker::Client> client_;
    std::set<std::string> recorded_;
    Pulled last_pulled_;
    std::optional<RegistryCredentials> credentials_;
    std::optional<ImagePuller> puller_;
};

TEST_F(RegistryTest, PullsWithTheLoginsOfTheConfiguration) {
    const auto id = push();
    EXPECT_EQ(id_of(name()), id);
    EXPECT_EQ(log_.count(Level::info, "pulled an image"), 1U) << log_.all();
    remove(name());
    login_as(EngineAuthType::dockercfg, dockercfg_logins(password));
    EXPECT_EQ(id_of(name()), id);
}

TEST_F(RegistryTest, PullsWithTheLoginsOfDockersFile) {
    const auto id = push();
    login_as_nobody();
    folder_.write("config.json", R"({"auths":)" + dockercfg_logins(password) + "}");
    EXPECT_EQ(id_of(name()), id);
}

TEST_F(RegistryTest, PullsWithACredentialHelper) {
    const auto id = push();
    login_as_nobody();
    write_helper(folder_, "test",
                 "[ \"$(cat)\" = " + registry_.host() + R"( ] && echo '{"Username":")" + user +
                     R"(","Secret":")" + password + R"("}')");
    folder_.write("config.json", R"({"credHelpers":{")" + registry_.host() + R"(":"test"}})");
    EXPECT_EQ(id_of(name()), id);
}

TEST_F(RegistryTest, TellsAWrongLoginFromNoneAndFromAMissingTag) {
    push();
    expect_failure(name("2"), Errc::not_found, "there is no such image or tag in the registry");
    login_as(EngineAuthType::docker, docker_logins("wrong-MARKER"));
    expect_failure(name(), Errc::permission, "the registry refuses the login");
    login_as(EngineAuthType::dockercfg, dockercfg_logins("wrong-MARKER"));
    expect_failure(name(), Errc::permission, "the registry refuses the login");
    login_as_nobody();
    expect_failure(name(), Errc::permission,
                   "the registry wants a login, and none is known for it");
    folder_.write("config.json", "MARKER");
    expect_failure(name(), Errc::permission,
                   "the registry wants a login, and none is known for it");
    expect_failure(registry_.host() + "/UPPER", Errc::invalid_argument, "the reference is wrong");
}

TEST_F(RegistryTest, NamesARegistryThatIsGone) {
    push();
    registry_.stop();
    expect_failure(name(), Errc::io, "the registry cannot be reached");
    expect_failure("no-such-host.invalid/app:1", Errc::io, "the registry cannot be reached");
}

TEST_F(RegistryTest, DoesWithoutTheRegistryWhatItsBehaviorAllows) {
    const auto id = push();
    EXPECT_EQ(id_of(name()), id);
    registry_.stop();
    EXPECT_EQ(id_of(name()), id) << "default";
    EXPECT_EQ(log_.count(Level::warn, "going on with the one that is here"), 1U) << log_.all();
    use(PullBehavior::always);
    expect_failure(name(), Errc::io, "the registry cannot be reached");
    use(PullBehavior::once);
    EXPECT_EQ(id_of(name()), id);
    recorded_.clear();
    expect_failure(name(), Errc::io, "the registry cannot be reached");
    use(PullBehavior::prefer_cached);
    EXPECT_EQ(id_of(name()), id);
}

TEST_F(RegistryTest, TakesANewerImageWhereItsBehaviorSaysSo) {
    push();
    const auto older = id_of(name());
    tag("1", "kept");
    const auto newer = push();
    ASSERT_NE(older, newer);
    tag("kept", "1");
    use(PullBehavior::prefer_cached);
    EXPECT_EQ(id_of(name()), older);
    use(PullBehavior::once);
    EXPECT_EQ(id_of(name()), older) << "pulled before";
    use(PullBehavior::default_);
    EXPECT_EQ(id_of(name()), newer);
    const auto newest = push();
    tag("kept", "1");
    use(PullBehavior::always);
    EXPECT_EQ(id_of(name()), newest);
}

TEST_F(RegistryTest, NeverAsksForAnImageThatWasMadeHere) {
    push();
    const auto id = import();
    const auto before = pulls();
    for (const auto behavior : {PullBehavior::default_, PullBehavior::always, PullBehavior::once,
                                PullBehavior::prefer_cached}) {
        use(behavior);
        EXPECT_EQ(id_of(name()), id);
    }
    EXPECT_EQ(pulls(), before) << "not one request";
}

TEST_F(RegistryTest, AsksForADigestOnlyWhereItIsNotHere) {
    push();
    const auto image = ensure(name());
    ASSERT_TRUE(image) << image.error().what();
    ASSERT_FALSE(image->repo_digests.empty());
    const auto by_digest = image->repo_digests.front();
    references_.insert(by_digest);
    remove(name());
    use(PullBehavior::always);
    EXPECT_EQ(id_of(by_digest), image->id);
    const auto before = pulls();
    EXPECT_EQ(id_of(by_digest), image->id);
    EXPECT_EQ(pulls(), before);
}

TEST_F(RegistryTest, SharesOnePull) {
    const auto id = push();
    const auto before = registry_.requests("GET /v2/" + repository_ + "/manifests/");
    const auto first = loop_.start(puller_->ensure("arn-1", name(), nullptr));
    const auto second = loop_.start(puller_->ensure("arn-2", name(), nullptr));
    loop_.run_until([&] { return first->has_value() && second->has_value(); });
    EXPECT_EQ(first->value()->id, id);
    EXPECT_EQ(second->value()->id, id);
    EXPECT_EQ(registry_.requests("GET /v2/" + repository_ + "/manifests/") - before, 1U);
}

class StallTest : public RegistryTest {
protected:
    void SetUp() override {
        docker::Deadlines deadlines;
        deadlines.pull_first_progress = 4s;
        deadlines.pull_inactivity = 2s;
        connect(deadlines);
        login_as_nobody();
    }
};

TEST_F(StallTest, GivesUpARegistryThatNeverAnswers) {
    const StallingRegistry stalling(StallingRegistry::Where::at_once);
    expect_failure(stalling.host() + "/app:1", Errc::timeout,
                   "the registry does not answer in time");
    loop_.run_until([&] { return stalling.stalled() == 0; });
    EXPECT_EQ(stalling.stalled(), 0U) << "Docker gave up too";
}

TEST_F(StallTest, GivesUpALayerThatStandsStillEachTime) {
    const StallingRegistry stalling(StallingRegistry::Where::in_a_layer);
    for (int i = 0; i < 2; ++i) {
        const auto image = ensure(stalling.host() + "/app:1");
        ASSERT_FALSE(image);
        EXPECT_EQ(image.error().code(), Errc::timeout);
        EXPECT_NE(image.error().what().find("no progress for 2 s"), std::string::npos)
            << image.error().what();
    }
}

// Docker notices only when the next bytes come, so they have to.
TEST_F(StallTest, EndsThePullOfATaskThatIsNoLongerWanted) {
    const StallingRegistry slow(StallingRegistry::Where::in_a_layer_nearly);
    const auto result = loop_.start(puller_->ensure("arn", slow.host() + "/app:1", nullptr));
    loop_.run_until([&] { return slow.stalled() == 1; });
    ASSERT_EQ(slow.stalled(), 1U);
    loop_.run_for(3s);
    ASSERT_EQ(slow.stalled(), 1U) << "a slow pull goes on";
    loop_.tasks().cancel();
    loop_.run_until([&] { return result->has_value() && slow.stalled() == 0; });
    ASSERT_TRUE(result->has_value());
    EXPECT_EQ(result->value().error().code(), Errc::cancelled);
    EXPECT_EQ(slow.stalled(), 0U) << "Docker stops downloading";
}

} // namespace
} // namespace agent::image
