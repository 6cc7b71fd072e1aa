// The trials of all honoured fields: their common tasks, and that none is missing.

#include "tests/integration/definition_fields.hpp"

#include "agent/definition/field_names.hpp"
#include "tests/integration/support/host_rules.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>

namespace integration {

using std::chrono::seconds;

namespace {

constexpr auto limit = seconds(30);

Fields& all_tried() {
    static Fields fields;
    return fields;
}

class HonouredField : public testing::Test {
public:
    explicit HonouredField(FieldTrial::Body body) : body_(body) {}

    static void SetUpTestSuite() { bench_ = std::make_unique<FieldBench>(); }
    static void TearDownTestSuite() { bench_.reset(); }

    void TestBody() override {
        ASSERT_TRUE(bench_) << "the tasks of the trials could not be started";
        body_(*bench_);
    }

private:
    static inline std::unique_ptr<FieldBench> bench_;
    FieldTrial::Body body_;
};

void write_files(const std::string& directory) {
    std::filesystem::create_directory(directory + "/pages");
    std::ofstream(directory + "/pages/index.html") << "hello\n";
    std::ofstream(directory + "/first.env") << "# a comment\nLEVEL=first\nONLY=file\n";
    std::ofstream(directory + "/second.env") << "LEVEL=second\nGREETING=file\n";
    std::ofstream(directory + "/db.json") << R"({"user": "shop", "password": "open sesame"})";
    std::ofstream(directory + "/labels") << "colour\n";
    for (const auto* name : {"/db.json", "/labels"})
        std::filesystem::permissions(directory + name, std::filesystem::perms::owner_read);
}

/// What the definitions name, of this host.
void write_host_file(const Agent& agent) {
    put_rules(agent, "logDrivers: {awslogs: awslogs}\nsecrets:\n"
                     "  shop/db: {file: " +
                         agent.directory() + "/db.json}\n" +
                         "  /shop/labels: {file: " + agent.directory() + "/labels}\n");
}

/// It outlives its task.
void remove_shared_volume() {
    run({"docker", "volume", "rm", "ecs-int-shared"});
}

} // namespace

FieldBench::FieldBench() {
    SetUp();
    write_files(agent_->directory());
    write_host_file(*agent_);
    remove_shared_volume();
    // Those that ended stay to be looked at. Nothing here needs longer than its own stopTimeout.
    agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "10m");
    agent_->set("ECS_CONTAINER_STOP_TIMEOUT", "30s");
    agent_->set("ECS_DYNAMIC_HOST_PORT_RANGE", "28200-28209");
    for (const auto& [file, text] : field_tasks(agent_->directory()))
        agent_->put_task(file, text);
    agent_->start();
}

FieldBench::~FieldBench() {
    TearDown();
    remove_shared_volume();
}

std::string FieldBench::made(const std::string& name) {
    auto& id = ids_[name];
    std::vector<Listed> found;
    const bool there = !id.empty() || eventually(limit, [&] {
        found = list_containers(Which::all, {label_of_name + '=' + name});
        return !found.empty();
    });
    if (!there || found.size() > 1)
        throw std::runtime_error("there are none or several containers " + name);
    if (id.empty())
        id = found.front().id;
    return id;
}

std::string FieldBench::up(const std::string& name) {
    const auto id = made(name);
    const bool known = eventually(limit, [&] {
        const auto about = ask_about(id);
        return about.status == 200 && about.json().at("KnownStatus") == "RUNNING";
    });
    if (!known)
        throw std::runtime_error("container " + name + " does not run");
    return id;
}

Json FieldBench::mount(const std::string& name, const std::string& destination) {
    const auto all = looked_at(name).at("Mounts");
    for (const auto& each : all)
        if (each.at("Destination") == destination)
            return each;
    throw std::runtime_error(name + " has no mount " + destination + ": " + all.dump());
}

std::string FieldBench::inside(const std::string& name, const std::string& command) {
    return exec_in(up(name), command);
}

Json FieldBench::kept(const std::string& file) {
    const auto rows =
        query_state(*agent_, "select definition from files where file = '" + file + '\'');
    if (rows.size() != 1)
        throw std::runtime_error("the state file has no definition of " + file);
    return Json::parse(rows.front());
}

FieldTrial::FieldTrial(const Fields& fields, Body body, const std::source_location& where) {
    all_tried().insert(all_tried().end(), fields.begin(), fields.end());
    testing::RegisterTest("HonouredField", fields.front().c_str(), nullptr, nullptr,
                          where.file_name(), static_cast<int>(where.line()),
                          [body]() -> HonouredField* { return new HonouredField(body); });
}

Fields in(const std::string& object, const Fields& fields) {
    Fields paths;
    for (const auto& field : fields)
        paths.push_back(object + '.' + field);
    return paths;
}

Fields in_container(const Fields& fields) {
    return in("containerDefinitions[]", fields);
}

const Fields& tried_fields() {
    return all_tried();
}

TEST(HonouredFields, HaveATrialEach) {
    for (const auto& field : agent::definition::honoured_fields())
        EXPECT_NE(std::ranges::find(tried_fields(), field), tried_fields().end()) << field;
}

TEST(HonouredFields, AreAllThatHasATrial) {
    const auto honoured = agent::definition::honoured_fields();
    for (const auto& field : tried_fields())
        EXPECT_NE(std::ranges::find(honoured, field), honoured.end()) << field;
}

} // namespace integration
