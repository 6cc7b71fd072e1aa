// Credentials of tasks' roles, on a real engine: to whom they are given, for how long, and what is
// left of them. Clients of others are in tests/conformance.

#include "tests/integration/support/role_tasks.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace integration {

using std::chrono::seconds;
namespace fs = std::filesystem;

namespace {

std::string in_mode(const std::string& mode) {
    return with_role() + R"(, "networkMode": ")" + mode + '"';
}

/// How often a text stands in what a process has in memory.
std::size_t times_in_memory(pid_t process, const std::string& text) {
    const auto folder = "/proc/" + std::to_string(process);
    std::ifstream maps(folder + "/maps");
    std::ifstream memory(folder + "/mem", std::ios::binary);
    std::size_t count = 0;
    for (std::string line; std::getline(maps, line);) {
        std::size_t begin = 0;
        std::size_t end = 0;
        std::string rights;
        char dash = 0;
        std::istringstream fields(line);
        fields >> std::hex >> begin >> dash >> end >> rights;
        // Shadow memory of the sanitizers is terabytes of nothing.
        if (!rights.starts_with("rw") || end - begin > (std::size_t{1} << 30))
            continue;
        std::string content(end - begin, '\0');
        memory.clear();
        memory.seekg(static_cast<std::streamoff>(begin));
        memory.read(content.data(), static_cast<std::streamsize>(content.size()));
        content.resize(static_cast<std::size_t>(memory.gcount()));
        for (auto at = content.find(text); at != std::string::npos; at = content.find(text, at + 1))
            ++count;
    }
    return count;
}

} // namespace

TEST_F(CredentialsOfTasks, AreThereInEveryNetworkMode) {
    start_with_keys();
    for (const std::string mode : {"bridge", "awsvpc", "host"}) {
        SCOPED_TRACE(mode);
        agent_->put_task(mode + ".json", one_task(mode, in_mode(mode)));
        const auto id = running(mode);
        const auto path = path_of(id);
        ASSERT_TRUE(path.starts_with("/v2/credentials/")) << path;
        const auto keys = keys_in(id, path);
        EXPECT_EQ(keys.at("RoleArn"), web_role);
        EXPECT_EQ(keys.at("AccessKeyId"), "AKIAFIRST");
        EXPECT_EQ(keys.at("SecretAccessKey"), first_secret);
        EXPECT_EQ(keys.at("Token"), "the-token");
        EXPECT_EQ(keys.at("Expiration").get<std::string>().size(),
                  std::string("2026-01-02T03:04:05Z").size());
        EXPECT_EQ(keys.size(), 5U);
        const auto id_alone = path.substr(path.rfind('/') + 1);
        EXPECT_EQ(keys_in(id, "/v1/credentials?id=" + id_alone), keys);
    }
}

TEST_F(CredentialsOfTasks, AreNobodyElsesAndThatCannotBeToldFromAWrongId) {
    start_with_keys();
    for (const std::string mode : {"bridge", "awsvpc", "host"})
        agent_->put_task(mode + ".json", one_task(mode, in_mode(mode)));
    const auto bridge = running("bridge");
    const auto awsvpc = running("awsvpc");
    const auto host = running("host");
    const Container stranger({demo_image, "sleep", "100"});
    const auto wrong = comparable(raw_in(stranger.id(), "/v2/credentials/nobody"));
    EXPECT_NE(wrong.find(nobodys), std::string::npos) << wrong;
    const std::vector<std::pair<std::string, std::string>> attempts{
        {stranger.id(), path_of(bridge)}, {stranger.id(), path_of(awsvpc)},
        {stranger.id(), path_of(host)},   {awsvpc, path_of(bridge)},
        {bridge, path_of(awsvpc)},        {bridge, path_of(host)},
        {host, path_of(bridge)},          {host, path_of(awsvpc)}};
    for (const auto& [who, path] : attempts)
        EXPECT_EQ(comparable(raw_in(who, path)), wrong) << who << " asked for " << path;
    const auto from_host = http_get("127.0.0.1", endpoint_port, path_of(bridge));
    EXPECT_EQ(from_host.status, 400);
    EXPECT_EQ(from_host.body, nobodys);
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, path_of(host)).status, 200);
    // One in the task's own network is of the task, as far as an address tells.
    const Container member({"--network", "container:" + bridge, demo_image, "sleep", "100"});
    EXPECT_EQ(keys_in(member.id(), path_of(bridge)).at("AccessKeyId"), "AKIAFIRST");
}

TEST_F(CredentialsOfTasks, AreAnybodysWhoKnowsTheIdWhereThatIsAskedFor) {
    start_with_keys("credentials_source_check: false\n");
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    const Container stranger({demo_image, "sleep", "100"});
    EXPECT_EQ(keys_in(stranger.id(), path_of(id)).at("AccessKeyId"), "AKIAFIRST");
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, path_of(id)).status, 200);
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, "/v2/credentials/nobody").body, nobodys);
}

TEST_F(CredentialsOfTasks, NeedATokenBesideTheIdWhereThatIsAskedFor) {
    start_with_keys("credentials_authorization: true\n");
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    const auto token = variable_of(id, "AWS_CONTAINER_AUTHORIZATION_TOKEN");
    EXPECT_EQ(token.size(), 64U);
    const auto without = comparable(raw_in(id, path_of(id)));
    EXPECT_EQ(without, comparable(raw_in(id, "/v2/credentials/nobody")));
    EXPECT_EQ(comparable(raw_in(id, path_of(id), "Authorization: " + token + "x\\r\\n")), without);
    const auto header = "Authorization: " + token + "\\r\\n";
    EXPECT_NE(raw_in(id, path_of(id), header).find("AKIAFIRST"), std::string::npos);
    agent_->stop();
    std::ofstream(agent_->config_file()) << "";
    agent_->start();
    EXPECT_EQ(comparable(raw_in(id, path_of(id))), without) << "the token holds over a restart";
    EXPECT_NE(raw_in(id, path_of(id), header).find("AKIAFIRST"), std::string::npos);
}

TEST_F(CredentialsOfTasks, HaveTheirIdsOverEveryDeathOfTheAgentAndNotBeyondTheTask) {
    start_with_keys();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    const auto path = path_of(id);
    const auto value = path.substr(path.rfind('/') + 1);
    for (const bool gently : {true, false}) {
        if (gently)
            agent_->stop();
        else
            agent_->kill9();
        agent_->start();
        EXPECT_EQ(keys_in(id, path).at("AccessKeyId"), "AKIAFIRST");
    }
    // The state file may go as well: the container's own variable is what tells.
    agent_->kill9();
    fs::remove_all(agent_->data_dir());
    agent_->start();
    EXPECT_EQ(keys_in(id, path).at("AccessKeyId"), "AKIAFIRST");
    EXPECT_EQ(inspect(id)["Config"]["Labels"].dump().find(value), std::string::npos);
    for (const auto& entry : fs::recursive_directory_iterator(agent_->data_dir())) {
        if (entry.is_regular_file()) {
            EXPECT_EQ(text_of(entry.path()).find(value), std::string::npos) << entry.path();
        }
    }
    EXPECT_EQ(agent_->log().find(value), std::string::npos);
    EXPECT_EQ(text_of(agent_->audit_log()).find(value), std::string::npos);

    agent_->put_task("web.json", one_task("web", with_role() + R"(, "cpu": "128")"));
    const auto next = running("web", "app", id);
    EXPECT_NE(path_of(next), path);
    EXPECT_EQ(keys_in(next, path_of(next)).at("AccessKeyId"), "AKIAFIRST");
    EXPECT_NE(raw_in(next, path).find(nobodys), std::string::npos) << "it went with its task";
}

TEST_F(CredentialsOfTasks, ComeFromWhatTheFileSaysAfterAReload) {
    start_with_keys();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    const auto has = [&](const std::string& text) {
        return raw_in(id, path_of(id)).find(text) != std::string::npos;
    };
    EXPECT_TRUE(has("AKIAFIRST"));
    put_keys("AKIASECOND", "another-secret");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(eventually(seconds(5), [&] { return has("AKIASECOND"); }));

    configure("providers: {keys: {type: static}}\ndefault: keys\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(agent_->logs({"the credentials file is not reloaded", agent_->credentials_file(),
                              "providers.keys.file: required"}));
    EXPECT_TRUE(has("AKIASECOND"));

    configure("providers: {keys: {type: static, file: " + keys_file() +
              "}}\ndefault: keys\ndeny: ['arn:aws:iam::*:role/w*']\n");
    agent_->signal(SIGHUP);
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return has(R"("code":"NoCredentialsAssociated")") &&
               has("The role may not be handed out on this host");
    }));
}

TEST_F(CredentialsOfTasks, AreAwaitedForLessThanASecondAndThenSaidToBeComing) {
    const auto script = agent_->directory() + "/slow.sh";
    const auto gate = agent_->directory() + "/gate";
    std::ofstream(script) << "until test -e " << gate << "; do sleep 0.1; done; cat " << keys_file()
                          << "\n";
    put_keys("AKIASLOW", first_secret);
    configure("providers: {slow: {type: process, command: [/bin/sh, " + script +
              "], timeout: 20s}}\ndefault: slow\n");
    agent_->start();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    const auto waiting = raw_in(id, path_of(id));
    // What the engine takes for the command in the container is not the agent's.
    ASSERT_TRUE(agent_->logs({"path=/v2/credentials", "status=503"}, seconds(5)));
    const auto line = agent_->log_lines({"path=/v2/credentials", "status=503"}).front();
    const std::string taken = "microseconds=";
    EXPECT_LT(std::stol(line.substr(line.find(taken) + taken.size())), 1'000'000) << line;
    EXPECT_NE(waiting.find(" 503 "), std::string::npos) << waiting;
    EXPECT_NE(waiting.find("Retry-After: 1\r\n"), std::string::npos) << waiting;
    EXPECT_NE(waiting.find(R"("code":"CredentialsUninitialized")"), std::string::npos);
    std::ofstream(gate).flush();
    EXPECT_TRUE(eventually(
        seconds(5), [&] { return raw_in(id, path_of(id)).find("AKIASLOW") != std::string::npos; }));
}

TEST_F(CredentialsOfTasks, ThatCannotBeHadAreSaidOnceInTheLogAndGivenWhenTheyCan) {
    configure("providers: {keys: {type: static, file: " + keys_file() + "}}\ndefault: keys\n");
    agent_->start();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    EXPECT_NE(raw_in(id, path_of(id)).find(" 503 "), std::string::npos);
    EXPECT_TRUE(agent_->logs({"cannot fetch credentials; trying again", web_role, keys_file()}));
    put_keys("AKIALATE", first_secret);
    EXPECT_TRUE(eventually(seconds(15), [&] {
        return raw_in(id, path_of(id)).find("AKIALATE") != std::string::npos;
    }));
    EXPECT_EQ(agent_->log_lines({"cannot fetch credentials"}).size(), 1U);
    EXPECT_TRUE(agent_->logs({"credentials are fetched again", web_role}));
    EXPECT_EQ(agent_->log().find(first_secret), std::string::npos);
}

TEST_F(CredentialsOfTasks, AreRefusedByNameToATaskWhoseRoleHasNone) {
    agent_->start();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    EXPECT_NE(raw_in(id, path_of(id))
                  .find(R"({"code":"NoCredentialsAssociated","message":"CredentialsV2Request: )"
                        R"(No provider is configured for the role","HTTPErrorCode":400})"),
              std::string::npos);
    EXPECT_TRUE(agent_->logs({"a task's role has no credentials here", web_role}));
    agent_->put_task("plain.json", one_task("plain", R"("cpu": "128")"));
    EXPECT_EQ(path_of(running("plain")), "") << "it has no role";
}

TEST_F(CredentialsOfTasks, LeaveNothingInMemoryWhenTheTaskHasEnded) {
    start_with_keys();
    const std::string secret = "kept-in-no-memory-of-the-agent-0123456789";
    put_keys("AKIAFIRST", secret);
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(keys_in(id, path_of(id)).at("SecretAccessKey"), secret);
    EXPECT_GE(times_in_memory(agent_->pid(), secret), 1U) << "or it is not found where it is";
    agent_->remove_task("web.json");
    wait_for_end(id);
    EXPECT_TRUE(eventually(seconds(5), [&] { return times_in_memory(agent_->pid(), secret) == 0; }))
        << times_in_memory(agent_->pid(), secret);
}

TEST_F(CredentialsOfTasks, HaveAFileThatIsCheckedBeforeAnythingIsStarted) {
    configure("providers:\n  base: {type: static, file: /etc/keys.json, colour: red}\n");
    auto checked = agent_->command("check-config");
    EXPECT_EQ(checked.status, 3);
    EXPECT_NE(
        checked.err.find(agent_->credentials_file() + ": providers.base.colour: unknown field"),
        std::string::npos)
        << checked.err;
    agent_->launch();
    EXPECT_EQ(agent_->wait_for_end(seconds(10)), 3);
    EXPECT_TRUE(agent_->logs({"load_credentials", "providers.base.colour: unknown field"}));

    configure("default: nothing\n");
    ::chmod(agent_->credentials_file().c_str(), 0666);
    checked = agent_->command("check-config");
    EXPECT_EQ(checked.status, 3);
    EXPECT_NE(checked.err.find("others may write it (chmod go-w "), std::string::npos)
        << checked.err;
}

} // namespace integration
