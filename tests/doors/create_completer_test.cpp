// What containers are given that are made through the socket, as the engine gets their bodies; each trap that
// the door was tried against and that concerns a body.

#include "agent/doors/create_completer.hpp"

#include "agent/containers/create_body.hpp"
#include "doors/registrar_fixture.hpp"

#include <nlohmann/json.hpp>

namespace agent::doors {

using proxy::CreateKind;
using proxy::LeftAlone;
using proxy::NewBody;
using proxy::Untouched;

class CreateCompleterTest : public RegistrarTest {
protected:
    CreateCompleterTest() {
        docker.add_image("app:1", {"PATH=/bin"});
        observer::ObserverSettings settings;
        settings.identify = [this](const docker::ContainerInspect& inspect,
                                   const observer::Given& before) {
            return registrar->identify(inspect, before);
        };
        docker_observer.emplace(loop.executor(), docker, world, networks, std::move(settings));
        completer.emplace(docker, *docker_observer, probe, *registrar, ServiceCompleter(key, true));
    }
    ~CreateCompleterTest() override {
        work.cancel();
        loop.run(work.wait(std::chrono::seconds(10)));
        loop.run(probe.end(std::chrono::seconds(5)));
    }
    void see_all() {
        work.spawn("observer", docker_observer->run());
        loop.run_until([&] { return docker_observer->connected(); });
        ASSERT_TRUE(docker_observer->connected());
        docker.forget_calls();
    }

    proxy::Completed ask(const std::string& body, const std::string& name = "web",
                         CreateKind kind = CreateKind::container) {
        return loop.run(completer->complete({kind, name, "1.44", body}));
    }
    /// Nothing where it was completed.
    std::optional<Untouched> left_alone(const std::string& body, const std::string& name = "web") {
        const auto answer = ask(body, name);
        const auto* left = std::get_if<LeftAlone>(&answer);
        return left == nullptr ? std::nullopt : std::optional(left->reason);
    }
    NewBody completed(const std::string& body, const std::string& name = "web") {
        auto answer = ask(body, name);
        if (const auto* left = std::get_if<LeftAlone>(&answer)) {
            ADD_FAILURE() << left->why;
            return {body, {}};
        }
        return std::get<NewBody>(std::move(answer));
    }
    /// As the engine takes it from the body; "-" without it.
    static std::string value_of(const NewBody& created, const std::string& name) {
        const auto request = containers::read_create_body(created.text, "");
        EXPECT_TRUE(request) << created.text;
        std::string value = "-";
        for (const auto& entry : request ? request->environment : std::vector<std::string>())
            if (containers::name_of_variable(entry) == name)
                value = entry == name ? "(taken away)" : entry.substr(name.size() + 1);
        return value;
    }
    static std::string file_of(const NewBody& created) {
        return value_of(created, "ECS_CONTAINER_METADATA_FILE");
    }
    static std::string label_of(const NewBody& created, std::string_view name) {
        const auto request = containers::read_create_body(created.text, "");
        EXPECT_TRUE(request) << created.text;
        return request ? std::string(model::label_of(request->subject.labels, name)) : "";
    }
    void tell(const NewBody& created, int status) {
        work.spawn("answered", completer->answered(created.ticket, status));
    }

    base::TaskGroup work{loop.executor()};
    observer::ContainerNetworks networks{boost::asio::ip::make_network_v4("169.254.172.0/22")};
    containers::ImageProbe probe{loop.executor(), docker};
    std::optional<observer::Observer> docker_observer;
    std::optional<CreateCompleter> completer;
};

namespace {

const std::string plain = R"({"Image":"app:1","Env":["A=1"],"HostConfig":{"Memory":7}})";
const std::string stale_id = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee";

std::string with_environment(const std::string& entries) {
    return R"({"Image":"app:1","Env":[)" + entries + "]}";
}

TEST_F(CreateCompleterTest, GivesTheWholeContract) {
    see_all();
    const auto created = completed(plain);
    EXPECT_EQ(value_of(created, "ECS_CONTAINER_METADATA_URI_V4"),
              "http://169.254.170.2/v4/" + created.ticket);
    EXPECT_EQ(value_of(created, "AWS_REGION"), "eu-west-1");
    EXPECT_EQ(value_of(created, "A"), "1");
    EXPECT_EQ(label_of(created, model::label_container_name), "web");
    EXPECT_EQ(file_of(created), "/ecs/metadata/web/metadata.json");
    const auto body = nlohmann::json::parse(created.text);
    EXPECT_EQ(body.at("HostConfig").at("Memory"), 7);
    // An engine refuses a bind whose source is not there.
    const std::string bind = body.at("HostConfig").at("Binds").at(0);
    ASSERT_TRUE(bind.ends_with(":/ecs/metadata/web:ro")) << bind;
    EXPECT_TRUE(std::filesystem::exists(bind.substr(0, bind.find(':')) + "/metadata.json"));
}

TEST_F(CreateCompleterTest, KeepsWhatTheUserHasWritten) {
    see_all();
    const auto created =
        completed(R"({ "image":"app:1", "env":["A=1","AWS_REGION=eu-north-1"], "X":[1e3],)"
                  R"("HostConfig":{"Memory":9223372036854775807, "binds":["/x:/y"]}})");
    for (const auto* part : {R"("A=1")", R"("X":[1e3])", R"("Memory":9223372036854775807)",
                             R"("/x:/y")", R"( "image":"app:1")"})
        EXPECT_NE(created.text.find(part), std::string::npos) << part << " in " << created.text;
    EXPECT_EQ(created.text.find("\"Env\""), std::string::npos) << "it would hide the user's env";
    EXPECT_EQ(value_of(created, "AWS_REGION"), "eu-north-1");
    EXPECT_EQ(value_of(created, "AWS_DEFAULT_REGION"), "-");
}

TEST_F(CreateCompleterTest, HasItsContainerInTheWorldWhenItsMakerHearsOfIt) {
    see_all();
    const auto created = completed(plain);
    tell(created, 201);
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(work.size(), 2U) << "it is waited for";
    const auto id = loop.run(docker.create_container("web", created.text));
    ASSERT_TRUE(id);
    loop.run_until([&] { return work.size() == 1; });
    const auto found = world.find_by_endpoint_id(created.ticket);
    ASSERT_TRUE(found);
    EXPECT_EQ(found.container->docker_id, *id);
    EXPECT_EQ(found.container->name, "web");
    EXPECT_EQ(found.task->arn, label_of(created, model::label_task_arn));
}

TEST_F(CreateCompleterTest, WaitsForNoContainerLongerThanAMoment) {
    see_all();
    tell(completed(plain), 201);
    const auto begun = std::chrono::steady_clock::now();
    loop.run_until([&] { return work.size() == 1; });
    EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

TEST_F(CreateCompleterTest, LeavesNothingOfAContainerThatIsNotMade) {
    see_all();
    for (const int status : {0, 404, 409, 500}) {
        const auto created = completed(plain);
        EXPECT_EQ(directories(), 1U);
        tell(created, status);
        loop.run_until([&] { return directories() == 0; });
        EXPECT_EQ(directories(), 0U) << status;
    }
}

// A client asks without it, is told 404, pulls, and asks once more.
TEST_F(CreateCompleterTest, CompletesWhenTheImageHasCome) {
    see_all();
    const std::string body = R"({"Image":"later:1"})";
    EXPECT_EQ(left_alone(body), Untouched::no_image);
    EXPECT_EQ(left_alone("{}"), Untouched::no_image) << "none is named";
    EXPECT_EQ(directories(), 0U);
    docker.add_image("later:1");
    EXPECT_EQ(left_alone(body), std::nullopt);
}

TEST_F(CreateCompleterTest, WaitsAMomentForAnAgentThatHasNotSeenAll) {
    EXPECT_EQ(left_alone(plain), Untouched::not_ready);
    const auto asked = loop.start(completer->complete({CreateKind::container, "web", "", plain}));
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_FALSE(asked->has_value());
    work.spawn("observer", docker_observer->run());
    loop.run_until([&] { return asked->has_value(); });
    EXPECT_TRUE(std::holds_alternative<NewBody>(**asked));
}

TEST_F(CreateCompleterTest, LeavesAloneWhatTheEngineDoesNotTellEnoughOf) {
    see_all();
    const base::Error away(base::Errc::exhausted, "it does not say");
    docker.fail_next("inspect_image", away);
    EXPECT_EQ(left_alone(plain), Untouched::engine);
    docker.fail_next("inspect", away);
    EXPECT_EQ(left_alone(R"({"Image":"app:1","HostConfig":{"VolumesFrom":["other"]}})"),
              Untouched::engine);
    docker.fail_next("create", away);
    EXPECT_EQ(left_alone(plain), Untouched::engine) << "whether a file is in the way";
    EXPECT_EQ(directories(), 0U);
}

TEST_F(CreateCompleterTest, AsksNothingForABodyThatTheEngineWillRefuse) {
    see_all();
    for (const auto* body : {"", "no JSON", "[]", R"({"Image":"app:1","Env":"A"})",
                             R"({"Image":"app:1","HostConfig":{"Mounts":[{}],"mounts":[{}]}})"})
        EXPECT_EQ(left_alone(body), Untouched::bad_body) << body;
    EXPECT_TRUE(docker.calls().empty());
}

TEST_F(CreateCompleterTest, OptingOutIsGivenNothing) {
    see_all();
    EXPECT_EQ(left_alone(R"({"Image":"app:1","Labels":{"ecs-node-agent.opt-out":""}})"),
              Untouched::not_wanted);
    docker.add_labelled_image("out:1", {{"ecs-node-agent.opt-out", "true"}});
    EXPECT_EQ(left_alone(R"({"Image":"out:1"})"), Untouched::not_wanted) << "its image does";
    EXPECT_EQ(directories(), 0U);
}

// A mount below, above or at ours keeps a container from being made, or from starting.
TEST_F(CreateCompleterTest, AMountInTheWayCostsTheFileAlone) {
    see_all();
    for (const std::string host :
         {R"({"Binds":["/x:/ecs"]})", R"({"Binds":["v:/ecs/metadata/web/deep"]})",
          R"({"Tmpfs":{"/ecs/metadata":""}})",
          R"({"Mounts":[{"Type":"bind","Source":"/x","Target":"/ecs/metadata/web"}]})"}) {
        const auto created = completed(R"({"Image":"app:1","HostConfig":)" + host + '}');
        EXPECT_EQ(file_of(created), "-") << host;
        EXPECT_NE(value_of(created, "ECS_CONTAINER_METADATA_URI_V4"), "-") << host;
    }
    EXPECT_EQ(file_of(completed(R"({"Image":"app:1","Volumes":{"/ecs/metadata":{}}})")), "-");
    docker.add_image("volume:1");
    docker.image("volume:1").volumes = {"/ecs"};
    EXPECT_EQ(file_of(completed(R"({"Image":"volume:1"})")), "-") << "its image makes one there";
    docker.add_image("file:1");
    docker.add_file_in_image("file:1", "/ecs");
    EXPECT_EQ(file_of(completed(R"({"Image":"file:1"})")), "-");
}

TEST_F(CreateCompleterTest, SharedMountsOfOthersAreAskedFor) {
    see_all();
    for (const auto& [name, target] :
         {std::pair("in-the-way", "/ecs/metadata"), {"beside", "/x"}}) {
        docker.make_container(name);
        docker::Mount mount;
        mount.type = "volume";
        mount.name = "v";
        mount.destination = target;
        docker.container(name).mounts.push_back(mount);
    }
    const auto sharing = [&](const std::string& entries) {
        return file_of(
            completed(R"({"Image":"app:1","HostConfig":{"VolumesFrom":[)" + entries + "]}}"));
    };
    EXPECT_EQ(sharing(R"("beside:ro")"), "/ecs/metadata/web/metadata.json");
    EXPECT_EQ(sharing(R"("beside","in-the-way:ro")"), "-");
    EXPECT_NE(sharing(R"("nobody")"), "-") << "the engine will refuse it";
    docker.forget_calls();
    std::string many = R"("beside")";
    for (int i = 0; i < 16; ++i)
        many += R"(,"beside")";
    EXPECT_EQ(sharing(many), "-");
    EXPECT_EQ(docker.count("inspect beside"), 0U) << "so many are not asked";
}

// What docker commit has left in an image.
TEST_F(CreateCompleterTest, AnImageBringsNoIdentityOfAnotherContainer) {
    see_all();
    docker.add_image("committed:1",
                     {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + stale_id,
                      "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/" + stale_id,
                      "AWS_REGION=eu-north-1"});
    docker.image("committed:1").labels = {
        {std::string(model::label_task_arn), "arn:aws:ecs:eu-west-1:123456789012:task/default/0"}};
    const auto created = completed(R"({"Image":"committed:1"})");
    EXPECT_EQ(value_of(created, "ECS_CONTAINER_METADATA_URI_V4"),
              "http://169.254.170.2/v4/" + created.ticket);
    EXPECT_EQ(value_of(created, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "(taken away)");
    EXPECT_EQ(value_of(created, "AWS_REGION"), "-") << "its image says it";
    EXPECT_FALSE(label_of(created, model::label_task_arn).ends_with("/0"));
}

TEST_F(CreateCompleterTest, AnImagesLabelsOfComposeGroupNobody) {
    see_all();
    docker.add_labelled_image(
        "built:1", {{"com.docker.compose.project", "shop"}, {"com.docker.compose.service", "db"}});
    EXPECT_EQ(label_of(completed(R"({"Image":"built:1"})"), model::label_family), "web");
    const auto by_compose = completed(R"({"Image":"built:1","Labels":{)"
                                      R"("com.docker.compose.project":"shop",)"
                                      R"("com.docker.compose.service":"db",)"
                                      R"("com.docker.compose.container-number":"1"}})");
    EXPECT_EQ(label_of(by_compose, model::label_family), "shop");
    EXPECT_EQ(label_of(by_compose, model::label_container_name), "db");
}

// Podman shows a container with its image's whole name, and that is what its role is decided by.
TEST_F(CreateCompleterTest, AShortNameStandsForWhatTheEngineWritesOut) {
    see_all();
    docker.image("app:1").repo_tags = {"other:1", "localhost/app:1"};
    docker.add_image("app");
    docker.image("app").repo_tags = {"docker.io/library/app:latest"};
    const auto has_role = [&](const std::string& rule, const std::string& image) {
        registrar->set_rules(
            rules_of("containers: [{match: {image: " + rule + "}, task_role: r}]"));
        return value_of(completed(R"({"Image":")" + image + "\"}"),
                        "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI") != "-";
    };
    EXPECT_TRUE(has_role("localhost/app", "app:1"));
    EXPECT_FALSE(has_role("app", "app:1"));
    EXPECT_FALSE(has_role("other", "app:1")) << "it is called so, too, but was not here";
    EXPECT_TRUE(has_role("app", "app")) << "Docker Hub's";
}

TEST_F(CreateCompleterTest, WhatAnotherDoorHasGivenIsNotGivenTwice) {
    see_all();
    const auto waits = admit(request_of("web"));
    const auto id = RegistrarTest::value_of(waits, "ECS_CONTAINER_METADATA_URI_V4");
    EXPECT_EQ(left_alone(with_environment("\"ECS_CONTAINER_METADATA_URI_V4=" + id + '"')),
              Untouched::not_wanted);
    EXPECT_EQ(left_alone(with_environment(
                  "\"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + stale_id + '"')),
              std::nullopt)
        << "that of a container that is gone";
}

TEST_F(CreateCompleterTest, ANameIsDockersWithoutItsSlash) {
    see_all();
    EXPECT_EQ(label_of(completed(plain, "/web"), model::label_container_name), "web");
    EXPECT_EQ(label_of(completed(plain, ""), model::label_container_name), "app")
        << "after its image, as the engine has yet to choose a name";
}

TEST_F(CreateCompleterTest, SaysThatTooManyHaveNotCome) {
    see_all();
    auto request = request_of("web");
    request.takes_mounts = false;
    for (std::size_t i = 0; i < Registrar::most_expected; ++i)
        admit(request);
    EXPECT_EQ(left_alone(plain), Untouched::late);
}

TEST_F(CreateCompleterTest, OfAServiceNothingHasToBeSeen) {
    const auto answer = ask(R"({"Name":"s","TaskTemplate":{"ContainerSpec":{"Image":"app:1"}}})",
                            "", CreateKind::service);
    EXPECT_TRUE(std::holds_alternative<NewBody>(answer));
    EXPECT_TRUE(docker.calls().empty());
}

} // namespace
} // namespace agent::doors
