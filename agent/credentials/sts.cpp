#include "agent/credentials/sts.hpp"

#include "agent/credentials/sts_answer.hpp"
#include "agent/http/escape.hpp"
#include "base/files.hpp"
#include "model/arn.hpp"

#include <array>

namespace agent::credentials {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using namespace std::chrono_literals;

namespace {

constexpr auto call_limit = 10s;
constexpr std::size_t largest_answer = std::size_t{64} << 10;
constexpr std::size_t largest_ca_file = std::size_t{4} << 20;
/// STS takes requests that are off by five minutes.
constexpr auto tolerated_skew = 4min;

/// "name=value&…", as STS's query protocol has it in a body.
class Form {
public:
    explicit Form(std::string_view action) {
        add("Action", action);
        add("Version", "2011-06-15");
    }
    void add(std::string_view name, std::string_view value) {
        if (!text_.empty())
            text_ += '&';
        text_.append(http::escape(name)).append("=").append(http::escape(value));
    }
    void add_unless_empty(std::string_view name, std::string_view value) {
        if (!value.empty())
            add(name, value);
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_;
};

/// By how much the clock of who answered is ahead of this host's, by its Date.
std::chrono::nanoseconds clock_ahead(const http::Response& response) {
    const auto date = response.headers.find("date");
    const auto theirs =
        date == response.headers.end() ? std::nullopt : http::parse_date(date->second);
    return theirs ? *theirs - base::now() : std::chrono::nanoseconds(0);
}

/// libcurl signs by the system's clock and by no other, so all that is left is to say what is wrong.
std::string advice(const StsRefusal& refusal, std::chrono::nanoseconds ahead) {
    if (!may_be_clock(refusal.code) || std::chrono::abs(ahead) < tolerated_skew)
        return {};
    const auto count = std::chrono::round<std::chrono::seconds>(std::chrono::abs(ahead)).count();
    return "; this host's clock is " + std::to_string(count) + " s " +
           (ahead > ahead.zero() ? "behind" : "ahead of") + " STS's, set it";
}

Error refused(long status, const StsRefusal& refusal, const std::string& advice) {
    const bool later = status >= 500 || status == 429 || refusal.code == "Throttling" ||
                       refusal.code == "ThrottlingException" ||
                       refusal.code == "RequestLimitExceeded";
    std::string text = "STS answered " + std::to_string(status);
    if (!refusal.code.empty())
        text += ' ' + refusal.code + ": " + refusal.message;
    return {later ? Errc::unavailable : Errc::permission, text + advice};
}

} // namespace

std::string sts_endpoint(const std::string& region) {
    using Domain = std::pair<std::string_view, std::string_view>;
    constexpr std::array domains{
        Domain{"aws-cn", "amazonaws.com.cn"},  Domain{"aws-eusc", "amazonaws.eu"},
        Domain{"aws-iso", "c2s.ic.gov"},       Domain{"aws-iso-b", "sc2s.sgov.gov"},
        Domain{"aws-iso-e", "cloud.adc-e.uk"}, Domain{"aws-iso-f", "csp.hci.ic.gov"},
    };
    const auto partition = model::partition_of(region);
    std::string_view domain = "amazonaws.com";
    for (const auto& [name, its_domain] : domains)
        if (name == partition)
            domain = its_domain;
    return "https://sts." + region + '.' + std::string(domain);
}

Result<std::unique_ptr<Sts>> Sts::make(base::Executor loop, base::WorkerPool& workers,
                                       const StsSpec& spec, const std::string& default_region) {
    const auto region = spec.region.empty() ? default_region : spec.region;
    TRY(auto address,
        http::parse_url(spec.endpoint.empty() ? sts_endpoint(region) : spec.endpoint));
    const bool tls = address.tls;
    http::TransportOptions options;
    options.proxy_of_environment = true;
    auto transport = http::make_transport(loop, std::move(address), options);
    std::unique_ptr<Sts> sts(new Sts(std::move(loop), workers, std::move(transport)));
    sts->region_ = region;
    sts->is_own_ca_ = !spec.ca_file.empty();
    if (tls)
        sts->ca_file_ = sts->is_own_ca_ ? spec.ca_file : http::system_certificates_file();
    return sts;
}

Async<Result<Keys>> Sts::assume_role(Keys keys, AssumeRole wanted) {
    Form form("AssumeRole");
    form.add("RoleArn", wanted.role_arn);
    form.add("RoleSessionName", wanted.session_name);
    form.add("DurationSeconds", std::to_string(wanted.duration.count()));
    form.add_unless_empty("ExternalId", wanted.external_id);
    form.add_unless_empty("SourceIdentity", wanted.source_identity);
    std::size_t number = 0;
    for (const auto& [key, value] : wanted.session_tags) {
        const auto member = "Tags.member." + std::to_string(++number);
        form.add(member + ".Key", key);
        form.add(member + ".Value", value);
    }
    number = 0;
    for (const auto& key : wanted.transitive_tags)
        form.add("TransitiveTagKeys.member." + std::to_string(++number), key);
    auto body = form.take();
    auto answer = co_await call("AssumeRole", std::move(keys), std::move(body));
    if (!answer)
        co_return std::move(answer).error() + ("assume " + wanted.role_arn);
    co_return std::move(answer);
}

Async<Result<Keys>> Sts::get_session_token(Keys keys, std::chrono::seconds duration) {
    Form form("GetSessionToken");
    form.add("DurationSeconds", std::to_string(duration.count()));
    auto body = form.take();
    auto answer = co_await call("GetSessionToken", std::move(keys), std::move(body));
    if (!answer)
        co_return std::move(answer).error() + "get a session token";
    co_return std::move(answer);
}

Async<Result<Keys>> Sts::call(std::string action, Keys keys, std::string body) {
    http::Request request;
    request.method = "POST";
    request.target = "/";
    request.body = std::move(body);
    request.deadline = call_limit;
    request.body_limit = largest_answer;
    request.headers = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8",
                       "Accept: text/xml"};
    auto& signature = request.signature.emplace();
    signature.service = "sts";
    signature.region = region_;
    signature.access_key_id = std::move(keys.access_key_id);
    signature.secret_access_key = std::move(keys.secret_access_key);
    signature.session_token = std::move(keys.session_token);
    CO_TRY(request.certificates, co_await certificates());
    const bool taken = co_await turns_.take();
    if (!taken)
        co_return Error(Errc::cancelled, "the agent ends");
    auto answer = co_await transport_->exchange(std::move(request));
    turns_.give_back();
    CO_TRY(auto response, std::move(answer));
    const auto ahead = clock_ahead(response);
    if (response.status == 200)
        co_return read_sts_keys(response.body, action, ahead, base::now());
    const auto refusal = read_sts_refusal(response.body);
    co_return refused(response.status, refusal, advice(refusal, ahead));
}

/// libcurl would read them on the loop's thread.
Async<Result<std::optional<std::string>>> Sts::certificates() {
    if (ca_file_.empty())
        co_return std::optional<std::string>();
    auto read = [path = ca_file_] { return base::read_file(path, largest_ca_file); };
    auto text = co_await base::offload(workers_, std::move(read));
    if (text && text->find("-----BEGIN ") == std::string::npos)
        text = Error(Errc::invalid_argument, ca_file_ + " holds no certificate");
    if (text)
        co_return std::optional(std::move(*text));
    if (is_own_ca_)
        co_return std::move(text).error() + "certificates to trust";
    co_return std::optional<std::string>(); // libcurl looks elsewhere, or says what is wrong
}

} // namespace agent::credentials
