// Definitions of every shape in which people deploy them (corpus/), each of our own making and unchanged
// here: all of them are put into one tasks folder, and all of them come up.

#include "tests/integration/support/fixture.hpp"
#include "tests/integration/support/tasks.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

namespace integration {

using std::chrono::seconds;

namespace {

/// What bind mounts and environment files of the definitions name on the host.
constexpr auto host_folder = "/run/ecs-corpus";
constexpr auto idle_image = "ecs-corpus-idle:latest";

std::string read(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path, std::ios::binary).rdbuf();
    return text.str();
}

/// What this host says of the definitions in host/.
const auto host_file = std::filesystem::path(CORPUS_FOLDER) / "host/host.yaml";

bool is_of_overrides(const std::filesystem::path& file) {
    return file.filename().string().find(".overrides.") != std::string::npos;
}

/// The definitions' files, and those of overrides beside them.
std::vector<std::filesystem::path> corpus_with_overrides() {
    std::vector<std::filesystem::path> files;
    for (const auto* folder : {CORPUS_FOLDER, CORPUS_FOLDER "/host"})
        for (const auto& entry : std::filesystem::directory_iterator(folder))
            if (const auto ending = entry.path().extension();
                (ending == ".json" || ending == ".yaml" || ending == ".yml") &&
                entry.path() != host_file)
                files.push_back(entry.path());
    // Overrides first: without them their tasks would be refused for a moment.
    std::ranges::sort(files, {}, [](const std::filesystem::path& file) {
        return std::pair(!is_of_overrides(file), file);
    });
    return files;
}

/// The definitions' files.
std::vector<std::filesystem::path> corpus() {
    auto files = corpus_with_overrides();
    std::erase_if(files, is_of_overrides);
    return files;
}

/// An image like the demo image that runs until it is told without being given a command.
void make_idle_image() {
    const Json command{"sh", "-c", runs_until_told()};
    const Container made({demo_image, "true"});
    docker({"commit", "--change", "CMD " + command.dump(), made.id(), idle_image});
}

/// The rows "| `file` | what it is | what is told |" of the table in README.md: the last column by the first.
std::map<std::string, std::string> documented() {
    std::map<std::string, std::string> told;
    std::istringstream page(read(std::filesystem::path(CORPUS_FOLDER) / "README.md"));
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("| `"))
            continue;
        const auto name_end = line.find('`', 3);
        const auto begin = line.rfind(" | ") + 3;
        told[line.substr(3, name_end - 3)] = line.substr(begin, line.rfind(" |") - begin);
    }
    return told;
}

/// What stands there now may be a secret; then it is not told.
std::string replacement_in(const Json& replaced) {
    const auto now = replaced.at("now").get<std::string>();
    return (now.empty() ? "filled in for " : now + " instead of ") +
           replaced.at("before").get<std::string>();
}

/// All that check-config tells of a file beside that it runs, as a row of the table has it.
std::string told_of(const Json& file) {
    std::string told;
    const auto add = [&](const Json& fields, const std::string& what) {
        told += told.empty() ? "" : "; ";
        for (const auto& field : fields)
            if (field != "")
                told += (&field == &fields.front() ? "`" : ", `") + field.get<std::string>() + '`';
        told += (fields.empty() || fields.front() == "" ? "" : ": ") + what;
    };
    for (const auto& notice : file.at("notices"))
        add(notice.at("fields"), notice.at("notice"));
    for (const auto& each : file.at("replaced"))
        add(Json::array({each.at("field")}), replacement_in(each));
    if (!file.at("withoutEffect").empty())
        add(file.at("withoutEffect"), "changes nothing here");
    return told;
}

} // namespace

class Corpus : public AgentTest {
protected:
    void SetUp() override {
        AgentTest::SetUp();
        make_idle_image();
        shell(std::string("umask 077; cd $(mkdir -p ") + host_folder + " && cd " + host_folder +
              " && pwd) && mkdir -p logs efs database secrets && echo STAGE=test > app.env && " +
              "echo '{\"username\": \"shop\", \"password\": \"p\"}' > secrets/db.json && " +
              "printf 'STAGE=test\nno equals sign\n=1\n# a remark\n' > lines.env && " +
              "printf 'API_KEY=a\nTOKEN=t\nsplunk-token=s\n' > secrets/all.env");
        std::ofstream(agent_->host_file()) << read(host_file);
        agent_->set("ECS_IMAGE_PULL_BEHAVIOR", "prefer-cached");
        // A hundred files at once are taken over in one turn of the loop: 25 ms with the sanitizers.
        agent_->set("ECS_LOOP_WATCHDOG", "100ms");
    }

    /// What check-config says of all of them.
    Json checked() {
        std::vector<std::string> words;
        for (const auto& file : corpus())
            words.push_back(file);
        words.emplace_back("--json");
        const auto outcome = agent_->command("check-config", words);
        EXPECT_EQ(outcome.status, 0) << outcome.out << outcome.err;
        return Json::parse(outcome.out);
    }
};

TEST_F(Corpus, HasOneOfEachShapeAndSaysWhatIsMadeOfIt) {
    const auto answer = checked();
    EXPECT_EQ(answer.at("runs"), true);
    EXPECT_EQ(answer.at("engineAnswered"), true);
    EXPECT_GE(answer.at("files").size(), 60U);
    auto rows = documented();
    for (const auto& file : answer.at("files")) {
        const auto name = std::filesystem::path(file.at("file").get<std::string>()).filename();
        ASSERT_TRUE(rows.contains(name)) << "README.md has no row for " << name;
        EXPECT_EQ(rows.at(name), told_of(file)) << name;
        rows.erase(name);
    }
    for (const auto& [name, told] : rows)
        ADD_FAILURE() << "README.md has a row for " << name << ", which is not there";
}

TEST_F(Corpus, ComesUpAllAtOnce) {
    // An engine that another run has used may have it.
    run({"docker", "image", "rm", "--force", "shop/db:1"});
    std::set<std::string> waiting;
    std::set<std::string> missing;
    const auto untagged = checked();
    for (const auto& file : untagged.at("files")) {
        EXPECT_TRUE(waiting.insert(file.at("family")).second) << file.at("family") << " twice";
        for (const auto& image : file.at("missingImages"))
            missing.insert(file.at("family").get<std::string>() + ' ' + image.get<std::string>());
        for (const auto& image : file.at("images"))
            docker({"tag", idle_image, image.get<std::string>()});
    }
    EXPECT_TRUE(missing.contains("depends-on shop/db:1")) << Json(missing);
    const auto tagged = checked();
    EXPECT_EQ(tagged.at("engineAnswered"), true);
    for (const auto& file : tagged.at("files"))
        EXPECT_EQ(file.at("missingImages"), Json::array()) << file.at("file");
    for (const auto& file : corpus_with_overrides())
        agent_->put_task(file.filename(), read(file));
    agent_->start();
    const auto all_run = [&] {
        const auto answer = http_get("127.0.0.1", introspection_port, "/v1/tasks");
        if (answer.status != 200)
            return false;
        const auto told = answer.json();
        for (const auto& each : told.at("Tasks"))
            if (each.at("KnownStatus") == "RUNNING")
                waiting.erase(each.at("Family").get<std::string>());
        return waiting.empty();
    };
    EXPECT_TRUE(eventually(seconds(240), all_run)) << "not up: " << Json(waiting);
}

} // namespace integration
