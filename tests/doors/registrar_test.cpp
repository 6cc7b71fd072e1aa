// What containers are given that no task definition declares, and whose they are when they are seen.

#include "agent/doors/registrar.hpp"

#include "agent/containers/contract_variables.hpp"
#include "fakes/captured_log.hpp"
#include "fakes/fake_docker.hpp"
#include "fakes/temporary_folder.hpp"
#include "fakes/test_loop.hpp"
#include "model/arn.hpp"
#include "model/names.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

namespace agent::doors {
namespace {

using base::Errc;
using containers::Additions;

model::Instance instance() {
    model::Instance host;
    host.scope = {"eu-west-1", "123456789012", "default"};
    return host;
}

class RegistrarTest : public testing::Test {
protected:
    RegistrarTest() { begin(); }
    void begin() {
        containers::Host host;
        host.scope = instance().scope;
        host.metadata_root = folder.path("metadata");
        registrar.emplace(loop.executor(), docker, world, files, std::move(host), stored, key);
    }
    void end() {
        loop.tasks().spawn("end", registrar->stop());
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }
    ~RegistrarTest() override {
        end();
        loop.run(files.drain(std::chrono::seconds(10)));
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    using Labels = std::map<std::string, std::string>;
    static Labels of_compose(const std::string& service) {
        return {{"com.docker.compose.project", "shop"},
                {"com.docker.compose.service", service},
                {"com.docker.compose.container-number", "1"}};
    }
    static containers::Request request_of(const std::string& name, Labels labels = {}) {
        containers::Request request;
        request.subject.name = name;
        request.subject.labels = std::move(labels);
        request.subject.images = {{"app:1"}};
        request.subject.networks = {{"bridge"}};
        request.image_environment.emplace();
        request.mounts.emplace();
        return request;
    }
    Additions admit(const containers::Request& request) {
        auto admission = loop.run(registrar->admit(request));
        EXPECT_TRUE(admission) << admission.error().what();
        return admission ? admission->additions : Additions();
    }
    static std::string value_of(const Additions& additions, const std::string& name) {
        for (const auto& entry : additions.variables)
            if (entry.starts_with(name + '='))
                return entry.substr(name.size() + 1);
        return {};
    }
    /// As Docker tells it when it was made so.
    static docker::ContainerInspect made(const containers::Request& request,
                                         const Additions& additions, char id = 'a') {
        docker::ContainerInspect inspect;
        inspect.id = std::string(64, id);
        inspect.name = '/' + request.subject.name;
        inspect.config.image = request.subject.images->front();
        inspect.config.labels = request.subject.labels;
        inspect.config.labels.insert(additions.labels.begin(), additions.labels.end());
        inspect.config.env = additions.variables;
        inspect.host_config.network_mode = request.subject.networks->front();
        if (additions.mount) {
            docker::Mount mount;
            mount.source = additions.mount->source;
            mount.destination = additions.mount->target;
            inspect.mounts.push_back(mount);
        }
        return inspect;
    }
    /// As the observer does it.
    void put(const docker::ContainerInspect& inspect, const observer::Observed& observed) {
        model::Task task;
        if (const auto known = world.find_task(observed.given.task_arn))
            task = *known;
        task.arn = observed.given.task_arn;
        task.id = model::last_part(task.arn);
        model::Container container;
        container.docker_id = inspect.id;
        container.docker_name = inspect.name.substr(1);
        container.name = observed.given.name;
        container.endpoint_id = observed.given.endpoint_id;
        container.image = inspect.config.image;
        container.labels = inspect.config.labels;
        container.network_mode = inspect.host_config.network_mode;
        container.role = observed.role;
        container.metadata_directory = observed.metadata_directory;
        container.created_at = inspect.created;
        task.containers.push_back(container);
        world.put(task);
    }
    std::size_t directories() const {
        std::size_t count = 0;
        std::error_code none;
        for (const auto& entry :
             std::filesystem::directory_iterator(folder.path("metadata/~undeclared"), none))
            count += entry.is_directory() ? 1U : 0U;
        return count;
    }
    static rules::HostFile rules_of(const std::string& yaml) {
        const auto rules = rules::parse_host_file(yaml);
        EXPECT_TRUE(rules) << rules.error().what();
        return rules ? *rules : rules::HostFile();
    }

    fakes::CapturedLog log;
    fakes::TemporaryFolder folder;
    fakes::TestLoop loop;
    base::WorkerPool workers{1};
    model::World world{instance()};
    containers::MetadataFiles files{loop.executor(), workers, world, folder.path("")};
    std::map<std::string, observer::Given> stored; ///< by an earlier run
    fakes::FakeDocker docker{loop.executor()};
    std::optional<ClusterKey> key = ClusterKey(std::string(32, 'k'));
    std::optional<Registrar> registrar;
};

/// A task of a service that was made through a manager's door, on any host.
docker::ContainerInspect swarm_task(const std::string& service, const std::string& task,
                                    char id = 'a') {
    docker::ContainerInspect inspect;
    inspect.id = std::string(64, id);
    inspect.name = '/' + service + ".1." + task;
    inspect.config.image = "app:1";
    inspect.config.labels = {{"com.docker.swarm.service.name", service},
                             {"com.docker.swarm.task.id", task},
                             {"com.docker.stack.namespace", "shop"}};
    inspect.config.env = {"ECS_CONTAINER_METADATA_URI_V4=http://169.254.170.2/v4/" + task};
    docker::Mount mount;
    mount.type = "volume";
    mount.name = task;
    mount.driver = "ecs-metadata";
    mount.destination = "/ecs/metadata/web";
    inspect.mounts = {mount};
    return inspect;
}

const std::string web_task = "x1v9tyk2c0w4mzu5d8qfh3ab7";
const std::string rule_of_web =
    "containers: [{match: {labels: {com.docker.swarm.service.name: shop_web}}, task_role: web}]";

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

TEST_F(RegistrarTest, ARoleIsTheRulesToGiveAndToTakeBack) {
    registrar->set_rules(rules_of("containers: [{match: {image: app}, task_role: web}]"));
    const auto request = request_of("web");
    const auto additions = admit(request);
    const auto path = value_of(additions, "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    ASSERT_TRUE(path.starts_with("/v2/credentials/"));
    const auto inspect = made(request, additions);
    const auto observed = registrar->identify(inspect, {});
    ASSERT_TRUE(observed.role);
    EXPECT_EQ(observed.role->arn, "arn:aws:iam::123456789012:role/web");
    EXPECT_EQ(observed.role->credentials_id, path.substr(sizeof "/v2/credentials/" - 1));
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

TEST_F(RegistrarTest, ATaskOfAServiceIsKnownBySwarmsNameOfIt) {
    const auto observed = registrar->identify(swarm_task("shop_web", web_task), {});
    EXPECT_EQ(observed.given.endpoint_id, web_task);
    EXPECT_EQ(observed.given.family, "shop");
    EXPECT_EQ(observed.given.name, "web");
    EXPECT_EQ(observed.given.service_name, "shop_web");
    EXPECT_EQ(observed.metadata_directory, folder.path("metadata/~volumes/" + web_task + "/_data"))
        << "the engine does not say where it is";
    EXPECT_FALSE(observed.role);
}

TEST_F(RegistrarTest, SwarmsNameOfAnotherTaskIsNobodysOwn) {
    auto inspect = swarm_task("shop_web", web_task);
    for (const auto* label : {"7tsqd1zr0c3l5r4m8x0v2k9ab", ""}) {
        inspect.config.labels["com.docker.swarm.task.id"] = label;
        EXPECT_EQ(registrar->identify(inspect, {}).given.endpoint_id, "") << label;
    }
    auto of_an_image = swarm_task("shop_web", web_task, 'b');
    of_an_image.name = "/copy";
    EXPECT_EQ(registrar->identify(of_an_image, {}).given.endpoint_id, "")
        << "docker commit has taken the labels with it";
}

TEST_F(RegistrarTest, ATaskOfAServiceHasTheRoleOfARuleByTheClustersKeyAlone) {
    registrar->set_rules(rules_of(rule_of_web));
    const std::string variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2/credentials/";
    const auto id = key->credentials_id(web_task, "shop_web");
    auto inspect = swarm_task("shop_web", web_task);
    inspect.config.env.push_back(variable + id);
    const auto observed = registrar->identify(inspect, {});
    ASSERT_TRUE(observed.role);
    EXPECT_EQ(observed.role->credentials_id, id);
    EXPECT_EQ(observed.role->arn, "arn:aws:iam::123456789012:role/web");
    for (const auto& wrong :
         {web_task, web_task + "-0", key->credentials_id(web_task, "shop_db"),
          ClusterKey(std::string(32, 'l')).credentials_id(web_task, "shop_web")}) {
        inspect.config.env.back() = variable + wrong;
        const auto other = registrar->identify(inspect, {});
        EXPECT_TRUE(!other.role || other.role->credentials_id != wrong) << wrong;
    }
    EXPECT_EQ(log.count(base::log::Level::warn, "this cluster's key"), 4U) << log.all();
    inspect.config.env.back() = variable + id;
    key.reset();
    end();
    begin();
    registrar->set_rules(rules_of(rule_of_web));
    const auto without = registrar->identify(inspect, {});
    EXPECT_TRUE(!without.role || without.role->credentials_id != id);
    EXPECT_EQ(log.count(base::log::Level::warn, "this host has no key of the cluster"), 1U)
        << log.all();
}

TEST_F(RegistrarTest, AVolumeTellsOfTheYoungestOfItsContainers) {
    auto first = swarm_task("shop_web", web_task, 'a');
    first.created = base::Time(std::chrono::seconds(1));
    auto second = swarm_task("shop_web", "7tsqd1zr0c3l5r4m8x0v2k9ab", 'b');
    second.created = base::Time(std::chrono::seconds(2));
    second.mounts[0].name = web_task;
    const auto directory = folder.path("metadata/~volumes/" + web_task + "/_data");
    const auto seen = [&](const docker::ContainerInspect& inspect) {
        const auto observed = registrar->identify(inspect, {});
        put(inspect, observed);
        return observed.metadata_directory;
    };
    EXPECT_EQ(seen(first), directory);
    EXPECT_EQ(seen(second), directory);
    EXPECT_EQ(world.find_by_docker_id(first.id).container->metadata_directory, "");
    world.remove(world.find_by_docker_id(first.id).task->arn);
    EXPECT_EQ(seen(first), "") << "whichever is seen first";
    std::filesystem::create_directories(directory);
    registrar->forget(second.id);
    EXPECT_EQ(world.find_by_docker_id(first.id).container->metadata_directory, directory)
        << "the first has it still";
    loop.run_for(std::chrono::milliseconds(20));
    EXPECT_TRUE(std::filesystem::exists(directory)) << "it is its volume's to remove";
}

} // namespace
} // namespace agent::doors
