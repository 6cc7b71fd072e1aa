#include "agent/cloud/imds.hpp"

#include "agent/http/escape.hpp"
#include "agent/http/transport.hpp"
#include "base/files.hpp"
#include "base/json.hpp"

#include <nlohmann/json.hpp>

namespace agent::cloud {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using std::chrono::duration_cast;
using std::chrono::milliseconds;
using std::chrono::steady_clock;

namespace {

constexpr std::size_t largest_answer = 64 * 1024;

/// One conversation with the service: a token first, then questions, all before one end.
class Conversation {
public:
    Conversation(const base::Executor& loop, const http::ServerAddress& address, milliseconds limit)
        : transport_(http::make_transport(loop, address)), end_(steady_clock::now() + limit) {}

    Async<Result<std::string>> ask(std::string method, std::string path, std::string header) {
        const auto left = duration_cast<milliseconds>(end_ - steady_clock::now());
        if (left <= milliseconds(0))
            co_return Error(Errc::timeout, "the instance metadata service is too slow");
        http::Request request;
        request.method = std::move(method);
        request.target = path;
        request.headers.push_back(std::move(header));
        request.deadline = left;
        request.body_limit = largest_answer;
        CO_TRY(auto response, co_await transport_->exchange(std::move(request)));
        if (response.status == 404)
            co_return std::string();
        if (response.status != 200)
            co_return Error(Errc::protocol, "the instance metadata service answered " +
                                                std::to_string(response.status) + " for " + path);
        // Moved, since it may hold keys: a copy would stay behind unwiped.
        co_return std::move(response.body);
    }

    /// What opens every question.
    Async<Result<std::string>> token_header() {
        CO_TRY(const auto token, co_await ask("PUT", "/latest/api/token",
                                              "X-aws-ec2-metadata-token-ttl-seconds: 60"));
        co_return "X-aws-ec2-metadata-token: " + token;
    }

private:
    std::unique_ptr<http::Transport> transport_;
    steady_clock::time_point end_;
};

std::string text_of(const nlohmann::ordered_json& document, const char* key) {
    const auto found = document.find(key);
    return found != document.end() && found->is_string() ? found->get<std::string>()
                                                         : std::string();
}

/// Before a path is made of it.
bool is_mac(const std::string& text) {
    return text.size() == std::string_view("00:00:00:00:00:00").size() &&
           text.find_first_not_of("0123456789abcdefABCDEF:") == std::string::npos;
}

} // namespace

bool is_ec2(const std::string& dmi_directory) {
    for (const auto* file : {"/sys_vendor", "/board_vendor", "/bios_vendor"}) {
        const auto text = base::read_file(dmi_directory + file, 4096);
        if (text && text->find("Amazon EC2") != std::string::npos)
            return true;
    }
    return false;
}

Async<Result<InstanceFacts>> ask_imds(base::Executor loop, std::string endpoint,
                                      milliseconds limit) {
    CO_TRY(const auto where, http::parse_url(endpoint));
    Conversation service(loop, where, limit);
    CO_TRY(const auto header, co_await service.token_header());
    CO_TRY(const auto text,
           co_await service.ask("GET", "/latest/dynamic/instance-identity/document", header));
    const auto document = base::parse_json(text);
    if (!document || !document->is_object())
        co_return Error(Errc::protocol, "the instance identity document is no JSON object");
    InstanceFacts facts;
    facts.region = text_of(*document, "region");
    facts.account_id = text_of(*document, "accountId");
    facts.availability_zone = text_of(*document, "availabilityZone");
    facts.private_ipv4 = text_of(*document, "privateIp");
    CO_TRY(facts.availability_zone_id,
           co_await service.ask("GET", "/latest/meta-data/placement/availability-zone-id", header));
    CO_TRY(const auto mac, co_await service.ask("GET", "/latest/meta-data/mac", header));
    if (is_mac(mac)) {
        auto path = "/latest/meta-data/network/interfaces/macs/" + mac + "/vpc-id";
        CO_TRY(facts.vpc_id, co_await service.ask("GET", std::move(path), header));
    }
    CO_TRY(facts.public_ipv4, co_await service.ask("GET", "/latest/meta-data/public-ipv4", header));
    co_return facts;
}

Async<Result<std::string>> ask_instance_credentials(base::Executor loop, std::string endpoint,
                                                    milliseconds limit) {
    const std::string folder = "/latest/meta-data/iam/security-credentials/";
    CO_TRY(const auto where, http::parse_url(endpoint));
    Conversation service(loop, where, limit);
    CO_TRY(const auto header, co_await service.token_header());
    CO_TRY(const auto roles, co_await service.ask("GET", folder, header));
    const auto role = roles.substr(0, roles.find_first_of("\r\n"));
    if (role.empty())
        co_return Error(Errc::not_found, "the instance has no role");
    auto path = folder + http::escape(role);
    CO_TRY(auto document, co_await service.ask("GET", std::move(path), header));
    if (document.empty())
        co_return Error(Errc::not_found, "the instance's role has no credentials");
    co_return std::move(document);
}

} // namespace agent::cloud
