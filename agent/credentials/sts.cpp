#include "agent/credentials/sts.hpp"

#include "agent/credentials/sts_answer.hpp"
#include "agent/http/escape.hpp"
#include "model/arn.hpp"

#include <ctime>

namespace agent::credentials {

using base::Async;
using base::Errc;
using base::Error;
using base::Result;
using namespace std::chrono_literals;

namespace {

constexpr auto call_limit = 10s;
constexpr std::size_t largest_answer = std::size_t{64} << 10;
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

/// 20261127T101112Z
std::string amz_date(base::Time time) {
    const auto seconds = std::chrono::system_clock::to_time_t(
        std::chrono::time_point_cast<std::chrono::system_clock::duration>(time));
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    std::string text(sizeof "20261127T101112Z", '\0');
    text.resize(std::strftime(text.data(), text.size(), "%Y%m%dT%H%M%SZ", &parts));
    return text;
}

Error refused(long status, const StsRefusal& refusal) {
    const bool later = status >= 500 || status == 429 || refusal.code == "Throttling" ||
                       refusal.code == "ThrottlingException" ||
                       refusal.code == "RequestLimitExceeded";
    std::string text = "STS answered " + std::to_string(status);
    if (!refusal.code.empty())
        text += ' ' + refusal.code + ": " + refusal.message;
    return {later ? Errc::unavailable : Errc::permission, std::move(text)};
}

} // namespace

std::string sts_endpoint(const std::string& region) {
    const auto partition = model::partition_of(region);
    const auto* domain = partition == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com";
    return "https://sts." + region + '.' + domain;
}

Result<std::unique_ptr<Sts>> Sts::make(base::Executor loop, const StsSpec& spec,
                                       const std::string& default_region) {
    const auto region = spec.region.empty() ? default_region : spec.region;
    TRY(auto endpoint,
        http::parse_url(spec.endpoint.empty() ? sts_endpoint(region) : spec.endpoint));
    http::TransportOptions options;
    options.ca_file = spec.ca_file;
    options.proxy_of_environment = true;
    return std::unique_ptr<Sts>(
        new Sts(std::move(loop), std::move(endpoint), std::move(options), region));
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
    for (bool again = false;; again = true) {
        auto response = co_await send(keys, body);
        if (!response)
            co_return std::move(response).error();
        if (response->status == 200)
            co_return read_sts_keys(response->body, action, ahead_, base::now());
        const auto refusal = read_sts_refusal(response->body);
        if (again || !may_be_clock(refusal.code) || !learn_clock(*response))
            co_return refused(response->status, refusal);
    }
}

Async<Result<http::Response>> Sts::send(Keys keys, std::string body) {
    http::Request request;
    request.method = "POST";
    request.target = "/";
    request.body = std::move(body);
    request.deadline = call_limit;
    request.body_limit = largest_answer;
    request.headers = {"Content-Type: application/x-www-form-urlencoded; charset=utf-8",
                       "Accept: text/xml", "X-Amz-Date: " + amz_date(base::now() + ahead_)};
    auto& signature = request.signature.emplace();
    signature.service = "sts";
    signature.region = region_;
    signature.access_key_id = std::move(keys.access_key_id);
    signature.secret_access_key = std::move(keys.secret_access_key);
    signature.session_token = std::move(keys.session_token);
    auto response = co_await transport_.exchange(std::move(request));
    co_return std::move(response);
}

/// By the Date of a refusal; false when the clock as we take it was right enough.
bool Sts::learn_clock(const http::Response& response) {
    const auto date = response.headers.find("date");
    if (date == response.headers.end())
        return false;
    const auto theirs = http::parse_date(date->second);
    if (!theirs)
        return false;
    const std::chrono::nanoseconds ahead = *theirs - base::now();
    if (std::chrono::abs(ahead - ahead_) < tolerated_skew)
        return false;
    ahead_ = ahead;
    return true;
}

} // namespace agent::credentials
