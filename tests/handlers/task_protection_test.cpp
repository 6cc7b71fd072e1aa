// GET and PUT …/task-protection/v1/state: bodies, the order of checks, and what the keeper is told.

#include "base/json.hpp"
#include "handlers/agentapi/protection_request.hpp"
#include "handlers/agentapi/task_protection.hpp"
#include "support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <deque>
#include <vector>

namespace handlers_test {
namespace {

namespace http = handlers::http;
using namespace std::chrono_literals;
using handlers::agentapi::decode_protection_request;
using handlers::agentapi::ProtectionRequest;
using Json = nlohmann::ordered_json;

/// As the agent's: what it accepts is in the World then.
class Keeper : public handlers::ProtectionKeeper {
public:
    explicit Keeper(model::World& world) : world_(world) {}
    base::Async<base::Result<>> protect(std::string arn, std::optional<base::Time> until) override {
        asked.emplace_back(arn, until);
        if (failure)
            co_return *failure;
        auto task = *world_.find_task(arn);
        task.protected_until = until;
        world_.put(std::move(task));
        co_return base::Result<>();
    }
    std::vector<std::pair<std::string, std::optional<base::Time>>> asked;
    std::optional<base::Error> failure;

private:
    model::World& world_;
};

class TaskProtection : public testing::Test {
protected:
    TaskProtection() { world.put(example_task()); }

    http::Response put(const std::string& body, const std::string& id = "v3eid") {
        request.method = "PUT";
        request.captures = {{"id", id}};
        request.body = body;
        boost::asio::io_context loop;
        http::Response response;
        const auto asked = resolved();
        boost::asio::co_spawn(loop, handlers::agentapi::update_protection(asked, context),
                              [&](std::exception_ptr failure, http::Response answer) {
                                  if (failure)
                                      std::rethrow_exception(failure);
                                  response = std::move(answer);
                              });
        loop.run();
        return response;
    }
    http::Response get(const std::string& id = "v3eid") {
        request.method = "GET";
        request.captures = {{"id", id}};
        request.body.clear();
        return handlers::agentapi::get_protection(resolved(), context);
    }
    handlers::ResolvedRequest resolved() {
        return handlers::resolve(request, handlers::Subject::container, 0, world, others);
    }
    void set(std::optional<base::Time> until,
             model::TaskStatus desired = model::TaskStatus::running) {
        auto task = *world.find_task("t1");
        task.protected_until = until;
        task.desired = desired;
        world.put(std::move(task));
    }

    model::World world{example_instance()};
    handlers::BodyCache bodies{world};
    FakeSources others{world};
    Keeper keeper{world};
    handlers::metadata::Context context{bodies, others, keeper, others, others, others.callers};
    http::Request request;
};

constexpr auto unprotected =
    R"({"protection":{"ExpirationDate":null,"ProtectionEnabled":false,"TaskArn":"t1"}})";
constexpr auto no_task =
    R"({"error":{"Code":"ResourceNotFoundException","Message":"Failed to find a task for the request"}})";
constexpr auto undecodable =
    R"({"error":{"Code":"InvalidParameterException","Message":"UpdateTaskProtection: failed to decode request"}})";
constexpr auto without_enabled =
    R"({"error":{"Arn":"t1","Code":"InvalidParameterException","Message":"Invalid request: does not contain 'ProtectionEnabled' field"}})";

TEST_F(TaskProtection, OfATaskThatNeverWasProtectedIsOff) {
    const auto answer = get();
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.content_type, http::json_type);
    EXPECT_EQ(answer.body(), unprotected);
}

TEST_F(TaskProtection, IsShownUntilItExpires) {
    const auto end = base::now() + 1h;
    set(end);
    EXPECT_EQ(get().body(), R"({"protection":{"ExpirationDate":")" + base::to_rfc3339(end) +
                                R"(","ProtectionEnabled":true,"TaskArn":"t1"}})");
    set(base::now() - 1ms);
    EXPECT_EQ(get().body(), unprotected);
    set(end, model::TaskStatus::stopped);
    EXPECT_EQ(get().body(), unprotected) << "it stops all the same";
}

TEST_F(TaskProtection, IsTheTasksWhicheverOfItsContainersAsks) {
    EXPECT_EQ(put(R"({"ProtectionEnabled":true})", "pauseeid").status, 200U);
    const auto asked = Json::parse(get("v3eid").body());
    EXPECT_EQ(asked["protection"]["ProtectionEnabled"], true);
}

TEST_F(TaskProtection, LastsAsManyMinutesAsAskedForAndTwoHoursOtherwise) {
    const std::vector<std::pair<std::string, std::chrono::minutes>> cases{
        {R"({"ProtectionEnabled":true})", 120min},
        {R"({"ProtectionEnabled":true,"ExpiresInMinutes":null})", 120min},
        {R"({"ProtectionEnabled":true,"ExpiresInMinutes":1})", 1min},
        {R"({"ProtectionEnabled":true,"ExpiresInMinutes":2880})", 2880min}};
    for (const auto& [body, minutes] : cases) {
        const auto before = base::now();
        const auto answer = put(body);
        const auto after = base::now();
        EXPECT_EQ(answer.status, 200U) << body;
        EXPECT_EQ(answer.body(), get().body()) << body;
        ASSERT_TRUE(keeper.asked.back().second) << body;
        const auto until = *keeper.asked.back().second;
        EXPECT_GE(until, before + minutes) << body;
        EXPECT_LE(until, after + minutes + 1ms) << body;
        const auto document = Json::parse(answer.body());
        const auto shown =
            base::parse_rfc3339(document["protection"]["ExpirationDate"].get<std::string>());
        EXPECT_EQ(shown, until) << body;
        EXPECT_EQ(until.time_since_epoch() % 1ms, 0ns) << "as ECS tells it";
    }
}

TEST_F(TaskProtection, EndsWhenItIsTakenBack) {
    put(R"({"ProtectionEnabled":true})");
    const auto answer = put(R"({"ProtectionEnabled":false,"ExpiresInMinutes":5})");
    EXPECT_EQ(answer.status, 200U);
    EXPECT_EQ(answer.body(), unprotected);
    EXPECT_EQ(keeper.asked.back().second, std::nullopt);
    EXPECT_EQ(get().body(), unprotected);
}

TEST_F(TaskProtection, RefusesInTheOrderOfTheContract) {
    const auto minutes = [](const std::string& got) {
        return R"({"error":{"Arn":"t1","Code":"InvalidParameterException","Message":"Invalid request: )"
               R"(expected 'ExpiresInMinutes' from 1 to 2880, got )" +
               got + R"("}})";
    };
    struct Case {
        std::string body;
        std::string id;
        unsigned status;
        std::string answer;
    };
    const std::vector<Case> cases{
        {"", "nobody", 400, undecodable},
        {"{}", "nobody", 404, no_task},
        {R"({"ExpiresInMinutes":0})", "", 404, no_task},
        {"{}", "v3eid", 400, without_enabled},
        {"null", "v3eid", 400, without_enabled},
        {R"({"ProtectionEnabled":null})", "v3eid", 400, without_enabled},
        {R"({"ExpiresInMinutes":0})", "v3eid", 400, without_enabled},
        {R"({"ProtectionEnabled":true,"ExpiresInMinutes":0})", "v3eid", 400, minutes("0")},
        {R"({"ProtectionEnabled":true,"ExpiresInMinutes":-5})", "v3eid", 400, minutes("-5")},
        {R"({"ProtectionEnabled":true,"ExpiresInMinutes":2881})", "v3eid", 400, minutes("2881")},
        {R"({"ProtectionEnabled":false,"ExpiresInMinutes":9223372036854775807})", "v3eid", 400,
         minutes("9223372036854775807")},
    };
    for (const auto& each : cases) {
        const auto answer = put(each.body, each.id);
        EXPECT_EQ(answer.status, each.status) << each.body;
        EXPECT_EQ(answer.body(), each.answer) << each.body;
        EXPECT_EQ(answer.content_type, http::json_type) << each.body;
    }
    EXPECT_TRUE(keeper.asked.empty()) << "nothing was changed";
    EXPECT_EQ(get("nobody").status, 404U);
    EXPECT_EQ(get("nobody").body(), no_task);
}

TEST_F(TaskProtection, OfATaskThatGoesMeanwhileIsNotFound) {
    keeper.failure = base::Error(base::Errc::not_found, "gone");
    const auto answer = put(R"({"ProtectionEnabled":true})");
    EXPECT_EQ(answer.status, 404U);
    EXPECT_EQ(answer.body(), no_task);
}

TEST_F(TaskProtection, ThatCannotBeStoredIsAnErrorWithoutOurPaths) {
    keeper.failure = base::Error(base::Errc::io, "cannot write /var/lib/somewhere");
    const auto answer = put(R"({"ProtectionEnabled":true})");
    EXPECT_EQ(answer.status, 500U);
    EXPECT_EQ(answer.body(), R"({"error":{"Arn":"t1","Code":"ServerException","Message":)"
                             R"("The task's protection could not be stored"}})");
    EXPECT_EQ(get().body(), unprotected);
}

// The body.

TEST(ProtectionRequest, IsReadAsGoReadsIt) {
    const std::vector<std::pair<std::string, ProtectionRequest>> cases{
        {"{}", {}},
        {" \t\r\n{ } ", {}},
        {"null", {}},
        {"nullify", {}},
        {R"({"ProtectionEnabled":true})", {true, {}}},
        {R"({"protectionenabled":false,"EXPIRESINMINUTES":7})", {false, 7}},
        {R"({"\u0050rotectionEnabled":true})", {true, {}}},
        {R"({"ProtectionEnabled":true,"protectionEnabled":false})", {false, {}}},
        {R"({"ProtectionEnabled":true,"ProtectionEnabled":null})", {}},
        {R"({"ExpiresInMinutes":5,"ExpiresInMinutes":null})", {}},
        {R"({"ExpiresInMinutes":-0})", {{}, 0}},
        {R"({"ExpiresInMinutes":-9223372036854775808})",
         {{}, std::numeric_limits<std::int64_t>::min()}},
        {R"({"ProtectionEnabled":true}{"ProtectionEnabled":false})", {true, {}}},
        {R"({"ProtectionEnabled":true} and more)", {true, {}}},
    };
    for (const auto& [body, expected] : cases)
        EXPECT_EQ(decode_protection_request(body), expected) << body;
}

TEST(ProtectionRequest, IsRefusedWhereGoRefusesIt) {
    const std::vector<std::string> bodies{
        "",
        " ",
        "{",
        "nul",
        "true",
        "7",
        "\"ProtectionEnabled\"",
        "[]",
        R"([{"ProtectionEnabled":true}])",
        R"({"ProtectionEnabled":true)",
        R"({"ProtectionEnabled":true,})",
        R"({"ProtectionEnabled" true})",
        R"({'ProtectionEnabled':true})",
        R"({"ProtectionEnabled":"true"})",
        R"({"ProtectionEnabled":1})",
        R"({"ProtectionEnabled":{}})",
        R"({"ProtectionEnabled":[]})",
        R"({"ProtectionEnabled":"x","ProtectionEnabled":true})",
        R"({"ExpiresInMinutes":true})",
        R"({"ExpiresInMinutes":"5"})",
        R"({"ExpiresInMinutes":1.5})",
        R"({"ExpiresInMinutes":1.0})",
        R"({"ExpiresInMinutes":1e2})",
        R"({"ExpiresInMinutes":01})",
        R"({"ExpiresInMinutes":9223372036854775808})",
        R"({"ExpiresInMinutes":-9223372036854775809})",
        R"({"ExpiresInMinutes":99999999999999999999999999})",
        R"({"ExpiresInMinutes":1e999})",
        R"({"Enabled":true})",
        R"({"ProtectionEnabled":true,"TaskArn":null})",
        R"({"":true})",
        "\xEF\xBB\xBF{}",
        std::string("{\"ProtectionEnabled\":true\0}", 27),
        R"({/* why */"ProtectionEnabled":true})",
        "{\"Protection\xFF"
        "Enabled\":true}",
        R"({"ProtectionEnabled":)" + std::string(60'000, '['),
        std::string(60'000, '{'),
    };
    for (const auto& body : bodies)
        EXPECT_EQ(decode_protection_request(body), std::nullopt) << body.substr(0, 80);
}

} // namespace
} // namespace handlers_test
