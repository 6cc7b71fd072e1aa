#include "tasks/tasks_fixture.hpp"

#include "agent/network/bridge.hpp"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

namespace agent::tasks {

namespace {

using std::chrono::seconds;

model::Instance instance() {
    model::Instance host;
    host.scope = {"us-east-1", "000000000000", "default"};
    return host;
}

ipam::LeaseTable open_leases(const std::string& path) {
    const ipam::Subnet pool{ipam::Address(0xa9feac00), 22};
    return ipam::LeaseTable::open(path, pool).value();
}

addresses::LinkLocalSettings link_local_settings() {
    return {"test-bridge", ipam::Address(0xa9feaa02)};
}

Services services_of(Agent& agent, base::Executor loop, docker::Client& docker, Settings settings,
                     RoleQuestion is_role_provided) {
    return {std::move(loop),
            {agent.workers, agent.workers, agent.workers, agent.workers, agent.workers},
            docker,
            agent.observer,
            agent.world,
            agent.link_local,
            agent.metadata_files,
            agent.image_probe,
            agent.image_puller,
            agent.secrets,
            agent.store,
            agent.disk,
            agent.start_slots,
            agent.pause_turn,
            nullptr,
            std::move(settings),
            std::move(is_role_provided)};
}

/// Knows no login, and looks for none in the home of who runs the test.
image::CredentialSettings no_logins(const std::string& folder) {
    image::CredentialSettings settings;
    settings.environment["DOCKER_CONFIG"] = folder;
    return settings;
}

base::Async<bool> never_pulled(std::string /*reference*/) {
    co_return false;
}

base::Async<void> record_nothing(image::Pulled /*pulled*/) {
    co_return;
}

image::PullerSettings puller_settings() {
    image::PullerSettings settings;
    settings.pulled_before = never_pulled;
    settings.record_pull = record_nothing;
    return settings;
}

} // namespace

Agent::Agent(base::Executor loop, docker::Client& docker, const std::string& folder,
             Settings settings, RoleQuestion is_role_provided)
    : store(state::Store::open(folder + "/agent.db").value()),
      leases(open_leases(folder + "/agent.db")),
      world(instance()),
      networks(boost::asio::ip::make_network_v4("169.254.172.0/22")),
      observer(loop, docker, world, networks, {}),
      link_local(disk, workers, leases, link_local_settings()),
      metadata_files(loop, workers, world, folder),
      image_probe(loop, docker),
      credentials(workers, workers, no_logins(folder)),
      image_puller(loop, docker, credentials, puller_settings()),
      secrets(workers, workers, {}),
      start_slots(loop, 16),
      pause_turn(loop, 1),
      supervisor(
          services_of(*this, loop, docker, std::move(settings), std::move(is_role_provided))),
      tasks(loop) {}

void SupervisorFixture::SetUpTestSuite() {
    static const bool apart =
        ::unshare(CLONE_NEWNET) == 0 || ::unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
    ASSERT_TRUE(apart) << "no network namespace of our own: " << std::strerror(errno);
    network::BridgeSettings bridge;
    bridge.name = "test-bridge";
    const auto made = network::ensure_bridge(bridge);
    ASSERT_TRUE(made) << made.error().what();
}

SupervisorFixture::SupervisorFixture() {
    docker.add_image("busybox");
    settings.tasks_directory = folder.path("tasks.d");
    settings.awsvpc_network = "test-awsvpc";
    settings.cleanup_wait = std::chrono::milliseconds(0);
    settings.first_restart_delay = std::chrono::milliseconds(20);
    std::filesystem::create_directories(folder.path("tasks.d"));
}

SupervisorFixture::~SupervisorFixture() {
    end();
}

void SupervisorFixture::keep_what_stopped() {
    settings.cleanup_wait = std::chrono::minutes(10);
    settings.first_restart_delay = std::chrono::minutes(1);
}

void SupervisorFixture::make_agent() {
    agent =
        std::make_unique<Agent>(loop.executor(), docker, folder.path(), settings, is_role_provided);
    if (engine_info)
        agent->supervisor.set_engine_info(*engine_info);
}

void SupervisorFixture::begin() {
    make_agent();
    docker.forget_calls();
    const auto restored = loop.run(agent->supervisor.restore());
    ASSERT_TRUE(restored) << restored.error().what();
    agent->tasks.spawn("observer", agent->observer.run());
    loop.run_until([&] { return agent->observer.connected(); });
    agent->tasks.spawn("engine", agent->supervisor.run());
}

void SupervisorFixture::end() {
    if (!agent)
        return;
    agent->tasks.cancel();
    const bool ended = loop.run(agent->tasks.wait(seconds(20)));
    EXPECT_TRUE(ended) << "the engine does not end when it is cancelled";
    agent->tasks.spawn("end", agent->supervisor.end());
    loop.run_until([&] { return agent->tasks.size() == 0; });
    loop.run(agent->image_probe.end(seconds(1)));
    const bool written = loop.run(agent->metadata_files.drain(seconds(5)));
    EXPECT_TRUE(written);
    agent.reset();
}

void SupervisorFixture::declare(const std::string& file, const std::string& text) {
    folder.write("saving/" + file, text);
    std::filesystem::rename(folder.path("saving/" + file), folder.path("tasks.d/" + file));
}

void SupervisorFixture::undeclare(const std::string& file) {
    folder.remove("tasks.d/" + file);
}

std::string SupervisorFixture::definition(const std::string& family,
                                          const std::vector<std::string>& containers) {
    std::string text = R"({"family":")" + family + R"(","containerDefinitions":[)";
    for (std::size_t i = 0; i < containers.size(); ++i)
        text += std::string(i == 0 ? "" : ",") + R"({"name":")" + containers[i] +
                R"(","image":"busybox","metadataEnable":false,"essential":)" +
                (i == 0 ? "true}" : "false}");
    return text + "]}";
}

model::TaskPtr SupervisorFixture::task() const {
    model::TaskPtr only;
    for (const auto& [arn, each] : agent->world.tasks()) {
        if (!each->declared)
            continue;
        if (only)
            return nullptr;
        only = each;
    }
    return only;
}

std::vector<model::TaskPtr> SupervisorFixture::tasks() const {
    std::vector<model::TaskPtr> all;
    for (const auto& [arn, each] : agent->world.tasks())
        if (each->declared)
            all.push_back(each);
    return all;
}

model::TaskPtr SupervisorFixture::running_task() const {
    for (const auto& each : tasks())
        if (each->known == model::TaskStatus::running)
            return each;
    return nullptr;
}

bool SupervisorFixture::another_runs(const std::string& arn) {
    const auto is_so = [&] {
        const auto now = running_task();
        return now && now->arn != arn;
    };
    loop.run_until(is_so);
    return is_so();
}

const model::Container& SupervisorFixture::container(const model::TaskPtr& task,
                                                     const std::string& name) {
    for (const auto& each : task->containers)
        if (each.name == name)
            return each;
    throw std::logic_error("the task has no container " + name);
}

void SupervisorFixture::die_after(std::chrono::seconds life, const std::string& docker_name,
                                  int exit_code) {
    auto& state = docker.container(docker_name).state;
    state.started_at = *state.started_at - life;
    docker.die(docker_name, exit_code);
}

bool SupervisorFixture::becomes(model::TaskStatus status) {
    const auto is_so = [&] {
        const auto now = task();
        return now && now->known == status;
    };
    loop.run_until(is_so);
    return is_so();
}

bool SupervisorFixture::is_gone() {
    loop.run_until([&] { return agent->world.tasks().empty(); });
    return agent->world.tasks().empty() && docker.container_names().empty();
}

std::string SupervisorFixture::docker_name(const std::string& container) const {
    for (const auto& each : task()->containers)
        if (each.name == container)
            return each.docker_name;
    return {};
}

std::vector<std::string> SupervisorFixture::story() const {
    std::vector<std::string> steps;
    for (const auto& call : docker.calls()) {
        const auto blank = call.find(' ');
        const auto operation = call.substr(0, blank);
        const auto name = call.substr(blank + 1);
        if ((operation != "create" && operation != "start" && operation != "stop" &&
             operation != "remove") ||
            !name.starts_with("ecs-"))
            continue;
        // ecs-<family>-<revision>-<container>-<suffix>
        const auto end = name.rfind('-');
        const auto begin = name.rfind('-', end - 1) + 1;
        steps.push_back(operation + ' ' + name.substr(begin, end - begin));
    }
    return steps;
}

std::vector<state::DeclaredTask> SupervisorFixture::rows() {
    auto read = [&store = agent->store] { return store.declared_tasks(); };
    return loop.run(agent->disk.read(std::move(read))).value();
}

} // namespace agent::tasks
