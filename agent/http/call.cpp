#include "agent/http/call.hpp"

#include "base/text.hpp"

#include <cctype>
#include <cerrno>
#include <cstring>

namespace agent::http {

namespace {

using base::Errc;
using base::Error;

constexpr std::size_t head_limit = std::size_t{256} << 10;

std::string lower(std::string_view text) {
    std::string result(text);
    for (char& c : result)
        c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

bool is_success(long status) {
    return status >= 200 && status < 300;
}

} // namespace

void Call::stop() {
    if (multi != nullptr)
        multi->stop(*transfer);
}

HttpTransfer::HttpTransfer(std::shared_ptr<Call> call, const ServerAddress& endpoint,
                           const TransportOptions& options, Request request)
    : call_(std::move(call)), endpoint_(endpoint), request_(std::move(request)) {
    set_options(options);
    set_method();
    if (request_.signature) {
        sign(*request_.signature);
        // The answer holds keys: it may not leave pieces behind where it grows.
        call_->response.body.reserve(call_->body_limit);
    }
    set_headers();
}

HttpTransfer::~HttpTransfer() {
    // Those of a signed request hold a token, which curl copies, but a list of ours does too.
    if (request_.signature)
        for (auto* each = headers_.get(); each != nullptr; each = each->next)
            ::explicit_bzero(each->data, std::strlen(each->data));
}

void HttpTransfer::set_options(const TransportOptions& options) {
    CURL* handle = easy();
    curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
    if (!options.proxy_of_environment)
        curl_easy_setopt(handle, CURLOPT_PROXY, "");
    curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, endpoint_.tls ? "https" : "http");
    curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, long{CURL_HTTP_VERSION_1_1});
    curl_easy_setopt(handle, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, detail_.data());
    curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, &HttpTransfer::on_header);
    curl_easy_setopt(handle, CURLOPT_HEADERDATA, this);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &HttpTransfer::on_body);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, this);
    if (request_.certificates)
        trust_only(*request_.certificates);
    if (endpoint_.authority.empty())
        curl_easy_setopt(handle, CURLOPT_UNIX_SOCKET_PATH, endpoint_.socket_path.c_str());
}

/// No file is read: neither those nor others.
void HttpTransfer::trust_only(std::string& certificates) {
    CURL* handle = easy();
    curl_easy_setopt(handle, CURLOPT_CAINFO, nullptr);
    curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);
    curl_blob blob{};
    blob.data = certificates.data();
    blob.len = certificates.size();
    blob.flags = CURL_BLOB_COPY;
    curl_easy_setopt(handle, CURLOPT_CAINFO_BLOB, &blob);
}

void HttpTransfer::set_method() {
    CURL* handle = easy();
    const auto host = endpoint_.authority.empty() ? "docker" : endpoint_.authority;
    const auto url = (endpoint_.tls ? "https://" : "http://") + host + request_.target;
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    if (request_.method == "HEAD") {
        curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
    } else if (request_.method != "GET") {
        curl_easy_setopt(handle, CURLOPT_FRESH_CONNECT, 1L);
        if (request_.method == "POST") {
            curl_easy_setopt(handle, CURLOPT_POST, 1L);
            // Not copied: request_ lives as long as the handle.
            curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request_.body.c_str());
            curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE,
                             static_cast<curl_off_t>(request_.body.size()));
        } else {
            curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request_.method.c_str());
        }
    }
}

void HttpTransfer::sign(const AwsSignature& signature) {
    CURL* handle = easy();
    const auto scope = "aws:amz:" + signature.region + ':' + signature.service;
    curl_easy_setopt(handle, CURLOPT_AWS_SIGV4, scope.c_str());
    std::string text(signature.access_key_id.view());
    const base::WipeAtEnd wipe(text);
    curl_easy_setopt(handle, CURLOPT_USERNAME, text.c_str());
    text = signature.secret_access_key.view();
    curl_easy_setopt(handle, CURLOPT_PASSWORD, text.c_str());
    if (signature.session_token.empty())
        return;
    text = "X-Amz-Security-Token: ";
    text += signature.session_token.view();
    add_header(text);
}

/// A large body must not wait for "100 Continue"; an empty one must not be called a form. libcurl
/// signs what is only named to be left out, which nobody can verify: bodies that are signed are small.
void HttpTransfer::set_headers() {
    if (!request_.signature)
        add_header("Expect:");
    if (request_.body.empty())
        add_header("Content-Type:");
    for (const auto& header : request_.headers)
        add_header(header);
    curl_easy_setopt(easy(), CURLOPT_HTTPHEADER, headers_.get());
}

void HttpTransfer::add_header(const std::string& header) {
    auto* longer = curl_slist_append(headers_.get(), header.c_str());
    static_cast<void>(headers_.release());
    headers_.reset(longer);
}

std::size_t HttpTransfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
    const std::string_view line(data, size * count);
    return static_cast<HttpTransfer*>(self)->receive_header(line) ? line.size() : 0;
}

std::size_t HttpTransfer::on_body(char* data, std::size_t size, std::size_t count, void* self) {
    const std::string_view bytes(data, size * count);
    return static_cast<HttpTransfer*>(self)->receive_body(bytes) ? bytes.size()
                                                                 : CURL_WRITEFUNC_ERROR;
}

bool HttpTransfer::receive_header(std::string_view line) {
    head_bytes_ += line.size();
    if (head_bytes_ > head_limit) {
        call_->failure = Error(Errc::too_large, "the answer's head is longer than " +
                                                    std::to_string(head_limit) + " bytes");
        return false;
    }
    auto& response = call_->response;
    line = base::trim(line);
    const auto colon = line.find(':');
    if (line.starts_with("HTTP/")) {
        response.headers.clear();
    } else if (line.empty()) {
        curl_easy_getinfo(easy(), CURLINFO_RESPONSE_CODE, &response.status);
        call_->head_complete = response.status >= 200; // 1xx is not the answer yet
        call_->changed.notify_all();
    } else if (colon != std::string_view::npos) {
        response.headers[lower(line.substr(0, colon))] = base::trim(line.substr(colon + 1));
    }
    return true;
}

bool HttpTransfer::receive_body(std::string_view bytes) {
    auto& body = call_->response.body;
    if (call_->lines && is_success(call_->response.status)) {
        call_->changed.notify_all();
        auto pushed = call_->lines->push(bytes);
        if (!pushed)
            call_->failure = std::move(pushed).error();
        return !call_->failure;
    }
    if (bytes.size() > call_->body_limit - body.size()) {
        call_->failure = Error(Errc::too_large, "the answer is longer than " +
                                                    std::to_string(call_->body_limit) + " bytes");
        return false;
    }
    body.append(bytes);
    return true;
}

void HttpTransfer::ended(CURLcode code) {
    call_->multi = nullptr;
    call_->transfer = nullptr;
    call_->ended = true;
    if (code != CURLE_OK && !call_->failure)
        call_->failure = describe(code);
    if (code == CURLE_OK && !call_->head_complete)
        call_->failure = Error(Errc::unavailable, "the connection to " + endpoint_.to_string() +
                                                      " broke in the head of an answer");
    if (code == CURLE_OK && call_->lines)
        call_->lines->finish();
    call_->changed.notify_all();
}

Error HttpTransfer::describe(CURLcode code) const {
    const auto peer = endpoint_.to_string();
    std::string reason = detail_.front() != '\0' ? detail_.data() : curl_easy_strerror(code);
    long number = 0;
    curl_easy_getinfo(easy(), CURLINFO_OS_ERRNO, &number);
    switch (code) {
    case CURLE_COULDNT_CONNECT:
        if (number != 0)
            reason = std::strerror(static_cast<int>(number));
        return Error(number == EACCES || number == EPERM ? Errc::permission : Errc::unavailable,
                     "cannot connect to " + peer + ": " + reason);
    case CURLE_OPERATION_TIMEDOUT:
        return Error(Errc::timeout, "cannot connect to " + peer + ": " + reason);
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_SSL_CONNECT_ERROR:
        return Error(Errc::unavailable, "cannot connect to " + peer + ": " + reason);
    case CURLE_PARTIAL_FILE:
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return Error(Errc::unavailable, "the connection to " + peer + " broke: " + reason);
    case CURLE_ABORTED_BY_CALLBACK:
        return Error(Errc::unavailable, "the call to " + peer + " was given up");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
        return Error(Errc::permission, peer + " is not trusted: " + reason);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return Error(Errc::protocol, peer + " does not speak HTTP: " + reason);
    default: return Error(Errc::io, "libcurl failed on " + peer + ": " + reason);
    }
}

} // namespace agent::http
