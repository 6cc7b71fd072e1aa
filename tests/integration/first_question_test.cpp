// A container that asks about itself with its first instruction, before Docker has told anybody that it has started,
// is told what it is. Each of its questions is the first one in a third of the starts, and everything that it is told
// after that agrees. 204 starts in all.

#include "tests/integration/support/tasks.hpp"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

namespace integration {

using std::chrono::seconds;

namespace {

const std::string asker_image = "ecs-node-agent-asker:latest";
/// Files of askers that are there together, and removed together.
constexpr int most_files_at_once = 2;

void import_asker() {
    shell("root=$(mktemp -d) && cp '" ASKER_PROGRAM "' \"$root/asker\" && "
          "tar -C \"$root\" --owner=0 --group=0 -c . | docker import - " +
          asker_image + " && rm -rf \"$root\"");
}

/// What it asks, what comes first in front.
std::vector<std::string> questions(std::size_t first, const std::string& introspection) {
    std::vector<std::string> all{
        "V4", "V3", "V4/task", "V4/stats", "V3/task", "FILE", introspection + ":51678/v1/tasks"};
    std::rotate(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(first % all.size()),
                all.end());
    return all;
}

std::string asker(const std::string& name, const std::vector<std::string>& asked) {
    Json definition;
    definition["name"] = name;
    definition["image"] = asker_image;
    definition["entryPoint"] = {"/asker"};
    definition["command"] = asked;
    definition["memory"] = 16;
    return definition.dump();
}

/// Its lines by question: status and body.
using Told = std::map<std::string, std::pair<int, std::string>>;

/// Docker's log of a container, without the heads of eight bytes that tell its streams apart.
std::string log_of(const std::string& container) {
    const auto answer = ask_engine("/containers/" + container + "/logs?stdout=1");
    std::string text;
    for (std::size_t at = 0; at + 8 <= answer.body.size();) {
        std::size_t length = 0;
        for (std::size_t i = 4; i < 8; ++i)
            length = length << 8U | static_cast<unsigned char>(answer.body[at + i]);
        text += answer.body.substr(at + 8, length);
        at += 8 + length;
    }
    return text;
}

Told told_to(const std::string& container) {
    Told told;
    for (const auto& line : lines_of(log_of(container))) {
        const auto status = line.find(' ') + 1;
        const auto body = line.find(' ', status) + 1;
        told[line.substr(0, status - 1)] = {std::stoi(line.substr(status)), line.substr(body)};
    }
    return told;
}

/// A CPU's worth of work for each processor, and twice.
class Load {
public:
    Load() {
        for (unsigned i = 0; i < 2 * std::thread::hardware_concurrency(); ++i)
            threads_.emplace_back([this] {
                while (!ended_)
                    ++work_;
            });
    }
    ~Load() {
        ended_ = true;
        for (auto& thread : threads_)
            thread.join();
    }
    Load(const Load&) = delete;
    Load& operator=(const Load&) = delete;

private:
    std::atomic<bool> ended_ = false;
    std::atomic<std::uint64_t> work_ = 0;
    std::vector<std::thread> threads_;
};

} // namespace

class FirstQuestion : public TaskTest, public testing::WithParamInterface<std::string> {
protected:
    void SetUp() override {
        TaskTest::SetUp();
        import_asker();
        // With sanitizers, twenty who start and ask at once are work for more than 20 ms at a time.
        agent_->set("ECS_LOOP_WATCHDOG", "100ms");
        agent_->put_refused(most_files_at_once);
        agent_->start();
    }

    /// Where introspection is, seen from a container.
    std::string introspection() const {
        return GetParam() == "host" ? "127.0.0.1" : "169.254.172.1";
    }

    /// Starts so many askers at once, in tasks of ten at most, as ECS has it, and looks at what each was told.
    void start(int count) {
        constexpr int most_in_task = 10;
        ASSERT_LE(count, most_in_task * most_files_at_once);
        std::vector<std::pair<std::string, int>> families;
        for (int left = count; left > 0; left -= most_in_task) {
            families.emplace_back("asks-" + std::to_string(++tasks_), std::min(left, most_in_task));
            put(families.back().first, families.back().second);
        }
        for (const auto& [family, askers] : families) {
            for (int i = 0; i < askers; ++i)
                expect_right_answers(family, "asker-" + std::to_string(i));
            agent_->remove_task(family + ".json");
        }
    }

    void put(const std::string& family, int count) {
        std::vector<std::string> askers;
        for (int i = 0; i < count; ++i)
            askers.push_back(
                asker("asker-" + std::to_string(i), questions(starts_++, introspection())));
        agent_->put_task(family + ".json",
                         task(family, askers, R"("networkMode": ")" + GetParam() + '"'));
    }

    void expect_right_answers(const std::string& family, const std::string& name) {
        std::string id;
        Told told;
        const bool has_asked = eventually(seconds(60), [&] {
            id = container_of(family, name);
            if (!id.empty())
                told = told_to(id);
            return told.size() == questions(0, introspection()).size();
        });
        ASSERT_TRUE(has_asked) << family << ' ' << name << ": " << log_of(id);
        SCOPED_TRACE(family + ' ' + name + ", which asked " + first_of(id) + " first");
        expect_right(id, told);
    }

    static std::string first_of(const std::string& container) {
        const auto log = log_of(container);
        return log.substr(0, log.find(' '));
    }

    /// As Docker has it, and everywhere the same.
    void expect_right(const std::string& id, const Told& told) {
        const auto inspected = inspect(id);
        const auto as_json = [&](const std::string& question) {
            const auto& [status, body] = told.at(question);
            EXPECT_EQ(status, 200) << question << ": " << body;
            return status == 200 ? Json::parse(body) : Json();
        };
        for (const auto* question : {"V3", "V4"})
            expect_container(as_json(question), inspected, question);
        for (const auto* question : {"V3/task", "V4/task"})
            expect_container(member(as_json(question), id), inspected, question);
        const auto stats = as_json("V4/stats");
        EXPECT_EQ(stats.value("id", ""), id) << stats;
        EXPECT_GT(stats.value("/memory_stats/usage"_json_pointer, 0), 0) << stats;
        const auto file = as_json("FILE");
        EXPECT_EQ(file.value("ContainerID", ""), id) << file;
        EXPECT_EQ(file.value("ImageID", ""), inspected["Image"]) << file;
        for (const auto& each : as_json(introspection() + ":51678/v1/tasks").value("Tasks", Json()))
            if (const auto found = member(each, id); !found.is_null()) {
                EXPECT_EQ(found.value("ImageID", ""), inspected["Image"]);
                // Who asks from the host's network is not told apart.
                if (GetParam() != "host") {
                    EXPECT_NE(found.value("StartedAt", ""), "") << found;
                }
            }
    }

    static Json member(const Json& task, const std::string& id) {
        for (const auto& each : task.value("Containers", Json::array()))
            if (each.value("DockerId", "") == id)
                return each;
        return {};
    }

    void expect_container(const Json& shown, const Json& inspected, const std::string& question) {
        SCOPED_TRACE(question);
        EXPECT_EQ(shown.value("KnownStatus", ""), "RUNNING") << shown;
        EXPECT_EQ(shown.value("DockerId", ""), inspected["Id"]);
        EXPECT_EQ(shown.value("ImageID", ""), inspected["Image"]);
        for (const auto* moment : {"CreatedAt", "StartedAt"})
            EXPECT_TRUE(shown.contains(moment)) << moment << ": " << shown;
        EXPECT_EQ(shown.value("Labels", Json::object()).size(),
                  inspected["Config"]["Labels"].size());
        EXPECT_EQ(shown.value("Volumes", Json::array()).size(), inspected["Mounts"].size())
            << shown;
        const auto networks = shown.value("Networks", Json::array());
        ASSERT_EQ(networks.size(), 1U) << shown;
        EXPECT_EQ(networks[0].value("NetworkMode", ""),
                  GetParam() == "bridge" ? "bridge" : GetParam());
        const auto address = networks[0]["IPv4Addresses"][0].get<std::string>();
        if (GetParam() == "bridge") {
            EXPECT_EQ(address, inspected["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]);
        }
        EXPECT_EQ(address.empty(), GetParam() == "host") << shown;
    }

private:
    int tasks_ = 0;
    std::size_t starts_ = 0;
};

TEST_P(FirstQuestion, IsAnsweredRightWhenAContainerStartsAlone) {
    for (int i = 0; i < 14; ++i)
        start(1);
}

TEST_P(FirstQuestion, IsAnsweredRightWhenTwentyStartAtOnce) {
    for (int i = 0; i < 2; ++i)
        start(20);
}

TEST_P(FirstQuestion, IsAnsweredRightOnAMachineUnderLoad) {
    const Load load;
    start(14);
}

INSTANTIATE_TEST_SUITE_P(In, FirstQuestion, testing::Values("bridge", "awsvpc", "host"),
                         [](const auto& test) { return test.param; });

} // namespace integration
