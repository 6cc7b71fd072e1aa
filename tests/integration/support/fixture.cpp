#include "tests/integration/support/fixture.hpp"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace integration {

using std::chrono::seconds;

void require_sandbox() {
    if (std::getenv("ECS_SANDBOX") == nullptr)
        throw std::runtime_error(
            "not in a sandbox: tests/sandbox/sandbox.sh <name> <this program>");
    ensure_demo_image();
}

void AgentTest::SetUp() {
    require_sandbox();
    tests::slowness(); // for limits that are looked at when the load is over
    agent_.emplace();
}

void AgentTest::start_and_see_all() {
    agent_->start();
    const auto is_healthy = [] {
        return http_get("127.0.0.1", introspection_port, "/healthz").status == 200;
    };
    if (!eventually(seconds(30), is_healthy))
        throw std::runtime_error("the agent does not see its engine:\n" + agent_->log());
}

void AgentTest::TearDown() {
    if (!agent_)
        return;
    if (agent_->running()) {
        EXPECT_EQ(agent_->stop(), 0);
    }
    for (const auto& complaint : agent_->complaints())
        ADD_FAILURE() << "in the agent's log: " << complaint;
    const auto teardown = agent_->command("teardown");
    EXPECT_EQ(teardown.status, 0) << teardown.err;
    for (const auto& finding : leftovers_of_host(*agent_))
        ADD_FAILURE() << "left after teardown: " << finding;
    if (HasFailure()) {
        std::cerr << "--- the agent's log ---\n" << agent_->log() << "--- end of it ---\n";
        clear_machine(*agent_);
    }
    agent_.reset();
}

std::string variable_of(const std::string& container, const std::string& name) {
    const auto inspected = inspect(container);
    for (const auto& entry : inspected["Config"]["Env"]) {
        const auto text = entry.get<std::string>();
        if (text.starts_with(name + '='))
            return text.substr(name.size() + 1);
    }
    return {};
}

std::string endpoint_id_of(const std::string& container) {
    const auto uri = variable_of(container, "ECS_CONTAINER_METADATA_URI_V4");
    return uri.substr(uri.rfind('/') + 1);
}

Json container_in(const Json& task, const std::string& name) {
    for (const auto& container : task.at("Containers"))
        if (container.at("Name") == name)
            return container;
    throw std::runtime_error("no container " + name + " in " + task.dump());
}

Answer AgentTest::ask_about(const std::string& container, const std::string& rest,
                            const std::string& version) {
    return http_get("127.0.0.1", endpoint_port,
                    '/' + version + '/' + endpoint_id_of(container) + rest);
}

bool AgentTest::is_ready(const std::string& container) {
    const auto inspected = inspect(container);
    for (const auto& mount : inspected["Mounts"]) {
        std::ifstream file(mount["Source"].get<std::string>() + "/metadata.json");
        std::ostringstream text;
        text << file.rdbuf();
        if (text.str().find("\"MetadataFileStatus\": \"READY\"") != std::string::npos)
            return true;
    }
    return false;
}

Json AgentTest::run_task(const std::string& file, const std::string& text,
                         const std::string& family, const std::string& container) {
    agent_->put_task(file, text);
    Json task;
    const bool runs = eventually(seconds(20), [&] {
        const auto id = container_of(family, container);
        if (id.empty())
            return false;
        const auto answer = ask_about(id, "/task");
        if (answer.status != 200)
            return false;
        task = answer.json();
        return task["KnownStatus"] == "RUNNING";
    });
    if (!runs)
        throw std::runtime_error("task " + family + " does not run: " + task.dump());
    return task;
}

void AgentTest::end_task(const std::string& file, const std::string& family) {
    agent_->remove_task(file);
    const bool gone = eventually(seconds(20), [&] {
        return list_containers(Which::all, {label_of_family + '=' + family}).empty();
    });
    if (!gone)
        throw std::runtime_error("task " + family + " does not end");
}

} // namespace integration
