#pragma once
// Tasks that have a role, in the network mode that the test runs in: AWS is aws_server.py, and
// clients run in the tasks' network namespaces with the variables of their containers.

#include "tests/conformance/credentials/aws_server.hpp"
#include "tests/conformance/credentials/programs.hpp"
#include "tests/integration/support/tasks.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace conformance {

/// A task that runs, as its clients need it.
struct RoleTask {
    std::string role;
    std::string id;
    std::string arn;
    std::string container;              ///< its `app`
    std::string network;                ///< the namespace, as Docker names it
    std::vector<std::string> variables; ///< of `app`: AWS_…=…

    /// Where `app` was told to ask: "/v2/credentials/<id>".
    std::string uri() const;
    std::string credentials_id() const;
    /// How STS calls who acts as the role for this task.
    std::string caller() const;
};

class RoleTaskTest : public integration::TaskTest, public testing::WithParamInterface<const char*> {
protected:
    /// Starts the AWS, and the agent with a credentials file that leads to it.
    void SetUp() override;
    /// Further settings of agent.yaml, before the agent starts.
    virtual std::string settings() const { return {}; }

    /// What GetParam() says, where there is one.
    virtual std::string network_mode() const { return GetParam(); }
    bool is_awsvpc() const { return network_mode() == "awsvpc"; }

    /// Starts a task of that family with a role, and waits until it runs. `more`: further containers.
    RoleTask start(const std::string& family, const std::string& role,
                   const std::vector<std::string>& more = {});
    RoleTask describe(const std::string& family, const std::string& role);

    /// Runs a program in the task's namespace with these variables, and reads the line that it writes;
    /// throws where it writes none.
    Json ask(const RoleTask& task, const Program& program,
             const std::vector<std::string>& variables) const;
    /// Two at a time; what each has found, by name.
    std::map<std::string, Json> ask_all(const RoleTask& task, const std::vector<Program>& all,
                                        const std::vector<std::string>& variables) const;
    /// What curl gets for a path in the task's namespace.
    integration::Answer get(const RoleTask& task, const std::string& path) const;

    /// That these are the keys that were issued for the task, and that STS takes them for it.
    void expect_keys(const Json& found, const RoleTask& task) const;
    /// That the role's keys have signed well whatever S3 was asked of that bucket.
    void expect_signed(const std::string& bucket, const RoleTask& task) const;

    /// Either of them, as the program shows it.
    void expect_acts_as(const RoleTask& task, const Program& program, const Json& found) const;

    std::string audit_log() const;
    /// What the agent asks STS with, from its next call on.
    void replace_keys(const Json& keys) const;

    /// Of clients, beside what their container was told: nothing of the machine's own.
    std::vector<std::string> client_environment() const;

    std::optional<AwsServer> aws_;
    std::string host_address_;
};

inline const std::string web_role = "arn:aws:iam::000000000000:role/web";
inline const std::string batch_role = "arn:aws:iam::000000000000:role/jobs/batch";

/// The container's definition of `app`, which only runs.
std::string idle_app();

} // namespace conformance
