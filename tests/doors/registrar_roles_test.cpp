// Which role and address containers have that no task definition declares: by rules, and by labels of their own.

#include "doors/registrar_fixture.hpp"

namespace agent::doors {
namespace {

TEST_F(RegistrarTest, WhatAnImageIsLabelledGroupsNobodyAndClaimsNoRole) {
    registrar->set_rules(rules_of("roles_by_label: [\"*\"]"));
    auto request = request_of("lone");
    request.subject.image_labels = of_compose("web");
    request.subject.image_labels.erase("com.docker.compose.container-number");
    request.subject.image_labels["ecs-node-agent.task-role"] = "admin";
    const auto additions = admit(request);
    EXPECT_EQ(value_of(additions, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"), "");
    // Docker tells an image's labels as the container's.
    auto inspect = made(request, additions);
    inspect.config.labels.insert(request.subject.image_labels.begin(),
                                 request.subject.image_labels.end());
    inspect.config.env.push_back("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/"
                                 "11111111-2222-4333-8444-555555555555");
    for (const bool expected : {true, false}) {
        const auto observed = registrar->identify(inspect, {});
        EXPECT_EQ(observed.given.name, "lone") << expected;
        EXPECT_EQ(observed.given.task_key, "") << expected;
        EXPECT_FALSE(observed.role) << expected;
    }
    const auto direct = made(request_of("other"), Additions(), 'b');
    auto labelled = direct;
    labelled.config.labels = request.subject.image_labels;
    EXPECT_EQ(registrar->identify(labelled, {}).given.task_key, "");
}

TEST_F(RegistrarTest, ALabelledRoleIsKeptAsItWasAllowedAtTheDoor) {
    registrar->set_rules(rules_of("roles_by_label: [\"reader-*\"]"));
    const auto request = request_of("web", {{"ecs-node-agent.task-role", "reader-logs"}});
    const auto inspect = made(request, admit(request));
    const auto first = registrar->identify(inspect, {});
    ASSERT_TRUE(first.role);
    EXPECT_EQ(first.given.claimed_role, "arn:aws:iam::123456789012:role/reader-logs");
    const auto after_restart = registrar->identify(inspect, first.given);
    EXPECT_EQ(after_restart.role, first.role);
    registrar->set_rules({});
    EXPECT_FALSE(registrar->identify(inspect, first.given).role);
}

TEST_F(RegistrarTest, ARoleIsTheRulesToGiveAndToTakeBack) {
    registrar->set_rules(rules_of("containers: [{match: {image: app}, task_role: web}]"));
    const auto request = request_of("web");
    const auto additions = admit(request);
    const auto path = value_of(additions, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    ASSERT_TRUE(path.starts_with("/v2/credentials/"));
    const auto credentials_id = path.substr(sizeof "/v2/credentials/" - 1);
    EXPECT_TRUE(registrar->is_expected(credentials_id)) << "whoever asks by it is to wait";
    const auto inspect = made(request, additions);
    const auto observed = registrar->identify(inspect, {});
    EXPECT_FALSE(registrar->is_expected(credentials_id));
    ASSERT_TRUE(observed.role);
    EXPECT_EQ(observed.role->arn, "arn:aws:iam::123456789012:role/web");
    EXPECT_EQ(observed.role->credentials_id, credentials_id);
    put(inspect, observed);
    registrar->set_rules({});
    EXPECT_FALSE(world.find_by_docker_id(inspect.id).container->role);
    registrar->set_rules(rules_of("containers: [{match: {image: app}, task_role: other}]"));
    const auto role = world.find_by_docker_id(inspect.id).container->role;
    ASSERT_TRUE(role);
    EXPECT_EQ(role->arn, "arn:aws:iam::123456789012:role/other");
    EXPECT_EQ(role->credentials_id, observed.role->credentials_id);
}

TEST_F(RegistrarTest, WhoCameByNoDoorHasTheRoleOfItsRuleAndKeepsItsId) {
    registrar->set_rules(rules_of("containers: [{match: {image: app}, task_role: web}]"));
    const auto inspect = made(request_of("web"), Additions());
    const auto observed = registrar->identify(inspect, {});
    ASSERT_TRUE(observed.role);
    EXPECT_EQ(observed.role->arn, "arn:aws:iam::123456789012:role/web");
    EXPECT_EQ(observed.role->credentials_id.size(), 36U);
    EXPECT_EQ(observed.role->credentials_id, observed.given.credentials_id);
    begin();
    registrar->set_rules(rules_of("containers: [{match: {image: app}, task_role: web}]"));
    EXPECT_EQ(registrar->identify(inspect, observed.given).role, observed.role);
}

TEST_F(RegistrarTest, OfWhoCameByNoDoorOnlyLabelsThatAreNotItsImagesClaimARole) {
    const std::string rules = "{roles_by_label: [\"reader\"],"
                              " containers: [{match: {compose_service: tools}, task_role: tools}]}";
    registrar->set_rules(rules_of(rules));
    const Labels claim{{"ecs-node-agent.task-role", "reader"}};
    docker.add_labelled_image("labelled:1", claim);
    docker.add_labelled_image("plain:1", {});
    const auto seen = [&](char id, const std::string& image, const Labels& labels) {
        auto inspect = made(request_of("c" + std::string(1, id), labels), Additions(), id);
        inspect.image_id = image;
        const auto observed = registrar->identify(inspect, {});
        EXPECT_FALSE(observed.role) << "not before its image was asked";
        put(inspect, observed);
        return inspect.id;
    };
    const auto copied = seen('a', "labelled:1", claim);
    const auto own = seen('b', "plain:1", claim);
    const auto composed = seen('c', "plain:1", of_compose("tools"));
    const auto role_of = [&](const std::string& id) {
        const auto role = world.find_by_docker_id(id).container->role;
        return role ? role->arn.substr(role->arn.rfind('/') + 1) : "";
    };
    loop.run_until([&] { return role_of(own) != "" && role_of(composed) != ""; });
    EXPECT_EQ(role_of(own), "reader");
    EXPECT_EQ(role_of(composed), "tools");
    EXPECT_EQ(role_of(copied), "");
    registrar->set_rules(rules_of("containers: [{match: {compose_service: tools}, family: f}]"));
    EXPECT_EQ(role_of(own), "");
    registrar->set_rules(rules_of(rules));
    loop.run_until([&] { return role_of(own) == "reader"; });
    EXPECT_EQ(role_of(copied), "");
}

TEST_F(RegistrarTest, AnImageIsAskedOnceForAllThatAreMadeOfIt) {
    registrar->set_rules(rules_of("roles_by_label: [\"reader\"]"));
    const Labels claim{{"ecs-node-agent.task-role", "reader"}};
    docker.add_labelled_image("plain:1", {});
    docker.add_labelled_image("labelled:1", claim);
    docker.delay("inspect_image", std::chrono::milliseconds(20));
    for (const auto& [id, image] : {std::pair('a', "plain:1"),
                                    {'b', "plain:1"},
                                    {'c', "plain:1"},
                                    {'d', "labelled:1"},
                                    {'e', "labelled:1"}}) {
        auto inspect = made(request_of("c" + std::string(1, id), claim), Additions(), id);
        inspect.image_id = image;
        put(inspect, registrar->identify(inspect, {}));
    }
    const auto has_role = [&](char id) {
        return world.find_by_docker_id(std::string(64, id)).container->role.has_value();
    };
    loop.run_until([&] { return has_role('a') && has_role('b') && has_role('c'); });
    EXPECT_TRUE(has_role('a') && has_role('b') && has_role('c'));
    // Seen once more, and with other rules and the same again, all is known.
    auto again = made(request_of("cd", claim), Additions(), 'd');
    again.image_id = "labelled:1";
    loop.run_until([&] { return docker.count("inspect_image") == 2; });
    loop.run_for(std::chrono::milliseconds(50));
    EXPECT_FALSE(registrar->identify(again, {}).role);
    registrar->set_rules({});
    registrar->set_rules(rules_of("roles_by_label: [\"reader\"]"));
    EXPECT_TRUE(has_role('a'));
    EXPECT_FALSE(has_role('d') || has_role('e'));
    loop.run_for(std::chrono::milliseconds(50));
    EXPECT_EQ(docker.count("inspect_image"), 2U);
}

TEST_F(RegistrarTest, WhatAnImageHasToldIsKnownAfterARestartAlsoWithoutTheImage) {
    const auto rules = rules_of("{roles_by_label: [\"reader\"], containers: [{match: "
                                "{compose_service: web}, family: tools}]}");
    registrar->set_rules(rules);
    auto labels = of_compose("web");
    labels["ecs-node-agent.task-role"] = "reader";
    docker.add_labelled_image("plain:1", {});
    auto inspect = made(request_of("web", labels), Additions());
    inspect.image_id = "plain:1";
    std::map<std::string, observer::Given> told;
    registrar->on_learned([&](const std::string& docker_id, const observer::Given& given) {
        told.insert_or_assign(docker_id, given);
    });
    auto first = registrar->identify(inspect, {});
    first.given.endpoint_id = "of-the-observer";
    put(inspect, first);
    loop.run_until([&] { return !told.empty(); });
    ASSERT_TRUE(told.contains(inspect.id));
    const auto& given = told.at(inspect.id);
    EXPECT_EQ(given.claimed_role, "arn:aws:iam::123456789012:role/reader");
    EXPECT_EQ(given.compose_service, "web");
    EXPECT_EQ(given.task_arn, first.given.task_arn);
    EXPECT_EQ(given.endpoint_id, "of-the-observer");
    docker.take_image_away("plain:1");
    docker.forget_calls();
    end();
    begin();
    registrar->set_rules(rules);
    const auto again = registrar->identify(inspect, given);
    ASSERT_TRUE(again.role);
    EXPECT_EQ(again.role->arn, given.claimed_role);
    EXPECT_EQ(again.given, given);
    loop.run_for(std::chrono::milliseconds(50));
    EXPECT_EQ(docker.count("inspect_image"), 0U);
}

TEST_F(RegistrarTest, ATokenIsToldAndAskedForWhereTheConfigurationSaysSo) {
    const auto rules = rules_of("containers: [{match: {image: app}, task_role: web}]");
    const auto seen_after = [&](bool asked) {
        end();
        authorization = asked;
        begin();
        registrar->set_rules(rules);
        const auto request = request_of("web");
        const auto inspect = made(request, admit(request));
        return std::pair(inspect, registrar->identify(inspect, {}));
    };
    const auto token_in = [](const docker::ContainerInspect& inspect) {
        return std::string(containers::given_token(inspect.config.env));
    };
    const auto [without, observed_without] = seen_after(false);
    EXPECT_EQ(token_in(without), "");
    EXPECT_EQ(observed_without.role->authorization_token, "");
    const auto [with, observed] = seen_after(true);
    EXPECT_EQ(token_in(with).size(), 64U);
    EXPECT_EQ(observed.role->authorization_token, token_in(with));
    // Who is there keeps what he was told.
    EXPECT_EQ(registrar->identify(without, observed_without.given).role, observed_without.role);
    const auto by_no_door = registrar->identify(made(request_of("lone"), Additions(), 'b'), {});
    ASSERT_TRUE(by_no_door.role);
    EXPECT_EQ(by_no_door.role->authorization_token, "") << "nobody told it any";
    end();
    authorization = false;
    begin();
    registrar->set_rules(rules);
    EXPECT_EQ(registrar->identify(with, observed.given).role, observed.role);
}

TEST_F(RegistrarTest, AnAddressIsWantedByLabelOrRule) {
    registrar->set_rules(rules_of("containers: [{match: {network: none}, address: true}]"));
    model::Container container;
    container.network_mode = "none";
    EXPECT_TRUE(registrar->wants_address(container));
    container.labels = {{"ecs-node-agent.address", "false"}};
    EXPECT_FALSE(registrar->wants_address(container));
    container.network_mode = "bridge";
    container.labels = {{"ecs-node-agent.address", ""}};
    EXPECT_TRUE(registrar->wants_address(container));
    container.labels["ecs-node-agent.opt-out"] = "";
    EXPECT_FALSE(registrar->wants_address(container));
}

} // namespace
} // namespace agent::doors
