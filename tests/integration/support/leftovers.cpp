#include "tests/integration/support/leftovers.hpp"

#include "base/handle.hpp"
#include "tests/integration/support/docker.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <stdexcept>

namespace integration {

namespace fs = std::filesystem;

namespace {

using Findings = std::vector<std::string>;

void add(Findings& findings, const std::string& what, const std::vector<std::string>& lines) {
    for (const auto& line : lines)
        findings.push_back(what + ": " + line);
}

/// Lines of a program's output that hold a word; a program that fails (no such bridge) has none.
std::vector<std::string> lines_with(const Words& words, const std::string& word) {
    auto lines = lines_of(run(words).out);
    std::erase_if(lines, [&](const auto& line) { return line.find(word) == std::string::npos; });
    return lines;
}

std::vector<std::string> metadata_files(const Agent& agent) {
    std::vector<std::string> paths;
    std::error_code absent;
    for (fs::recursive_directory_iterator entry(agent.data_dir() + "/metadata", absent);
         entry != fs::recursive_directory_iterator(); entry.increment(absent))
        // metadata/<cluster>/<task>: the cluster's own directory may stay.
        if (entry.depth() > 0)
            paths.push_back(entry->path());
    return paths;
}

std::vector<std::string> names_in(const Json& list, const char* field) {
    std::vector<std::string> names;
    for (const auto& each : list)
        names.push_back(each.at(field));
    return names;
}

std::vector<std::string> containers_of_tasks() {
    std::vector<std::string> found;
    for (const auto& each : list_containers(Which::all, {label_of_task}))
        found.push_back(each.name + ' ' + each.state);
    return found;
}

/// The folder that tasks' cgroups are in, in each hierarchy that has it.
std::vector<fs::path> cgroup_parents() {
    std::vector<fs::path> parents;
    for (const auto& hierarchy : fs::directory_iterator("/sys/fs/cgroup"))
        // A hierarchy that was unmounted leaves a folder in which crun makes what it takes for cgroups.
        if (!hierarchy.is_symlink() && fs::exists(hierarchy.path() / "cgroup.procs") &&
            fs::is_directory(hierarchy.path() / "ecs"))
            parents.push_back(hierarchy.path() / "ecs");
    return parents;
}

std::vector<std::string> stale_endpoint_ids(const Agent& agent) {
    const auto there = list_containers(Which::all, {});
    auto stored = query_state(agent, "select docker_id from endpoint_ids");
    std::erase_if(stored, [&](const auto& id) {
        return std::any_of(there.begin(), there.end(),
                           [&](const auto& each) { return each.id == id; });
    });
    return stored;
}

} // namespace

std::vector<std::string> cgroups_of_tasks() {
    std::vector<std::string> paths;
    std::error_code gone;
    for (const auto& parent : cgroup_parents())
        for (const auto& entry : fs::directory_iterator(parent, gone))
            if (entry.is_directory(gone))
                paths.push_back(entry.path());
    return paths;
}

std::vector<std::string> veths() {
    std::vector<std::string> names;
    for (const auto& line : lines_of(must({"ip", "-o", "link", "show", "type", "veth"}))) {
        const auto start = line.find(": ") + 2;
        const auto name = line.substr(start, line.find_first_of("@:", start) - start);
        if (name.starts_with("ecs"))
            names.push_back(name);
    }
    return names;
}

std::vector<std::string> query_state(const Agent& agent, const std::string& sql) {
    sqlite3* opened = nullptr;
    const auto path = agent.state_file();
    const int code = sqlite3_open_v2(path.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    const base::Handle<sqlite3, &sqlite3_close> database(opened);
    if (code != SQLITE_OK)
        throw std::runtime_error("cannot open " + path + ": " + sqlite3_errmsg(opened));
    sqlite3_busy_timeout(opened, 2000);
    std::vector<std::string> rows;
    const auto take = [](void* into, int count, char** values, char**) {
        std::string row;
        for (int i = 0; i < count; ++i)
            row += (i == 0 ? "" : "|") + std::string(values[i] == nullptr ? "" : values[i]);
        static_cast<std::vector<std::string>*>(into)->push_back(row);
        return 0;
    };
    char* message = nullptr;
    if (sqlite3_exec(opened, sql.c_str(), take, &rows, &message) != SQLITE_OK) {
        const std::string text = message == nullptr ? "unknown" : message;
        sqlite3_free(message);
        throw std::runtime_error(sql + ": " + text);
    }
    return rows;
}

std::vector<std::string> attachments_of_tasks(const Agent& agent) {
    Findings findings;
    add(findings, "veth", veths());
    add(findings, "forwarding entry",
        lines_with({"bridge", "fdb", "show", "br", "ecs-bridge"}, "0a:58:a9:fe"));
    add(findings, "neighbour",
        lines_with({"ip", "neigh", "show", "dev", "ecs-bridge"}, "169.254."));
    add(findings, "lease", query_state(agent, "select address, owner from leases"));
    // The bridge's own entry is no task's.
    std::erase_if(findings, [](const std::string& finding) {
        return finding.starts_with("forwarding entry: 0a:58:a9:fe:ac:01 ");
    });
    return findings;
}

std::vector<std::string> leftovers_of_tasks(const Agent& agent) {
    auto findings = attachments_of_tasks(agent);
    add(findings, "container", containers_of_tasks());
    add(findings, "stored task", query_state(agent, "select arn, file from declared_tasks"));
    add(findings, "stored endpoint id", stale_endpoint_ids(agent));
    add(findings, "metadata", metadata_files(agent));
    add(findings, "volume", list_volumes(label_of_volume));
    add(findings, "cgroup", cgroups_of_tasks());
    add(findings, "stored container", query_state(agent, "select task_arn, name from containers"));
    return findings;
}

std::vector<std::string> leftovers_of_host(const Agent& agent) {
    Findings findings;
    add(findings, "container", containers_of_tasks());
    add(findings, "link", lines_with({"ip", "-o", "link"}, "ecs-bridge"));
    add(findings, "veth", veths());
    add(findings, "route", lines_with({"ip", "route", "show", "table", "all"}, "169.254.17"));
    add(findings, "table", lines_with({"nft", "list", "tables"}, "ecs_node_agent"));
    add(findings, "network", names_in(engine_get("/networks", {{"name", {"ecs-awsvpc"}}}), "Name"));
    add(findings, "image",
        names_in(engine_get("/images/json", {{"reference", {"ecs-node-agent/pause"}}}), "Id"));
    add(findings, "volume", list_volumes(label_of_volume));
    for (const auto& parent : cgroup_parents())
        findings.push_back("cgroup: " + parent.string());
    std::error_code absent;
    for (const auto& entry : fs::directory_iterator(agent.data_dir(), absent))
        findings.push_back("file: " + entry.path().string());
    return findings;
}

void clear_machine(const Agent& agent) {
    for (const auto& old : list_containers(Which::all, {label_of_task}))
        run({"docker", "rm", "--force", "--volumes", old.id});
    for (const auto& volume : list_volumes(label_of_volume))
        run({"docker", "volume", "rm", volume});
    run({"docker", "network", "rm", "ecs-awsvpc"});
    // An ecs-bridge that is not ours is left, and the tests then say so.
    agent.command("teardown");
}

} // namespace integration
