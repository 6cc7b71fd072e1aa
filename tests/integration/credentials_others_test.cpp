// Credentials as others than the task see them: the audit log, and the engine's log driver.

#include "tests/integration/support/role_tasks.hpp"

#include "fakes/scripted_docker_server.hpp"

#include <algorithm>
#include <filesystem>
#include <future>
#include <vector>

namespace integration {

using std::chrono::seconds;

namespace {

/// More often than is allowed, however busy the machine is: by several at a time.
void ask_too_often(const std::string& path) {
    std::vector<std::future<void>> askers;
    for (int asker = 0; asker < 8; ++asker)
        askers.push_back(std::async(std::launch::async, [&] {
            for (int i = 0; i < 50; ++i)
                http_get("127.0.0.1", endpoint_port, path);
        }));
}

} // namespace

TEST_F(CredentialsOfTasks, AreInTheAuditLogWithoutIdsAndKeys) {
    start_with_keys();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    keys_in(id, path_of(id));
    raw_in(id, "/v2/credentials/nobody");
    ask_too_often("/v4/" + endpoint_id_of(id) + "/task");
    const auto has = [&](const std::string& text) {
        return eventually(seconds(5), [&] {
            return text_of(agent_->audit_log()).find(text) != std::string::npos;
        });
    };
    const auto address = inspect(id)["NetworkSettings"]["IPAddress"].get<std::string>();
    EXPECT_TRUE(has("Z 200 " + address + ":"));
    EXPECT_TRUE(
        has("\"/v2/credentials\" \"Wget\" " + arn_of(id) + " GetCredentials 2 default arn:"));
    EXPECT_TRUE(has("Z 400 " + address + ":"));
    EXPECT_TRUE(has("\"/v2/credentials\" \"\" - \n"));
    EXPECT_TRUE(has("Z 429 127.0.0.1:"));
    EXPECT_TRUE(has("/task\" \"\" - \n"));
    const auto log = text_of(agent_->audit_log());
    for (const auto& hidden :
         {path_of(id).substr(path_of(id).rfind('/') + 1), endpoint_id_of(id), first_secret})
        EXPECT_EQ(log.find(hidden), std::string::npos);
    EXPECT_TRUE(agent_->logs({" GetCredentials 2 default "})) << "it is on standard output too";
}

TEST_F(CredentialsOfTasks, AreAnsweredWhenTheAuditLogCannotBeWritten) {
    std::filesystem::create_directories(agent_->audit_log());
    start_with_keys();
    agent_->put_task("web.json", one_task("web", with_role()));
    const auto id = running("web");
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(keys_in(id, path_of(id)).at("AccessKeyId"), "AKIAFIRST");
    EXPECT_TRUE(agent_->logs({"cannot write the audit log; lines are lost"}));
    EXPECT_EQ(agent_->log_lines({"cannot write the audit log"}).size(), 1U);
}

TEST_F(CredentialsOfTasks, OfTheExecutionRoleAreForTheEnginesLogDriverAlone) {
    put_keys("AKIAEXECUTION", first_secret);
    configure("providers: {keys: {type: static, file: " + keys_file() +
              "}}\nroles: [{role: '*:role/execution', provider: keys}]\n");
    agent_->start();
    fakes::ScriptedDockerServer logs(fakes::ScriptedDockerServer::Door::tcp);
    for (int i = 0; i < 20; ++i)
        logs.on("POST / ", {fakes::answer(200, "{}")});
    const auto definition =
        task("web",
             {container("app", "echo hello; " + runs_until_told(),
                        R"("logConfiguration": {"logDriver": "awslogs", "options": {
                      "awslogs-group": "shop", "awslogs-region": "eu-west-1",
                      "awslogs-stream-prefix": "front", "awslogs-endpoint": ")" +
                            logs.url() + R"("}})")},
             R"("executionRoleArn": "execution")");
    agent_->put_task("web.json", definition);
    const auto id = running("web");
    const auto option =
        inspect(id)["HostConfig"]["LogConfig"]["Config"].value("awslogs-credentials-endpoint", "");
    ASSERT_TRUE(option.starts_with("/v2/credentials/")) << option;
    EXPECT_TRUE(eventually(seconds(10), [&] {
        const auto requests = logs.whole_requests();
        return std::any_of(requests.begin(), requests.end(), [](const std::string& request) {
            return request.find("Credential=AKIAEXECUTION/") != std::string::npos;
        });
    })) << "the engine has signed nothing with the role's keys";
    EXPECT_TRUE(eventually(seconds(5), [&] {
        return text_of(agent_->audit_log()).find(" GetCredentialsExecutionRole 2 ") !=
               std::string::npos;
    }));
    // The container is not told where, and is not answered there.
    EXPECT_FALSE(
        task_about(id)["Containers"][0]["LogOptions"].contains("awslogs-credentials-endpoint"));
    EXPECT_NE(raw_in(id, option).find(nobodys), std::string::npos);
    EXPECT_EQ(path_of(id), "");
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, option).json()["AccessKeyId"], "AKIAEXECUTION");
    agent_->kill9();
    agent_->start();
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, option).json()["AccessKeyId"], "AKIAEXECUTION");
}

} // namespace integration
