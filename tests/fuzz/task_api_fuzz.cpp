// The server of the containers (handlers/task_api), asked as a first line "METHOD target peer" with
// a body behind it: only documented statuses; whoever neither has an address of ours nor knows an id
// learns nothing, nor whoever knows one and is a stranger; and neither log shows an id, nor can be
// given a line of the asker's own.

#include "base/json.hpp"
#include "handlers/credentials/document.hpp"
#include "handlers/task_api.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/handlers/support.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <set>
#include <sstream>

namespace {

namespace http = handlers::http;
using fuzz::require;

constexpr std::string_view ids[] = {"5f0c3a52-9d0e-4c6e-8c39-1f2f6a7b8c9d",
                                    "0a1b2c3d-4e5f-4a6b-9c7d-8e9f0a1b2c3d"};
constexpr std::string_view credentials_id = "7d8e9f0a-1b2c-4d3e-8f4a-5b6c7d8e9f0a";
constexpr std::string_view docker_ids[] = {
    "4c01db0b339c4b0d8f1c6bc0e9d1a6a1d4b8f8a3f6a1e2d3c4b5a69788796a5b",
    "9e107d9d372bb6826bd81d3542a419d6e4d909c290d0fb1ca068ffaddf22cbd0"};

class NoStats : public handlers::StatsSource {
    base::Async<std::optional<model::StatsSample>>
    sample(model::ContainerRef /*container*/) override {
        co_return std::nullopt;
    }
};

class Protection : public handlers::ProtectionKeeper {
    base::Async<base::Result<>> protect(std::string /*task_arn*/,
                                        std::optional<base::Time> /*until*/) override {
        co_return base::Result<>();
    }
};

/// Of a network that is nobody's (RFC 5737).
bool is_stranger(std::string_view address) {
    return address.starts_with("192.0.2.");
}

class Logins : public handlers::CredentialsSource {
public:
    Logins() {
        handlers::credentials::Document document;
        document.secret_access_key = "the secret of the role";
        body_ = handlers::credentials::render(document);
    }
    bool is_given_to(const handlers::CredentialsQuestion& question) override {
        return question.id == credentials_id && !is_stranger(question.address);
    }
    base::Async<handlers::CredentialsAnswer> find(handlers::CredentialsQuestion question) override {
        handlers::CredentialsAnswer answer;
        if (is_given_to(question)) {
            answer.kind = handlers::CredentialsAnswer::Kind::ready;
            answer.body = body_;
            answer.task_arn = "the task";
        }
        co_return answer;
    }

private:
    http::SharedBody body_;
};

void check_path(std::string_view path) {
    for (const auto id : {ids[0], ids[1], credentials_id})
        require(path.find(id) == std::string::npos, "the log shows an id: " + std::string(path));
}

class Audit : public handlers::AuditLog {
public:
    void write(const handlers::AuditEntry& entry) override {
        check_path(entry.path);
        require(entry.given.has_value() == (entry.status == 200),
                "the audit log is wrong about what was given");
        ++entries;
    }
    int entries = 0;
};

struct Host {
    Host() {
        auto task = handlers_test::bridge_task("0123456789abcdef0123456789abcdef", {"one", "two"},
                                               "172.17.0.2");
        for (std::size_t i = 0; i < task.containers.size(); ++i) {
            task.containers[i].endpoint_id = ids[i];
            task.containers[i].docker_id = docker_ids[i];
        }
        world.put(std::move(task));
    }

    model::World world{handlers_test::example_instance()};
    handlers_test::WorldCallers callers{world};
    handlers_test::ScriptedChanges pending{world};
    handlers_test::ScriptedNewcomers newcomers{world};
    NoStats stats;
    Protection protection;
    Logins logins;
    Audit audit;
    handlers::TaskApi api{world, {callers, pending, newcomers, stats, protection, logins, audit}};
};

http::Response ask(http::Application& application, http::Request& request) {
    boost::asio::io_context loop;
    http::Response response;
    boost::asio::co_spawn(loop, application.answer(request),
                          [&](std::exception_ptr failure, http::Response answer) {
                              if (failure)
                                  std::rethrow_exception(failure);
                              response = std::move(answer);
                          });
    loop.run();
    return response;
}

/// Whether it asks for something by a name that only those who may know have.
bool knows_an_id(const http::Request& request) {
    const auto& segments = request.target.segments;
    return std::any_of(segments.begin(), segments.end(),
                       [](const std::string& segment) {
                           return segment == ids[0] || segment == ids[1] ||
                                  segment == credentials_id;
                       }) ||
           request.target.query.find('=') != std::string::npos;
}

void check_answer(const http::Response& response, const http::Request& request) {
    static const std::set<unsigned> statuses{200, 301, 400, 404, 405, 429, 500, 503};
    require(statuses.contains(response.status),
            "status " + std::to_string(response.status) + " is not documented");
    require((response.status == 301) == !request.target.is_clean(), "301 for what is clean");
    const auto body = response.body();
    require(response.content_type != http::json_type || base::parse_json(body).has_value(),
            "no JSON: " + std::string(body));
    if (response.status == 200)
        require(knows_an_id(request) || request.peer.address == "172.17.0.2",
                "a stranger is told: " + std::string(body));
    require(body.find("internal error") == std::string_view::npos, "a bug of ours");
    const bool secret = body.find("the secret") != std::string_view::npos;
    require(response.status == 200 || !secret, "a secret in an error");
    require(!is_stranger(request.peer.address) || !secret, "a secret for a stranger");
}

void check_audit(const Host& host, const http::Request& request) {
    const auto& segments = request.target.segments;
    const bool asked = request.target.is_clean() && segments.size() > 1 &&
                       segments[1] == "credentials" &&
                       ((segments[0] == "v1" && segments.size() == 2) ||
                        (segments[0] == "v2" && segments.size() > 2));
    require(host.audit.entries == (asked ? 1 : 0),
            "the audit log has a request that it should not, or lacks one");
}

void check_log(const http::Application& application, const http::Target& target) {
    const auto path = application.loggable_path(target);
    check_path(path);
    for (const auto& segment : target.segments)
        require(segment.size() <= 24 || path.find(segment) == std::string::npos,
                "the log shows what may be an id: " + path);
    // As it would be written if there had been too many.
    handlers::AuditEntry entry;
    entry.status = 429;
    entry.path = path;
    entry.user_agent = target.query;
    const auto line = handlers::audit_line(entry, {}, {});
    require(std::none_of(line.begin(), line.end(),
                         [](char c) { return static_cast<unsigned char>(c) < ' '; }),
            "a line of the asker's own: " + line);
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto text = fuzz::text_of(data, size);
    const auto line_end = std::min(text.find('\n'), text.size());
    std::istringstream words{std::string(text.substr(0, line_end))};
    http::Request request;
    std::string target;
    words >> request.method >> target >> request.peer.address;
    auto parsed = http::parse_target(target);
    if (!parsed)
        return 0;
    request.target = std::move(*parsed);
    request.body = text.substr(std::min(line_end + 1, text.size()));
    Host host; // fresh, so that no limit was used up by the input before
    check_log(host.api, request.target);
    check_answer(ask(host.api, request), request);
    check_audit(host, request);
    return 0;
}
