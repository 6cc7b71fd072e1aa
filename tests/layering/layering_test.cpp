// The arrows of docs/architecture.md, read from the includes: agent → {handlers, metadatafile,
// ipam} → model → base. target_link_libraries alone does not keep a header from being found.

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace {

namespace fs = std::filesystem;

/// What a room may include besides itself. Anything else that is named here is an arrow back.
const std::map<std::string, std::set<std::string>, std::less<>> may_include{
    {"base", {}},
    {"model", {"base"}},
    {"ipam", {"base"}},
    {"metadatafile", {"base", "model"}},
    {"handlers", {"base", "model"}},
    {"packaging", {"base"}},
    {"agent", {"base", "model", "ipam", "metadatafile", "handlers", "packaging"}},
};

/// The rooms of the agent stand on floors: one includes what stands below it, and nothing beside it.
const std::vector<std::set<std::string>> floors{
    {"stand_ins", "tables", "http", "network", "cgroup", "state", "host"},
    {"config", "definition", "docker", "cloud", "rules"},
    {"image", "credentials", "stats", "observer", "containers", "addresses"},
    {"tasks", "serving", "doors"},
    {"daemon"},
    {"cli"},
};

/// -1 for what is no room.
int floor_of(const std::string& room) {
    for (std::size_t floor = 0; floor < floors.size(); ++floor)
        if (floors[floor].contains(room))
            return static_cast<int>(floor);
    return -1;
}

/// "tasks" for "agent/tasks/plan.hpp", "" for what is in no room of the agent's.
std::string agent_room(const std::string& path) {
    constexpr std::string_view agent = "agent/";
    const auto end = path.find('/', agent.size());
    if (!path.starts_with(agent) || end == std::string::npos)
        return {};
    return path.substr(agent.size(), end - agent.size());
}

bool runs_up(const std::string& from, const std::string& to) {
    return !from.empty() && !to.empty() && from != to &&
           (floor_of(to) < 0 || floor_of(from) <= floor_of(to));
}

bool is_source(const fs::path& path) {
    static const std::set<std::string> extensions{".hpp", ".cpp", ".h", ".c"};
    return extensions.contains(path.extension().string());
}

/// The path between the marks of an #include line, "" for any other line.
std::string included(std::string_view line) {
    const auto skip_blanks = [&] {
        line.remove_prefix(std::min(line.find_first_not_of(" \t"), line.size()));
    };
    skip_blanks();
    if (!line.starts_with('#'))
        return {};
    line.remove_prefix(1);
    skip_blanks();
    if (!line.starts_with("include"))
        return {};
    line.remove_prefix(7);
    skip_blanks();
    if (!line.starts_with('"') && !line.starts_with('<'))
        return {};
    line.remove_prefix(1);
    return std::string(line.substr(0, line.find_first_of("\">")));
}

struct Reading {
    std::vector<std::string> violations; ///< "file:line: room includes path"
    std::set<std::string> rooms;         ///< rooms in which a source file was read
};

void read_file(const fs::path& path, const fs::path& root, const std::string& room,
               Reading& reading) {
    const auto from = agent_room(path.lexically_relative(root).generic_string());
    std::ifstream file(path);
    std::string line;
    for (int number = 1; std::getline(file, line); ++number) {
        const auto target = included(line);
        // "../x/y.hpp" would lead around the table.
        const bool sideways = target.find("..") != std::string::npos;
        const auto other = target.substr(0, target.find('/'));
        const bool forbidden = target.find('/') != std::string::npos &&
                               (may_include.contains(other) || other == "tests") && other != room &&
                               !may_include.at(room).contains(other);
        if (sideways || forbidden || runs_up(from, agent_room(target)))
            reading.violations.push_back(path.string() + ':' + std::to_string(number) + ": " +
                                         room + " includes " + target);
    }
}

Reading read_tree(const fs::path& root) {
    Reading reading;
    for (const auto& [room, allowed] : may_include) {
        if (!fs::exists(root / room))
            continue;
        for (const auto& entry : fs::recursive_directory_iterator(root / room)) {
            if (!entry.is_regular_file() || !is_source(entry.path()))
                continue;
            reading.rooms.insert(room);
            read_file(entry.path(), root, room, reading);
        }
    }
    return reading;
}

TEST(Layering, NoIncludeOfOursRunsBack) {
    const auto reading = read_tree(ECS_SOURCE_DIR);
    std::ostringstream list;
    for (const auto& violation : reading.violations)
        list << violation << '\n';
    EXPECT_TRUE(reading.violations.empty()) << list.str();
    for (const auto& [room, allowed] : may_include)
        EXPECT_TRUE(reading.rooms.contains(room)) << "nothing was read in " << room;
}

/// A tree of one file, read by the same code.
std::size_t violations_of(const std::string& path, const std::string& text) {
    const auto root =
        fs::path(testing::TempDir()) / ("layering_test_" + std::to_string(::getpid()));
    fs::remove_all(root);
    fs::create_directories((root / path).parent_path());
    std::ofstream(root / path) << text;
    const auto found = read_tree(root).violations.size();
    fs::remove_all(root);
    return found;
}

TEST(Layering, FindsEveryArrowThatRunsBack) {
    EXPECT_EQ(violations_of("base/x.hpp", "#include \"model/task.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("model/x.cpp", "#include \"agent/docker/client.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("ipam/x.cpp", "#include \"model/task.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("handlers/v4/x.cpp", "#include \"agent/x.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("handlers/v4/x.cpp", "#include \"metadatafile/paths.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("metadatafile/x.cpp", "#include \"ipam/pool.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("agent/x.cpp", "#include \"tests/fakes/docker.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("packaging/pause/x.cpp", "#include \"agent/x.hpp\"\n"), 1U);
}

TEST(Layering, FindsEveryArrowBetweenRoomsOfTheAgentThatDoesNotRunDown) {
    EXPECT_EQ(violations_of("agent/docker/x.cpp", "#include \"agent/observer/a.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("agent/observer/x.cpp", "#include \"agent/containers/a.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("agent/tasks/x.cpp", "#include \"agent/daemon/a.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("agent/docker/x.cpp", "#include \"agent/nowhere/a.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("agent/tasks/x.cpp", "#include \"agent/tasks/a.hpp\"\n"
                                                 "#include \"agent/docker/a.hpp\"\n"
                                                 "#include \"agent/containers/a.hpp\"\n"),
              0U);
}

TEST(Layering, KnowsEveryRoomOfTheAgent) {
    for (const auto& entry : fs::directory_iterator(fs::path(ECS_SOURCE_DIR) / "agent"))
        if (entry.is_directory()) {
            EXPECT_GE(floor_of(entry.path().filename().string()), 0) << entry.path();
        }
}

TEST(Layering, IsNotFooledBySpelling) {
    EXPECT_EQ(violations_of("base/x.cpp", "  #  include\t<model/task.hpp>\n"), 1U);
    EXPECT_EQ(violations_of("base/x.cpp", "#include \"../model/task.hpp\"\n"), 1U);
    EXPECT_EQ(violations_of("base/x.cpp", "\n\n#include \"agent/a.hpp\"\n#include \"ipam/b.hpp\""),
              2U);
}

TEST(Layering, LetsArrowsRunDownwards) {
    EXPECT_EQ(violations_of("agent/docker/x.cpp", "#include \"agent/docker/x.hpp\"\n"
                                                  "#include \"handlers/v4/task.hpp\"\n"
                                                  "#include \"packaging/pause/pause_program.hpp\"\n"
                                                  "#include \"base/error.hpp\"\n"),
              0U);
    EXPECT_EQ(violations_of("model/x.cpp", "#include \"base/time.hpp\"\n#include <vector>\n"
                                           "#include <sys/types.h>\n#include <nl/agent.h>\n"
                                           "// #include \"agent/x.hpp\" is not allowed here\n"),
              0U);
}

} // namespace
