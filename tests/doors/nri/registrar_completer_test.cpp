// What a container is given that the engine asks about through NRI, which tells neither image nor mounts nor
// networks.

#include "agent/doors/nri/registrar_completer.hpp"

#include "agent/containers/contract_variables.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "model/arn.hpp"
#include "model/names.hpp"

#include <gtest/gtest.h>

#include <filesystem>

namespace doors_test {
namespace {

using namespace agent;
using base::log::Level;
using doors::Registrar;
using doors::nri::Adjusted;
using doors::nri::Adjustment;
using doors::nri::Completed;
using doors::nri::Container;
using doors::nri::ImageNames;
using doors::nri::Passed;
using doors::nri::RegistrarCompleter;

model::Instance the_instance() {
    model::Instance host;
    host.scope = {"eu-west-1", "123456789012", "default"};
    return host;
}

const std::string an_image_id = "sha256:" + std::string(64, 'e');

class NriCompleter : public testing::Test {
protected:
    NriCompleter() {
        containers::Host host;
        host.scope = the_instance().scope;
        host.metadata_root = folder.path("metadata");
        registrar.emplace(loop.executor(), docker, world, files, std::move(host), stored);
        completer.emplace(*registrar, world, images, [this] { return ready; });
    }
    ~NriCompleter() override {
        loop.run(nothing_after(registrar->stop()));
        loop.run(nothing_after(images.stop()));
        loop.run(files.drain(std::chrono::seconds(10)));
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }
    static base::Async<bool> nothing_after(base::Async<void> operation) {
        co_await std::move(operation);
        co_return true;
    }

    static Container container_of(const std::string& name,
                                  std::map<std::string, std::string> labels = {}, char id = 'a') {
        Container container;
        container.id = std::string(64, id);
        container.name = '/' + name;
        container.labels = std::move(labels);
        container.environment = {"PATH=/bin"};
        return container;
    }
    static std::map<std::string, std::string> of_compose(const std::string& service) {
        return {{"com.docker.compose.project", "shop"},
                {"com.docker.compose.service", service},
                {"com.docker.compose.container-number", "1"},
                {"com.docker.compose.image", an_image_id}};
    }
    Completed complete(const Container& container) {
        return loop.run(completer->complete(container));
    }
    Adjustment gifts_for(const Container& container) {
        const auto completed = complete(container);
        const auto* given = std::get_if<Adjusted>(&completed);
        EXPECT_NE(given, nullptr) << "nothing is given";
        return given != nullptr ? given->adjustment : Adjustment();
    }
    bool is_left_alone(const Container& container) {
        return complete(container) == Completed(Passed::not_wanted);
    }
    /// "-" without it.
    static std::string value_of(const Adjustment& adjustment, std::string_view name) {
        for (const auto& [key, value] : adjustment.variables)
            if (key == name)
                return value;
        return "-";
    }
    void know_image() {
        docker.add_labelled_image(an_image_id, {});
        images.learn(an_image_id);
        loop.run_until([&] { return images.find(an_image_id) != nullptr; });
        ASSERT_NE(images.find(an_image_id), nullptr);
    }
    void set_rules(const std::string& yaml) {
        registrar->set_rules(rules::parse_host_file(yaml).value());
    }
    /// The container as it is when it was made.
    static Container made(Container container, const Adjustment& adjustment) {
        for (const auto& [name, value] : adjustment.variables)
            container.environment.push_back(name + '=' + value);
        return container;
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    fakes::FakeDocker docker{loop.executor()};
    base::WorkerPool workers{1};
    model::World world{the_instance()};
    containers::MetadataFiles files{loop.executor(), workers, world, folder.path("")};
    std::map<std::string, observer::Given> stored;
    std::optional<Registrar> registrar;
    ImageNames images{loop.executor(), docker};
    bool ready = true;
    std::optional<RegistrarCompleter> completer;
};

TEST_F(NriCompleter, GivesVariablesAndAPlaceThatNoUserMounts) {
    const auto adjustment = gifts_for(container_of("web"));
    const auto uri = value_of(adjustment, "ECS_CONTAINER_METADATA_URI_V4");
    ASSERT_TRUE(uri.starts_with("http://169.254.170.2/v4/")) << uri;
    const auto endpoint_id = uri.substr(uri.rfind('/') + 1);
    ASSERT_TRUE(adjustment.bind);
    EXPECT_EQ(adjustment.bind->target, "/ecs-metadata-" + endpoint_id);
    EXPECT_TRUE(std::filesystem::exists(adjustment.bind->source + "/metadata.json"))
        << "before the answer, else the engine refuses the container";
    EXPECT_EQ(value_of(adjustment, "ECS_CONTAINER_METADATA_FILE"),
              adjustment.bind->target + "/metadata.json");
    EXPECT_EQ(value_of(adjustment, "AWS_REGION"), "eu-west-1")
        << "the image's variables are told with the user's";
}

TEST_F(NriCompleter, LeavesToTheUserWhatHeSays) {
    auto container = container_of("web");
    container.environment = {"AWS_REGION=mine", "ECS_CONTAINER_METADATA_FILE=/mine"};
    const auto adjustment = gifts_for(container);
    EXPECT_EQ(value_of(adjustment, "AWS_REGION"), "-");
    EXPECT_EQ(value_of(adjustment, "ECS_CONTAINER_METADATA_FILE"), "-");
    EXPECT_FALSE(adjustment.bind);
}

TEST_F(NriCompleter, GivesARoleByComposesService) {
    set_rules("containers: [{match: {compose_service: web}, task_role: web}]");
    const auto adjustment = gifts_for(container_of("shop-web-1", of_compose("web")));
    EXPECT_TRUE(value_of(adjustment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI")
                    .starts_with("/v2/credentials/"));
    const auto other = gifts_for(container_of("shop-db-1", of_compose("db"), 'b'));
    EXPECT_EQ(value_of(other, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "-");
}

TEST_F(NriCompleter, SaysOnceThatARuleAsksForWhatIsNotKnown) {
    set_rules("containers: [{match: {image: 'app:*'}, task_role: web}]");
    for (const auto& container :
         {container_of("shop-web-1", of_compose("web"), 'a'), container_of("lone", {}, 'b')})
        EXPECT_EQ(value_of(gifts_for(container), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "-");
    EXPECT_EQ(log.count(Level::warn, "rule=containers[0] asks_for=image"), 1U) << log.all();
    set_rules("containers: [{match: {network: shop}, task_role: web}]");
    gifts_for(container_of("another", {}, 'c'));
    EXPECT_EQ(log.count(Level::warn, "rule=containers[0] asks_for=network"), 1U)
        << "of other rules\n"
        << log.all();
}

TEST_F(NriCompleter, DecidesByAnImageThatWasLearned) {
    set_rules("containers: [{match: {image: 'sha256:e*'}, task_role: web}]");
    know_image();
    EXPECT_EQ(images.find(an_image_id)->names, (std::vector<std::string>{an_image_id}));
    const auto adjustment = gifts_for(container_of("shop-web-1", of_compose("web")));
    EXPECT_NE(value_of(adjustment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "-");
    EXPECT_EQ(log.count(Level::warn, "asks_for=image"), 0U) << log.all();
}

// Compose says the image's id, and the container that is seen is called by the one name that the user has said.
TEST_F(NriCompleter, DecidesByAnImageOfSeveralNamesOnlyWhereAllComeToTheSame) {
    docker.add_labelled_image(an_image_id, {});
    docker.name_image(an_image_id, {"app:1", "tools:1"});
    images.learn(an_image_id);
    loop.run_until([&] { return images.find(an_image_id) != nullptr; });
    const auto path_by = [&](const std::string& pattern) {
        set_rules("containers: [{match: {image: '" + pattern + "'}, task_role: web}]");
        return value_of(gifts_for(container_of("shop-web-1", of_compose("web"))),
                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    };
    EXPECT_EQ(path_by("tools:*"), "-");
    EXPECT_EQ(log.count(Level::warn, "asks_for=image"), 1U) << log.all();
    EXPECT_NE(path_by("*:1"), "-");
    EXPECT_EQ(path_by("none:*"), "-");
    EXPECT_EQ(log.count(Level::warn, "asks_for=image"), 1U) << log.all();
}

TEST_F(NriCompleter, AsksTheEngineForNothingThatIsNoImagesId) {
    auto labels = of_compose("web");
    labels["com.docker.compose.image"] = "../containers/json";
    gifts_for(container_of("web", labels));
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(docker.calls().empty());
}

// Whoever makes an image does not say as whom others run it, and here its labels cannot be told from theirs.
TEST_F(NriCompleter, ALabelClaimsNoRoleThatMayBeItsImages) {
    set_rules("roles_by_label: [web]");
    const std::map<std::string, std::string> claim{{"ecs-node-agent.task-role", "web"}};
    EXPECT_EQ(
        value_of(gifts_for(container_of("web", claim)), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        "-");
    gifts_for(container_of("web", claim, 'b'));
    EXPECT_EQ(log.count(Level::warn, "cannot claim a role"), 1U) << log.all();
}

TEST_F(NriCompleter, ALabelThatTheImageHasNotClaimsItsRole) {
    set_rules("roles_by_label: [web]");
    auto claim = of_compose("web");
    claim["ecs-node-agent.task-role"] = "web";
    know_image();
    EXPECT_NE(
        value_of(gifts_for(container_of("web", claim)), "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        "-");
}

TEST_F(NriCompleter, LeavesAloneWhatTheSocketHasCompleted) {
    containers::Request request;
    request.subject.name = "web";
    request.image_environment.emplace();
    request.mounts.emplace();
    const auto admission = loop.run(registrar->admit(request)).value();
    auto container = container_of("web");
    container.environment = admission.additions.variables;
    EXPECT_TRUE(is_left_alone(container));
}

TEST_F(NriCompleter, LeavesAloneWhatAnOptOutIsFor) {
    EXPECT_TRUE(is_left_alone(container_of("web", {{"ecs-node-agent.opt-out", "true"}})));
}

// They come through the same engine.
TEST_F(NriCompleter, LeavesTheAgentsOwnTasksAlone) {
    model::Task task;
    task.arn = the_instance().scope.task_arn("0123456789abcdef0123456789abcdef");
    model::Container declared;
    declared.name = "web";
    declared.endpoint_id = "11111111-2222-4333-8444-555555555555";
    declared.declared = true;
    task.containers.push_back(declared);
    world.put(task);
    auto container = container_of("ecs-web");
    container.environment = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" +
                             declared.endpoint_id};
    EXPECT_TRUE(is_left_alone(container));
    task.containers[0].docker_id = std::string(64, 'b');
    world.put(task);
    // `docker commit` of it, and a container of that image.
    const auto uri = value_of(gifts_for(container), "ECS_CONTAINER_METADATA_URI_V4");
    EXPECT_NE(uri, "-");
    EXPECT_EQ(uri.find(declared.endpoint_id), std::string::npos) << uri;
}

// Variables cannot be taken away here.
TEST_F(NriCompleter, EmptiesWhatAnotherContainerHasLeft) {
    auto container = container_of("web");
    container.environment = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/"
                             "11111111-2222-4333-8444-555555555555",
                             "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/"
                             "11111111-2222-4333-8444-555555555556"};
    const auto adjustment = gifts_for(container);
    EXPECT_EQ(value_of(adjustment, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "");
    EXPECT_NE(value_of(adjustment, "ECS_CONTAINER_METADATA_URI_V4"), "-");
}

TEST_F(NriCompleter, LeavesTheFileOutWhereItCouldNotBeRead) {
    registrar->set_selinux(true);
    const auto adjustment = gifts_for(container_of("web"));
    EXPECT_FALSE(adjustment.bind);
    EXPECT_EQ(value_of(adjustment, "ECS_CONTAINER_METADATA_FILE"), "-");
    EXPECT_NE(value_of(adjustment, "ECS_CONTAINER_METADATA_URI_V4"), "-");
    gifts_for(container_of("db", {}, 'b'));
    EXPECT_EQ(log.count(Level::warn, "SELinux"), 1U) << log.all();
}

TEST_F(NriCompleter, GivesNothingBeforeAllContainersWereSeen) {
    ready = false;
    EXPECT_TRUE(complete(container_of("web")) == Completed(Passed::not_ready));
}

TEST_F(NriCompleter, FailsWhereTooManyWait) {
    registrar->set_rules({});
    for (std::size_t i = 0; i < Registrar::most_expected; ++i) {
        containers::Request request;
        request.subject.name = "web";
        request.takes_mounts = false;
        ASSERT_TRUE(loop.run(registrar->admit(request)));
    }
    EXPECT_TRUE(complete(container_of("web")) == Completed(Passed::failed));
}

TEST_F(NriCompleter, NamesThoseThatCameWhileItWasNotAsked) {
    EXPECT_EQ(completer->listed({container_of("old", {}, '1')}, false), 0U);
    EXPECT_EQ(completer->listed({container_of("older", {}, '2')}, true), 0U)
        << "before the agent first registered";
    const auto web = container_of("web", {}, '3');
    const auto adjustment = gifts_for(web);
    const auto out = container_of("out", {{"ecs-node-agent.opt-out", "true"}}, '4');
    EXPECT_TRUE(is_left_alone(out));
    EXPECT_EQ(completer->listed({container_of("old", {}, '1'), made(web, adjustment), out,
                                 container_of("missed", {}, '5')},
                                false),
              0U);
    EXPECT_EQ(completer->listed({container_of("missed-too", {}, '6')}, true), 2U);
    EXPECT_EQ(log.count(Level::warn, "count=2 containers=\"missed, missed-too\""), 1U) << log.all();
    EXPECT_EQ(completer->listed({container_of("missed", {}, '5')}, true), 0U) << "once";
}

} // namespace
} // namespace doors_test
