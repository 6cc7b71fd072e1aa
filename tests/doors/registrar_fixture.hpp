#pragma once
// A registrar with what it works with, and containers as Docker would tell of them.

#include "agent/containers/contract_variables.hpp"
#include "agent/doors/registrar.hpp"
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

using containers::Additions;

inline model::Instance instance() {
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
        host.authorization = authorization;
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
        for (const auto& mount : inspect.mounts)
            container.volumes.push_back({mount.name, mount.source, mount.destination});
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
    bool authorization = false;                    ///< ECS_CREDENTIALS_AUTHORIZATION
    fakes::FakeDocker docker{loop.executor()};
    std::optional<ClusterKey> key = ClusterKey(std::string(32, 'k'));
    std::optional<Registrar> registrar;
};

} // namespace agent::doors
