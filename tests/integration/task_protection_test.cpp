// A task protects itself, from inside its container: its file cannot stop it, nor can the death of
// the agent make it forget that.

#include "tests/integration/support/tasks.hpp"

#include "base/time.hpp"

#include <stdexcept>

namespace integration {

using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

namespace {

constexpr auto unprotected = R"({"ExpirationDate":null,"ProtectionEnabled":false,"TaskArn":")";

std::string one_container(const std::string& family, const std::string& name = "app",
                          const std::string& more = "") {
    return task(family, {container(name, runs_until_told())}, more);
}

} // namespace

class TaskProtection : public TaskTest {
protected:
    /// The demo image's wget knows GET and POST only.
    static Answer request(const std::string& container, const std::string& method,
                          const std::string& body = "") {
        const auto head = method + " %s/task-protection/v1/state HTTP/1.1\\r\\nHost: agent\\r\\n" +
                          "Connection: close\\r\\nContent-Length: " + std::to_string(body.size()) +
                          "\\r\\n\\r\\n%s";
        const auto text =
            exec_in(container, "printf '" + head + "' \"${ECS_AGENT_URI#http://169.254.170.2}\" '" +
                                   body + "' | nc 169.254.170.2 80");
        if (!text.starts_with("HTTP/1.1 "))
            throw std::runtime_error("no answer: " + text);
        // Where there is no body, the empty line has gone with the end of the output.
        const auto end_of_head = text.find("\r\n\r\n");
        const bool has_body = end_of_head != std::string::npos;
        return {std::stoi(text.substr(9, 3)), {}, has_body ? text.substr(end_of_head + 4) : ""};
    }
    static Answer protect(const std::string& container, int length) {
        return request(container, "PUT",
                       R"({"ProtectionEnabled":true,"ExpiresInMinutes":)" + std::to_string(length) +
                           "}");
    }
    static Answer unprotect(const std::string& container) {
        return request(container, "PUT", R"({"ProtectionEnabled":false})");
    }
    bool is_held_back(std::size_t times = 1) {
        return eventually(seconds(5), [&] {
            return agent_->log_lines({"a change of a file is held back, since", "app.json"})
                       .size() == times;
        });
    }
    std::size_t stored() { return query_state(*agent_, "select * from protections").size(); }
};

TEST_F(TaskProtection, IsAnsweredToTheTaskItself) {
    agent_->start();
    run_task("app.json", one_container("app"), "app");
    const auto id = running("app");
    const auto never = unprotected + arn_of(id) + "\"}";
    EXPECT_EQ(request(id, "GET").status, 200);
    EXPECT_EQ(request(id, "GET").body, "{\"protection\":" + never + "}");
    EXPECT_EQ(get_in(id, "$ECS_AGENT_URI/task-protection/v1/state")["protection"].dump(), never);

    const auto before = base::now();
    const auto put = protect(id, 5);
    EXPECT_EQ(put.status, 200) << put.body;
    EXPECT_EQ(request(id, "GET").body, put.body);
    const auto shown = put.json()["protection"];
    EXPECT_EQ(shown["ProtectionEnabled"], true);
    EXPECT_EQ(shown["TaskArn"], arn_of(id));
    const auto end = base::parse_rfc3339(shown["ExpirationDate"].get<std::string>());
    ASSERT_TRUE(end) << put.body;
    EXPECT_GE(*end, before + minutes(5));
    EXPECT_LT(*end, before + minutes(5) + at_this_pace(seconds(10)));

    EXPECT_EQ(unprotect(id).body, "{\"protection\":" + never + "}");
    EXPECT_EQ(request(id, "PUT", "{").status, 400);
    EXPECT_EQ(request(id, "PUT", "{}").json()["error"]["Arn"], arn_of(id));
    EXPECT_EQ(protect(id, 2881).json()["error"]["Code"], "InvalidParameterException");
    EXPECT_EQ(request(id, "POST", "{}").status, 405);
    const auto unknown =
        http_get("127.0.0.1", endpoint_port, "/api/nobody/task-protection/v1/state");
    EXPECT_EQ(unknown.status, 404);
    EXPECT_EQ(unknown.json()["error"]["Code"], "ResourceNotFoundException");
    end_task("app.json", "app");
}

TEST_F(TaskProtection, HoldsBackAChangeOverTheDeathOfTheAgentUntilItIsTakenBack) {
    agent_->set("ECS_ENGINE_TASK_CLEANUP_WAIT_DURATION", "1s");
    agent_->start();
    run_task("app.json", one_container("app"), "app");
    const auto id = running("app");
    const auto answer = protect(id, 60);
    ASSERT_EQ(answer.status, 200) << answer.body;
    // Killed right after the answer: it is on disk.
    agent_->kill9();
    agent_->put_task("app.json", one_container("app", "second"));
    agent_->start();
    ASSERT_TRUE(is_held_back());
    EXPECT_EQ(request(id, "GET").body, answer.body);
    agent_->put_task("app.json", one_container("app", "third"));
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return runs(id); }));

    agent_->kill9();
    agent_->start();
    ASSERT_TRUE(is_held_back(2));
    EXPECT_TRUE(all_the_time(seconds(1), [&] { return runs(id); }));
    const auto lines = agent_->log_lines({"held back, since", arn_of(id)});
    ASSERT_EQ(lines.size(), 2U);
    const auto until = answer.json()["protection"]["ExpirationDate"].get<std::string>();
    EXPECT_NE(lines[1].find("until=" + until), std::string::npos) << lines[1];

    ASSERT_EQ(unprotect(id).status, 200);
    EXPECT_TRUE(agent_->logs({"a change of a file is held back no more"}, seconds(1)));
    EXPECT_TRUE(agent_->logs({"stopping a task", arn_of(id)}, seconds(1)));
    const auto next = running("app", "third");
    EXPECT_EQ(request(next, "GET").json()["protection"]["ProtectionEnabled"], false);
    EXPECT_TRUE(containers_of("app", "second").empty());
    EXPECT_TRUE(eventually(seconds(5), [&] { return stored() == 0; }));
    end_task("app.json", "app");
}

TEST_F(TaskProtection, HoldsBackTheRemovalOfTheFileUntilItExpires) {
    agent_->start();
    run_task("app.json", one_container("app", "app", R"("networkMode": "awsvpc")"), "app");
    const auto id = running("app");
    ASSERT_EQ(protect(id, 1).status, 200);
    agent_->kill9();
    agent_->remove_task("app.json");
    // So that the test need not take a minute.
    query_state(*agent_, "update protections set until = until - 45000000000");
    agent_->start();
    ASSERT_TRUE(is_held_back());
    const auto until = base::parse_rfc3339(
        request(id, "GET").json()["protection"]["ExpirationDate"].get<std::string>());
    ASSERT_TRUE(until);
    ASSERT_GT(*until, base::now()) << "too late to see anything";
    EXPECT_TRUE(runs(id));
    wait_for_end(id, seconds(30));
    const auto ended = base::parse_rfc3339(moment(id, "FinishedAt") + "Z");
    ASSERT_TRUE(ended);
    EXPECT_GE(*ended, *until);
    EXPECT_LT(*ended, *until + at_this_pace(seconds(3))) << "a second, and the time to stop";
    EXPECT_TRUE(agent_->logs({"held back no more", "its task is not protected any more"}));
}

TEST_F(TaskProtection, HoldsNeitherATaskThatEndsNorTeardown) {
    agent_->start();
    run_task("app.json", one_container("app"), "app");
    const auto first = running("app");
    ASSERT_EQ(protect(first, 60).status, 200);
    docker({"kill", first});
    const auto second = running("app", "app", first);
    EXPECT_EQ(request(second, "GET").json()["protection"]["ProtectionEnabled"], false);
    ASSERT_EQ(protect(second, 60).status, 200);
    EXPECT_TRUE(runs(second)) << "and the end of the test leaves nothing of it";
}

TEST_F(TaskProtection, IsRememberedForAContainerThatNobodyDeclared) {
    agent_->start();
    std::string path;
    {
        const Container stranger({demo_image, "sleep", "1000"});
        const auto query =
            "select endpoint_id from endpoint_ids where docker_id = '" + stranger.id() + "'";
        ASSERT_TRUE(eventually(seconds(5), [&] { return !query_state(*agent_, query).empty(); }));
        path = "/api/" + query_state(*agent_, query).front() + "/task-protection/v1/state";
        const std::string body = R"({"ProtectionEnabled":true})";
        exec_in(stranger.id(), "printf 'PUT " + path +
                                   " HTTP/1.1\\r\\nHost: a\\r\\nConnection: close\\r\\n"
                                   "Content-Length: " +
                                   std::to_string(body.size()) + "\\r\\n\\r\\n%s' '" + body +
                                   "' | nc 169.254.170.2 80");
        const auto protection = http_get("127.0.0.1", endpoint_port, path);
        EXPECT_EQ(protection.json()["protection"]["ProtectionEnabled"], true) << protection.body;
        agent_->kill9();
        agent_->start();
        EXPECT_EQ(http_get("127.0.0.1", endpoint_port, path).body, protection.body);
        EXPECT_EQ(stored(), 1U);
    }
    EXPECT_TRUE(eventually(seconds(5), [&] { return stored() == 0; }));
    EXPECT_EQ(http_get("127.0.0.1", endpoint_port, path).status, 404);
}

} // namespace integration
