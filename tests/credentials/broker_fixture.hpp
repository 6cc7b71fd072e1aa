#pragma once
// A broker on a World of the test's own, and tasks in every network mode.

#include "agent/credentials/broker.hpp"

#include "provider_fixture.hpp"

#include "fakes/captured_log.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace agent::credentials {

inline const std::string web_role = "arn:aws:iam::123456789012:role/web";
inline const std::string logs_role = "arn:aws:iam::123456789012:role/logs";

inline constexpr auto awsvpc_address = "169.254.172.2";
inline constexpr auto bridge_address = "172.17.0.2";
inline constexpr auto host_address = "10.0.0.5";
inline constexpr auto loopback = "127.0.0.1";
inline constexpr auto nobodys_address = "172.17.0.99";

/// A task that was accepted; it has no containers yet, and no role.
inline model::Task task_of(const std::string& id, model::NetworkMode mode) {
    model::Task task;
    task.id = id;
    task.arn = "arn:aws:ecs:eu-west-1:123456789012:task/default/" + id;
    task.network_mode = mode;
    return task;
}

inline model::Container container_of(const std::string& docker_id) {
    model::Container container;
    container.docker_id = docker_id;
    container.name = docker_id;
    container.known = model::ContainerStatus::running;
    return container;
}

/// At awsvpc_address; credentials id "id-of-awsvpc".
inline model::Task awsvpc_task() {
    auto task = task_of("a0000000000000000000000000000000", model::NetworkMode::awsvpc);
    auto pause = container_of("pause");
    pause.type = model::ContainerType::cni_pause;
    auto app = container_of("app-a");
    app.network_mode = "container:pause";
    task.containers = {app, pause};
    task.link_local_ipv4 = awsvpc_address;
    task.role = model::TaskRole{web_role, "id-of-awsvpc"};
    return task;
}

/// At bridge_address; "id-of-bridge".
inline model::Task bridge_task() {
    auto task = task_of("b0000000000000000000000000000000", model::NetworkMode::bridge);
    auto app = container_of("app-b");
    model::NetworkAttachment network;
    network.name = "bridge";
    network.ipv4 = bridge_address;
    app.networks = {network};
    task.containers = {app};
    task.role = model::TaskRole{web_role, "id-of-bridge"};
    return task;
}

/// "id-of-host".
inline model::Task host_task() {
    auto task = task_of("c0000000000000000000000000000000", model::NetworkMode::host);
    task.containers = {container_of("app-c")};
    task.role = model::TaskRole{web_role, "id-of-host"};
    return task;
}

/// Knows the World's addresses, and two of the host.
class FakeCallers : public handlers::CallerFinder {
public:
    explicit FakeCallers(const model::World& world) : world_(world) {}

    base::Async<model::Caller> find(std::string ipv4) override {
        ++asked;
        auto caller = world_.find_by_address(ipv4);
        co_return caller;
    }
    bool is_current(const model::Caller& /*caller*/) override { return true; }
    bool is_host(std::string_view address) override {
        return address == host_address || address == loopback;
    }

    int asked = 0;

private:
    const model::World& world_;
};

class BrokerFixture : public ProviderFixture {
protected:
    using Answer = handlers::CredentialsAnswer;
    using Kind = Answer::Kind;

    BrokerFixture() {
        write_keys("ID");
        broker.emplace(services(), loop.tasks(), world, callers, true);
    }
    ~BrokerFixture() override {
        loop.tasks().cancel();
        loop.run_until([&] { return loop.tasks().size() == 0; });
    }

    void write_keys(const std::string& id, const std::string& name = "keys.json") {
        write_private(folder, name, R"({"AccessKeyId":")" + id + R"(","SecretAccessKey":"KEY"})");
    }
    /// The keys of a file for roles without a rule.
    Configuration all_roles(const std::string& name = "keys.json") const {
        Configuration configuration;
        configuration.providers.emplace("file", StaticSpec{folder.path(name)});
        configuration.default_provider = "file";
        return configuration;
    }
    void configure(Configuration configuration) {
        const auto configured = broker->configure(std::move(configuration));
        ASSERT_TRUE(configured) << configured.error().what();
    }

    /// Without the check of addresses. Tasks go into `unchecked_world` then.
    void let_the_id_count_alone() {
        broker.emplace(services(), loop.tasks(), unchecked_world, callers, false);
        configure(all_roles());
    }

    Answer ask_once(std::string_view id, std::string_view address, std::string_view token = {}) {
        return loop.run(broker->find({id, address, token}));
    }
    /// When the first fetch is over.
    Answer ask(std::string_view id, std::string_view address, std::string_view token = {}) {
        Answer answer;
        loop.run_until([&] {
            answer = ask_once(id, address, token);
            return answer.kind != Kind::pending;
        });
        return answer;
    }
    Kind kind(std::string_view id, std::string_view address, std::string_view token = {}) {
        return ask(id, address, token).kind;
    }
    static bool has(const Answer& answer, std::string_view text) {
        return answer.body && answer.body->find(text) != std::string::npos;
    }

    fakes::CapturedLog log;
    model::World world{model::Instance()};
    model::World unchecked_world{model::Instance()};
    FakeCallers callers{world};
    std::optional<Broker> broker;
};

} // namespace agent::credentials
