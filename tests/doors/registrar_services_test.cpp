// Tasks of Docker's services, as they are seen on the hosts that they run on.

#include "doors/registrar_fixture.hpp"

namespace agent::doors {
namespace {

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
