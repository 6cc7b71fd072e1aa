// What containers are given that no task definition declares, and whose they are when they are seen.

#include "doors/registrar_fixture.hpp"

namespace agent::doors {
namespace {

using base::Errc;

TEST_F(RegistrarTest, WhatIsAdmittedIsKnownAgainWhenItIsSeen) {
    const auto request = request_of("web");
    const auto additions = admit(request);
    const auto endpoint_id = value_of(additions, "ECS_CONTAINER_METADATA_URI_V4")
                                 .substr(sizeof "http://169.254.170.2/v4");
    ASSERT_EQ(endpoint_id.size(), 36U);
    ASSERT_TRUE(additions.mount);
    EXPECT_EQ(directories(), 1U);
    const auto observed = registrar->identify(made(request, additions), {});
    EXPECT_EQ(observed.given.endpoint_id, endpoint_id);
    EXPECT_EQ(observed.given.task_arn, additions.labels.at(std::string(model::label_task_arn)));
    EXPECT_EQ(observed.given.family, "web");
    EXPECT_EQ(observed.given.name, "web");
    EXPECT_EQ(observed.given.task_key, "");
    EXPECT_EQ(observed.metadata_directory, additions.mount->source);
}

TEST_F(RegistrarTest, AProjectIsOneTaskWhileOneOfItIsThere) {
    const auto web = of_compose("web");
    const auto db = of_compose("db");
    const auto first = request_of("shop-web-1", web);
    const auto first_given = admit(first);
    const auto second = request_of("shop-db-1", db);
    const auto second_given = admit(second);
    const auto arn = first_given.labels.at(std::string(model::label_task_arn));
    EXPECT_EQ(second_given.labels.at(std::string(model::label_task_arn)), arn)
        << "before either was seen";
    for (const auto& [request, given, id] :
         {std::tuple(first, first_given, 'a'), {second, second_given, 'b'}}) {
        const auto inspect = made(request, given, id);
        put(inspect, registrar->identify(inspect, {}));
    }
    EXPECT_EQ(world.find_task(arn)->containers.size(), 2U);
    world.remove(arn);
    const auto next = admit(request_of("shop-web-1", web));
    EXPECT_NE(next.labels.at(std::string(model::label_task_arn)), arn)
        << "it came down, and comes up as another";
}

TEST_F(RegistrarTest, AContainerThatCameByNoDoorIsGroupedAndNamedAllTheSame) {
    auto inspect = made(request_of("shop-web-1", of_compose("web")), Additions());
    const auto web = registrar->identify(inspect, {});
    EXPECT_EQ(web.given.name, "web");
    EXPECT_EQ(web.given.family, "shop");
    EXPECT_EQ(web.given.task_key, "compose/shop");
    EXPECT_EQ(web.given.endpoint_id, "") << "the observer makes one";
    put(inspect, web);
    inspect.id = std::string(64, 'b');
    inspect.config.labels["com.docker.compose.service"] = "db";
    EXPECT_EQ(registrar->identify(inspect, {}).given.task_arn, web.given.task_arn);
    const auto lone = made(request_of("lone"), Additions(), 'c');
    EXPECT_EQ(registrar->identify(lone, {}).given.task_arn,
              instance().scope.task_arn(std::string(32, 'c')));
}

TEST_F(RegistrarTest, WhatItWasGivenBeforeItKeeps) {
    const auto inspect = made(request_of("web"), Additions());
    const observer::Given before{"the-id",  instance().scope.task_arn("before"),
                                 "key",     "family",
                                 "default", "service",
                                 "name",    "credentials",
                                 "",        "",
                                 ""};
    EXPECT_EQ(registrar->identify(inspect, before).given, before);
}

TEST_F(RegistrarTest, AnIdThatAnotherHasIsNotTakenOver) {
    const auto request = request_of("web");
    const auto additions = admit(request);
    const auto web = made(request, additions);
    put(web, registrar->identify(web, {}));
    const auto copy = made(request, additions, 'b');
    const auto observed = registrar->identify(copy, {});
    EXPECT_EQ(observed.given.endpoint_id, "");
    EXPECT_EQ(observed.metadata_directory, "");
    EXPECT_NE(observed.given.task_arn, world.find_by_docker_id(web.id).task->arn);
    EXPECT_FALSE(observed.role);
}

TEST_F(RegistrarTest, WhoJoinsAnothersNamespaceIsOfItsTask) {
    const auto owner = made(request_of("vpn"), Additions(), 'b');
    put(owner, registrar->identify(owner, {}));
    auto request = request_of("web");
    request.subject.labels = of_compose("web");
    request.subject.networks = {{"container:" + owner.id}};
    const auto given = admit(request);
    const auto owners = world.find_by_docker_id(owner.id).task->arn;
    EXPECT_EQ(given.labels.at(std::string(model::label_task_arn)), owners);
    registrar->identify(made(request, given), {});
    const auto other = admit(request_of("shop-db-1", of_compose("db")));
    EXPECT_NE(other.labels.at(std::string(model::label_task_arn)), owners)
        << "the rest of its project is not";
}

TEST_F(RegistrarTest, WhoSaysOneVariableHimselfIsKnownByTheOthers) {
    auto request = request_of("web");
    request.environment = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4"};
    const auto additions = admit(request);
    auto inspect = made(request, additions);
    inspect.config.env.push_back(request.environment[0]);
    const auto observed = registrar->identify(inspect, {});
    EXPECT_EQ(observed.given.task_arn, additions.labels.at(std::string(model::label_task_arn)));
    EXPECT_EQ(observed.metadata_directory, additions.mount->source);
    request.environment.push_back("ECS_CONTAINER_METADATA_URI=http://169.254.170.2/v3");
    request.environment.push_back("ECS_AGENT_URI=mine");
    EXPECT_TRUE(admit(request).empty()) << "it could not be known again";
    loop.run_until([&] { return directories() == 1; });
    EXPECT_EQ(directories(), 1U);
}

TEST_F(RegistrarTest, WhatAnEarlierRunGaveIsNobodyElsesWhateverIsSeenFirst) {
    const auto arn = instance().scope.task_arn(std::string(32, '1'));
    const std::string id = "11111111-2222-4333-8444-555555555555";
    stored = {{std::string(64, 'b'),
               {id, arn, "compose/shop", "shop", "default", "", "web", "", "", "shop", "web"}}};
    begin();
    auto copy = made(request_of("copy"), Additions(), 'a');
    copy.config.env = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + id};
    EXPECT_EQ(registrar->identify(copy, {}).given.endpoint_id, "");
    const auto db = made(request_of("shop-db-1", of_compose("db")), Additions(), 'c');
    EXPECT_EQ(registrar->identify(db, {}).given.task_arn, arn);
}

TEST_F(RegistrarTest, WhatNeverComesIsWithdrawn) {
    const auto admission = loop.run(registrar->admit(request_of("web"))).value();
    EXPECT_EQ(directories(), 1U);
    registrar->withdraw(admission.endpoint_id);
    loop.run_until([&] { return directories() == 0; });
    EXPECT_EQ(directories(), 0U);
}

TEST_F(RegistrarTest, WhoWaitsForAContainerWaitsUntilItIsSeen) {
    const auto request = request_of("web");
    const auto admission = loop.run(registrar->admit(request)).value();
    loop.tasks().spawn("wait",
                       registrar->wait_until_seen(admission.endpoint_id, std::chrono::seconds(30)));
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_EQ(loop.tasks().size(), 1U);
    registrar->identify(made(request, admission.additions), {});
    loop.run_until([&] { return loop.tasks().size() == 0; });
    EXPECT_EQ(loop.tasks().size(), 0U);
}

TEST_F(RegistrarTest, ADirectoryGoesWithItsContainer) {
    const auto request = request_of("web");
    const auto inspect = made(request, admit(request));
    const auto observed = registrar->identify(inspect, {});
    put(inspect, observed);
    world.remove(observed.given.task_arn);
    EXPECT_EQ(directories(), 1U) << "Docker still has it";
    registrar->forget(inspect.id);
    loop.run_until([&] { return directories() == 0; });
    EXPECT_EQ(directories(), 0U);
}

TEST_F(RegistrarTest, WhatNobodyHasAnyMoreIsCollected) {
    stored[std::string(64, 'b')].endpoint_id = "there";
    begin();
    admit(request_of("expected"));
    for (const auto* id : {"gone", "there"})
        folder.write("metadata/~undeclared/" + std::string(id) + "/app/metadata.json", "{}");
    loop.tasks().spawn("collect", registrar->collect());
    loop.run_until([&] { return loop.tasks().size() == 0; });
    EXPECT_EQ(directories(), 2U) << "of the one that is there, and of the one that is expected";
}

TEST_F(RegistrarTest, ThoseThatNeverComeAreLimited) {
    auto request = request_of("web");
    request.takes_mounts = false;
    for (std::size_t i = 0; i < Registrar::most_expected; ++i)
        admit(request);
    const auto refused = loop.run(registrar->admit(request));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code(), Errc::exhausted);
}

} // namespace
} // namespace agent::doors
