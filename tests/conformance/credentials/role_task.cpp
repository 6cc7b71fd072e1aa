#include "tests/conformance/credentials/role_task.hpp"

#include <filesystem>
#include <fstream>
#include <future>
#include <stdexcept>

namespace conformance {

using namespace integration;
namespace fs = std::filesystem;

namespace {

constexpr auto client_limit = std::chrono::seconds(60);
const std::string uri_variable = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=";

void write(const std::string& file, const std::string& text, fs::perms permissions) {
    std::ofstream(file) << text;
    fs::permissions(file, permissions);
}

std::string credentials_file(const std::string& keys, const std::string& endpoint) {
    return "providers:\n"
           "  base:  {type: static, file: " +
           keys +
           "}\n"
           "  roles: {type: assume-role, source: base, region: us-east-1, duration: 15m,\n"
           "          endpoint: \"" +
           endpoint +
           "\"}\n"
           "default: roles\n";
}

/// AWS_…=… of a container's environment, as the engine was given it.
std::vector<std::string> aws_variables(const std::string& container) {
    std::vector<std::string> found;
    const auto inspected = inspect(container);
    for (const auto& entry : inspected.at("Config").at("Env"))
        if (const auto text = entry.get<std::string>(); text.starts_with("AWS_"))
            found.push_back(text);
    return found;
}

Json last_line_of_json(const Outcome& outcome) {
    const auto lines = lines_of(outcome.out);
    if (lines.empty() || !lines.back().starts_with('{'))
        throw std::runtime_error("it has written no JSON: " + outcome.out + outcome.err);
    return Json::parse(lines.back());
}

} // namespace

std::string RoleTask::uri() const {
    for (const auto& variable : variables)
        if (variable.starts_with(uri_variable))
            return variable.substr(uri_variable.size());
    throw std::runtime_error("the container has no " + uri_variable);
}

std::string RoleTask::credentials_id() const {
    return uri().substr(uri().rfind('/') + 1);
}

std::string RoleTask::caller() const {
    const auto name = role.substr(role.rfind('/') + 1);
    return "arn:aws:sts::000000000000:assumed-role/" + name + '/' + id;
}

std::string idle_app() {
    return container("app", runs_until_told());
}

void RoleTaskTest::SetUp() {
    TaskTest::SetUp();
    host_address_ = host_address();
    aws_.emplace(std::vector{host_address_});
    const auto folder = agent_->directory();
    fs::create_directory(folder + "/home");
    replace_keys(AwsServer::base_key());
    write(folder + "/credentials.yaml", credentials_file(folder + "/keys.json", aws_->url()),
          fs::perms::owner_read);
    write(agent_->config_file(),
          "credentials_file: " + folder + "/credentials.yaml\naudit_log_file: " + folder +
              "/audit.log\n" + settings(),
          fs::perms::owner_read);
    agent_->start();
}

RoleTask RoleTaskTest::start(const std::string& family, const std::string& role,
                             const std::vector<std::string>& more) {
    auto containers = more;
    containers.insert(containers.begin(), idle_app());
    agent_->put_task(family + ".json", task(family, containers,
                                            R"("networkMode": ")" + network_mode() +
                                                R"(", "taskRoleArn": ")" + role + '"'));
    return describe(family, role);
}

RoleTask RoleTaskTest::describe(const std::string& family, const std::string& role) {
    RoleTask found;
    found.role = role;
    found.container = running(family);
    found.id = id_of(found.container);
    found.arn = arn_of(found.container);
    found.variables = aws_variables(found.container);
    const auto owner = is_awsvpc() ? container_of(family, "~internal~ecs~pause") : found.container;
    found.network = inspect(owner).at("NetworkSettings").at("SandboxKey");
    return found;
}

std::vector<std::string> RoleTaskTest::client_environment() const {
    return {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + agent_->directory() + "/home",
            "NODE_PATH=" + installed_folder + "/node_modules", "AWS_EC2_METADATA_DISABLED=true",
            "AWS_SERVER=" + aws_->url(host_address_)};
}

Json RoleTaskTest::ask(const RoleTask& task, const Program& program,
                       const std::vector<std::string>& variables) const {
    // Of its own mounts nothing stays; and the agent, whose loop is watched, comes first.
    Words words{"nice",    "-n",      "19",  "nsenter", "--net=" + task.network,
                "unshare", "--mount", "env", "-i"};
    for (const auto& some : {client_environment(), variables, program.words})
        words.insert(words.end(), some.begin(), some.end());
    return last_line_of_json(run(words, client_limit));
}

std::map<std::string, Json> RoleTaskTest::ask_all(const RoleTask& task,
                                                  const std::vector<Program>& all,
                                                  const std::vector<std::string>& variables) const {
    // Some wait a second for an answer, once: on a slow machine all at once keep each other waiting.
    constexpr std::size_t lanes = 2;
    std::vector<Json> answers(all.size());
    std::vector<std::future<void>> running;
    for (std::size_t lane = 0; lane < lanes; ++lane)
        running.push_back(std::async(std::launch::async, [&, lane] {
            for (auto i = lane; i < all.size(); i += lanes)
                try {
                    answers[i] = ask(task, all[i], variables);
                } catch (const std::exception& error) {
                    answers[i] = {{"failed", error.what()}};
                }
        }));
    for (auto& lane : running)
        lane.get();
    std::map<std::string, Json> found;
    for (std::size_t i = 0; i < all.size(); ++i)
        found[all[i].name] = answers[i];
    return found;
}

Answer RoleTaskTest::get(const RoleTask& task, const std::string& path) const {
    const auto text = must({"nsenter", "--net=" + task.network, "curl", "-s", "--max-time", "10",
                            "--write-out", "\n%{http_code}", "http://169.254.170.2" + path});
    const auto end = text.rfind('\n');
    return {std::stoi(text.substr(end + 1)), {}, text.substr(0, end)};
}

void RoleTaskTest::expect_keys(const Json& found, const RoleTask& task) const {
    const auto key = found.value("access_key_id", found.value("end_of_key", "none"));
    Json issued;
    for (const auto& each : aws_->issued_for(task.role))
        if (each.at("AccessKeyId").get<std::string>().ends_with(key))
            issued = each;
    ASSERT_FALSE(issued.is_null()) << "no such key was issued for " << task.role;
    for (const auto& [shown, name] :
         {std::pair{"secret_sha256", "secret_sha256"}, std::pair{"token_sha256", "token_sha256"},
          std::pair{"expiration", "Expiration"}})
        if (found.contains(shown)) {
            EXPECT_EQ(found.at(shown), issued.at(name)) << shown;
        }
    EXPECT_EQ(found.value("method", "container-role"), "container-role");
    EXPECT_EQ(found.value("caller", ""), task.caller());
}

void RoleTaskTest::expect_signed(const std::string& bucket, const RoleTask& task) const {
    int requests = 0;
    for (const auto& call : aws_->calls()) {
        if (!call.value("path", "").starts_with('/' + bucket))
            continue;
        ++requests;
        EXPECT_EQ(call.at("signature"), "good") << call.dump();
        EXPECT_EQ(call.at("role"), task.role) << call.dump();
    }
    EXPECT_GT(requests, 0) << "nobody has asked for the bucket " << bucket;
}

void RoleTaskTest::expect_acts_as(const RoleTask& task, const Program& program,
                                  const Json& found) const {
    SCOPED_TRACE(program.name + " found " + found.dump());
    if (program.bucket.empty())
        expect_keys(found, task);
    else
        expect_signed(program.bucket, task);
}

void RoleTaskTest::replace_keys(const Json& keys) const {
    write(agent_->directory() + "/keys.json", keys.dump(), fs::perms::owner_read);
}

std::string RoleTaskTest::audit_log() const {
    std::ifstream file(agent_->directory() + "/audit.log");
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace conformance
