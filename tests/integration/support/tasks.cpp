#include "tests/integration/support/tasks.hpp"

#include <stdexcept>

namespace integration {

namespace {

std::string with_comma(const std::string& fields) {
    return fields.empty() ? "" : ", " + fields;
}

} // namespace

std::string runs_until_told(int status) {
    return "trap 'exit " + std::to_string(status) + "' TERM; while :; do sleep 1 & wait; done";
}

std::string container(const std::string& name, const std::string& script, const std::string& more) {
    const Json command{"sh", "-c", script};
    return R"({"name": ")" + name + R"(", "image": ")" + demo_image + R"(", "command": )" +
           command.dump() + with_comma(more) + "}";
}

std::string task(const std::string& family, const std::vector<std::string>& containers,
                 const std::string& more) {
    std::string list;
    for (const auto& each : containers)
        list += (list.empty() ? "" : ", ") + each;
    return R"({"family": ")" + family + R"(", "containerDefinitions": [)" + list + "]" +
           with_comma(more) + "}";
}

std::string idle_task(const std::string& family, const std::string& mode) {
    return task(family,
                {container("app", runs_until_told(),
                           R"("memory": 32, "portMappings": [{"containerPort": 80}])")},
                R"("networkMode": ")" + mode + '"');
}

std::string depends_on(const std::string& container, const std::string& condition) {
    return R"("dependsOn": [{"containerName": ")" + container + R"(", "condition": ")" + condition +
           R"("}])";
}

std::vector<std::string> containers_of(const std::string& family, const std::string& name) {
    std::vector<std::string> ids;
    for (const auto& each :
         list_containers(Which::all, {label_of_family + '=' + family, label_of_name + '=' + name}))
        ids.push_back(each.id);
    return ids;
}

std::string state_of(const std::string& container) {
    const auto answer = ask_engine("/containers/" + container + "/json");
    return answer.status == 200 ? answer.json().at("State").at("Status").get<std::string>() : "";
}

bool runs(const std::string& container) {
    return state_of(container) == "running";
}

double seconds_of(const std::string& moment) {
    return std::stod(must({"date", "+%s.%N", "--date", moment + "Z"}));
}

std::string moment(const std::string& container, const std::string& field) {
    constexpr std::size_t seconds_end = 19; // 2026-11-23T00:06:52
    constexpr std::size_t digits = 10;      // the point and nine
    auto text = inspect(container)["State"][field].get<std::string>();
    auto fraction = text.substr(seconds_end, text.size() - seconds_end - 1);
    fraction.resize(digits, '0');
    return text.substr(0, seconds_end) + fraction;
}

std::string arn_of(const std::string& container) {
    return inspect(container)["Config"]["Labels"]["com.amazonaws.ecs.task-arn"];
}

std::string id_of(const std::string& container) {
    const auto arn = arn_of(container);
    return arn.substr(arn.rfind('/') + 1);
}

std::string TaskTest::running(const std::string& family, const std::string& name,
                              const std::string& other_than) {
    std::string found;
    const bool up = eventually(default_limit, [&] {
        const auto all = containers_of(family, name);
        if (all.empty() || all.front() == other_than || !runs(all.front()))
            return false;
        found = all.front();
        const auto about = task_about(found);
        return !about.is_null() && about.at("KnownStatus") == "RUNNING";
    });
    if (!up)
        throw std::runtime_error("no task of " + family + " runs");
    return found;
}

std::string TaskTest::first(const std::string& family, const std::string& name) {
    std::string found;
    const bool there = eventually(default_limit, [&] {
        const auto all = containers_of(family, name);
        if (!all.empty())
            found = all.back();
        return !found.empty();
    });
    if (!there)
        throw std::runtime_error("no container " + name + " of " + family);
    return found;
}

Json without_readings(Json task) {
    for (const auto* key : {"ClockDrift", "EphemeralStorageMetrics"})
        task.erase(key);
    return task;
}

void TaskTest::wait_for_end(const std::string& container, std::chrono::seconds limit) {
    if (!eventually(limit, [&] { return state_of(container) == "exited"; }))
        throw std::runtime_error("container " + container + " does not end");
}

Json TaskTest::task_about(const std::string& container) {
    const auto answer = ask_about(container, "/task");
    return answer.status == 200 ? answer.json() : Json();
}

Json TaskTest::shown(const std::string& container, const std::string& name) {
    const auto about = task_about(container);
    return about.is_null() ? about : container_in(about, name);
}

std::string TaskTest::metadata_file(const std::string& container, const std::string& name) const {
    return agent_->data_dir() + "/metadata/default/" + id_of(container) + '/' + name +
           "/metadata.json";
}

void TaskTest::expect_nothing_left() {
    EXPECT_TRUE(eventually(default_limit, [&] { return leftovers_of_tasks(*agent_).empty(); }));
    for (const auto& finding : leftovers_of_tasks(*agent_))
        ADD_FAILURE() << finding;
}

} // namespace integration
