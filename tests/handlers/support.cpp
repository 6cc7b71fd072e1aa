#include "support.hpp"

#include "handlers/credentials/document.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <stdexcept>

namespace http = handlers::http;

namespace handlers_test {

namespace {

model::Container example_container() {
    model::Container container;
    container.docker_id = "cid";
    container.docker_name = container.name = "sleepy";
    container.arn = "arn:aws:ecs:ap-northnorth-1:NNN:container/NNNNNNNN-aaaa-4444-bbbb-00000000000";
    container.endpoint_id = "v3eid";
    container.image = "busybox";
    container.image_id = "bUsYbOx";
    container.labels = {{"foo", "bar"}};
    container.known = model::ContainerStatus::running;
    container.cpu_units = 1024;
    container.memory_mib = 512;
    container.network_mode = "container:pauseid";
    container.networks_known = true;
    container.ports = {{80, 0, "tcp", ""}};
    return container;
}

model::Container example_pause() {
    model::Container pause;
    pause.docker_id = "pauseid";
    pause.docker_name = pause.name = "~internal~ecs~pause";
    pause.endpoint_id = "pauseeid";
    pause.type = model::ContainerType::cni_pause;
    pause.image = "ecs-node-agent/pause";
    pause.image_id = "sha256:0";
    pause.desired = pause.known = model::ContainerStatus::resources_provisioned;
    pause.network_mode = "ecs-awsvpc";
    pause.networks_known = true;
    model::NetworkAttachment network;
    network.name = "ecs-awsvpc";
    network.ipv4 = "10.0.0.2";
    network.ipv4_prefix = 20;
    network.ipv4_gateway = "172.31.32.1";
    network.mac = "06:96:9a:ce:a6:ce";
    pause.networks = {network};
    return pause;
}

} // namespace

model::Instance example_instance() {
    model::Instance instance;
    instance.scope = {"us-west-2", "000000000000", "default"};
    instance.container_instance_arn = "containerInstanceArn-test";
    instance.agent_version = "Amazon ECS Agent - v1.105.1 (a8b3e7d3)";
    return instance;
}

model::Task example_task() {
    const auto moment = base::parse_rfc3339("2024-01-02T03:04:05.6789Z");
    model::Task task;
    task.arn = task.id = "t1";
    task.cluster = "default";
    task.family = "sleep";
    task.revision = "1";
    task.launch_type = "EC2";
    task.availability_zone = "us-west-2b";
    task.availability_zone_id = "usw2-az2";
    task.vpc_id = "test-vpc-id";
    task.network_mode = model::NetworkMode::awsvpc;
    task.known = model::TaskStatus::running;
    task.pull_started_at = task.pull_stopped_at = task.execution_stopped_at = moment;
    task.cpu_vcpu = 1024;
    task.memory_mib = 512;
    task.link_local_ipv4 = "169.254.172.2";
    task.containers = {example_container(), example_pause()};
    return task;
}

model::Task bridge_task(std::string_view id, std::initializer_list<std::string_view> names,
                        std::string_view first_address) {
    model::Task task;
    task.id = id;
    task.arn = "arn:aws:ecs:us-west-2:000000000000:task/default/" + task.id;
    task.cluster = "default";
    task.family = "web";
    task.revision = "7";
    task.known = model::TaskStatus::running;
    for (const auto name : names) {
        model::Container container;
        container.name = container.docker_name = name;
        container.docker_id = task.id + "-" + container.name;
        container.endpoint_id = "eid-" + container.docker_id;
        container.image = "busybox";
        container.image_id = "sha256:1";
        container.known = model::ContainerStatus::running;
        container.network_mode = "bridge";
        container.networks_known = true;
        model::NetworkAttachment network;
        network.name = "bridge";
        if (task.containers.empty())
            network.ipv4 = first_address;
        container.networks = {network};
        task.containers.push_back(container);
    }
    return task;
}

base::Async<model::Caller> WorldCallers::find(std::string ipv4) {
    ++asked;
    co_return world_.find_by_address(ipv4);
}

bool ScriptedChanges::is_pending(const model::Container& container) const {
    return coming.contains(container.docker_id);
}

base::Async<void> ScriptedChanges::wait(std::string docker_id,
                                        std::chrono::steady_clock::time_point /*end*/) {
    waited_for.push_back(docker_id);
    const auto change = coming.extract(docker_id);
    world_.put(change.mapped());
    co_return;
}

bool ScriptedNewcomers::is_expected(const std::string& endpoint_id) const {
    return coming.contains(endpoint_id);
}

base::Async<void>
ScriptedNewcomers::wait_until_seen(std::string endpoint_id,
                                   std::chrono::steady_clock::duration /*limit*/) {
    const auto newcomer = coming.extract(endpoint_id);
    world_.put(newcomer.mapped());
    co_return;
}

base::Async<std::optional<model::StatsSample>> FakeSources::sample(model::ContainerRef container) {
    const auto found = samples.find(container.container->docker_id);
    co_return found == samples.end() ? std::nullopt : std::optional(found->second);
}

base::Async<base::Result<>> FakeSources::protect(std::string task_arn,
                                                 std::optional<base::Time> until) {
    const auto found = world.find_task(task_arn);
    if (!found)
        co_return base::Error(base::Errc::not_found, "no such task");
    auto task = *found;
    task.protected_until = until;
    world.put(std::move(task));
    co_return base::Result<>();
}

bool FakeSources::is_given_to(const handlers::CredentialsQuestion& question) {
    const auto found = credentials.find(question.id);
    if (found == credentials.end())
        return false;
    const auto& grant = found->second;
    return (grant.address.empty() || grant.address == question.address) &&
           (grant.authorization.empty() || grant.authorization == question.authorization);
}

base::Async<handlers::CredentialsAnswer> FakeSources::find(handlers::CredentialsQuestion question) {
    asked.push_back({std::string(question.id), std::string(question.address),
                     std::string(question.authorization)});
    if (!is_given_to(question))
        co_return handlers::CredentialsAnswer();
    co_return credentials.find(question.id)->second.answer;
}

void FakeSources::write(const handlers::AuditEntry& entry) {
    auto line = std::to_string(entry.status) + ' ' + http::to_string(entry.peer) + ' ';
    line.append(entry.path).append(" [").append(entry.user_agent).append("]");
    if (entry.given) {
        const bool execution = entry.given->role == handlers::CredentialsRole::execution;
        line.append(" ").append(entry.given->task_arn).append(execution ? " execution" : " task");
    }
    audited.push_back(std::move(line));
    audit_lines.push_back(handlers::audit_line(entry, world.instance(), base::now()));
    refused_task = entry.refused_task;
}

handlers::CredentialsAnswer example_credentials() {
    handlers::credentials::Document document;
    document.role_arn = "rolearn";
    document.access_key_id = "access_key_id";
    document.secret_access_key = "secret_access_key";
    document.token = "session_token";
    document.expiration = "expiration";
    auto answer = credentials_of_kind(handlers::CredentialsAnswer::Kind::ready);
    answer.body = handlers::credentials::render(document);
    return answer;
}

handlers::CredentialsAnswer credentials_of_kind(handlers::CredentialsAnswer::Kind kind) {
    handlers::CredentialsAnswer answer;
    answer.kind = kind;
    answer.task_arn = "t1";
    return answer;
}

handlers::RequestLimits no_limits() {
    constexpr handlers::RateLimit plenty{1e6, 1e6};
    return {plenty, plenty, plenty, plenty};
}

std::vector<std::string> header(const http::Response& response, std::string_view name) {
    std::vector<std::string> values;
    for (const auto& [key, value] : response.headers)
        if (key == name)
            values.push_back(value);
    return values;
}

http::Request request_for(std::string_view target, std::string_view peer, std::string_view method,
                          std::string_view body) {
    http::Request request;
    request.method = method;
    request.body = body;
    request.peer = {std::string(peer), 40112};
    auto parsed = http::parse_target(target);
    if (!parsed)
        throw std::invalid_argument(parsed.error().what());
    request.target = std::move(*parsed);
    return request;
}

http::Response ask(http::Application& application, http::Request request) {
    boost::asio::io_context loop;
    http::Response response;
    boost::asio::co_spawn(loop, application.answer(request),
                          [&](std::exception_ptr failure, http::Response answer) {
                              if (failure)
                                  std::rethrow_exception(failure);
                              response = std::move(answer);
                          });
    loop.run();
    return response;
}

http::Response ask(http::Application& application, std::string_view target, std::string_view peer,
                   std::string_view method, std::string_view body) {
    return ask(application, request_for(target, peer, method, body));
}

} // namespace handlers_test
