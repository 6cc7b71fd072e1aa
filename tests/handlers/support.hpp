#pragma once
// What the tests of the handlers share: the contract's example task (http-contract 11), and a way
// to ask an Application without a socket.

#include "handlers/caller.hpp"
#include "handlers/http/application.hpp"
#include "handlers/task_api.hpp"
#include "model/world.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace handlers_test {

/// Cluster default, zone us-west-2b, as the contract's base state has it.
model::Instance example_instance();
/// S-awsvpc: task t1 with the container cid ("sleepy") behind a pause container.
model::Task example_task();
/// A task in bridge mode with one container for each name; Docker ids are "<task id>-<name>".
model::Task bridge_task(std::string_view id, std::initializer_list<std::string_view> names,
                        std::string_view first_address);

/// Answers from the World, as the agent does for callers that it knows.
class WorldCallers : public handlers::CallerFinder {
public:
    explicit WorldCallers(const model::World& world) : world_(world) {}
    base::Async<model::Caller> find(std::string ipv4) override;
    bool is_current(const model::Caller& /*caller*/) override { return current; }
    bool is_host(std::string_view address) override { return address == "127.0.0.1"; }
    int asked = 0;
    bool current = true;

private:
    const model::World& world_;
};

/// Tasks as they will be: what is on its way about a container, and comes when somebody waits for it.
class ScriptedChanges : public handlers::PendingChanges {
public:
    explicit ScriptedChanges(model::World& world) : world_(world) {}
    bool is_pending(const model::Container& container) const override;
    base::Async<void> wait(std::string docker_id,
                           std::chrono::steady_clock::time_point end) override;
    std::map<std::string, model::Task> coming; ///< by the Docker id that they tell about
    std::vector<std::string> waited_for;       ///< Docker ids

private:
    model::World& world_;
};

/// Containers that were given their ids, and are seen when somebody waits for them.
class ScriptedNewcomers : public handlers::Newcomers {
public:
    explicit ScriptedNewcomers(model::World& world) : world_(world) {}
    bool is_expected(const std::string& endpoint_id) const override;
    base::Async<void> wait_until_seen(std::string endpoint_id,
                                      std::chrono::steady_clock::duration limit) override;
    std::map<std::string, model::Task> coming; ///< by the endpoint id of their container

private:
    model::World& world_;
};

/// What is answered under an id, and to whom.
struct Grant {
    handlers::CredentialsAnswer answer;
    std::string address = {};       ///< "": wherever it is asked from
    std::string authorization = {}; ///< "": none is asked for
};

/// A handlers::CredentialsQuestion that was asked.
struct Asked {
    std::string id;
    std::string address;
    std::string authorization;

    bool operator==(const Asked&) const = default;
};

/// What the agent implements, as a test wants it.
struct FakeSources : handlers::StatsSource,
                     handlers::ProtectionKeeper,
                     handlers::CredentialsSource,
                     handlers::AuditLog {
    explicit FakeSources(model::World& its_world)
        : world(its_world), callers(its_world), pending(its_world), newcomers(its_world) {}
    operator handlers::TaskApi::Sources() {
        return {callers, pending, newcomers, *this, *this, *this, *this};
    }

    /// Those of `samples`, by Docker id.
    base::Async<std::optional<model::StatsSample>> sample(model::ContainerRef container) override;
    /// Changes the World.
    base::Async<base::Result<>> protect(std::string task_arn,
                                        std::optional<base::Time> until) override;
    bool is_given_to(const handlers::CredentialsQuestion& question) override;
    base::Async<handlers::CredentialsAnswer> find(handlers::CredentialsQuestion question) override;
    void write(const handlers::AuditEntry& entry) override;

    model::World& world;
    WorldCallers callers;
    ScriptedChanges pending;
    ScriptedNewcomers newcomers;
    std::map<std::string, model::StatsSample> samples;
    std::map<std::string, Grant, std::less<>> credentials; ///< by their id
    std::vector<Asked> asked;                              ///< by find()
    /// "<status> <peer> <path> [<user agent>]", and behind it " <task ARN> task" or "… execution"
    /// where credentials were given.
    std::vector<std::string> audited;
    std::vector<std::string> audit_lines; ///< the same as they would stand in the file
    std::string refused_task;             ///< of the last of them
};

/// The contract's example of credentials (http-contract 11, E1): a task's role, ready.
handlers::CredentialsAnswer example_credentials();
/// Somebody's, and nothing else than that.
handlers::CredentialsAnswer credentials_of_kind(handlers::CredentialsAnswer::Kind kind);

/// Limits that no test reaches by accident.
handlers::RequestLimits no_limits();

/// As the server has it when it has come: GET from `peer`, unless told otherwise.
handlers::http::Request request_for(std::string_view target,
                                    std::string_view peer = "169.254.172.2",
                                    std::string_view method = "GET", std::string_view body = "");
/// Asks as the server does.
handlers::http::Response ask(handlers::http::Application& application,
                             handlers::http::Request request);
handlers::http::Response ask(handlers::http::Application& application, std::string_view target,
                             std::string_view peer = "169.254.172.2",
                             std::string_view method = "GET", std::string_view body = "");
/// The header's values, in order.
std::vector<std::string> header(const handlers::http::Response& response, std::string_view name);

} // namespace handlers_test
