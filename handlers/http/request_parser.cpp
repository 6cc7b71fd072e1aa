#include "handlers/http/request_parser.hpp"

#include "base/secret.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <algorithm>
#include <cstring>

namespace beast = boost::beast;

namespace handlers::http {

namespace {

constexpr std::size_t usual_request = 1024;

/// Keeps of a header what the handlers ask for, in the request, where the memory is used again: a
/// container of all fields would cost more than the rest of the parsing. It never sees a body.
class HeaderParser final : public beast::http::basic_parser<true> {
public:
    HeaderParser(Request& request, std::string& target) : request_(request), target_(target) {}

    /// The client's fault, by Beast's code or our own.
    unsigned status_of(beast::error_code failure) const {
        namespace codes = beast::http;
        if (refusal_ != 0)
            return refusal_;
        if (failure == codes::error::bad_version)
            return 505;
        if (failure == codes::error::body_limit)
            return 413;
        if (failure == codes::error::header_limit)
            return 431;
        return 400;
    }

    std::size_t hosts = 0;
    std::string expectation;
    int version = 11;

private:
    using Code = beast::error_code;
    using Text = beast::string_view;

    void on_request_impl(beast::http::verb, Text method, Text target_text, int number,
                         Code&) override {
        request_.method.assign(method.data(), method.size());
        target_.assign(target_text.data(), target_text.size());
        version = number;
    }
    void on_field_impl(beast::http::field name, Text name_text, Text value,
                       Code& failure) override {
        using beast::http::field;
        switch (name) {
        case field::host: ++hosts; break;
        case field::transfer_encoding: check_encoding(value, failure); break;
        case field::expect: keep_first(expectation, value); break;
        case field::authorization: keep_first(request_.authorization, value); break;
        case field::user_agent: keep_first(request_.user_agent, value); break;
        case field::unknown:
            if (beast::iequals(name_text, "X-Forwarded-For"))
                keep_first(request_.forwarded_for, value);
            break;
        default: break;
        }
    }
    void on_response_impl(int, Text, int, Code&) override {}
    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    std::size_t on_body_impl(Text, Code&) override { return 0; }
    void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, Text, Code&) override { return 0; }
    void on_finish_impl(Code&) override {}
    // Overrides nothing before Boost 1.92.
    void on_trailer_field_impl(beast::http::field, Text, Text, Code&) {}

    /// One that is not undone would leave the body to be read as the next request.
    void check_encoding(Text value, Code& failure) {
        if (version < 11)
            refusal_ = 400;
        else if (!beast::iequals(value, "chunked"))
            refusal_ = 501;
        if (refusal_ != 0)
            failure = beast::http::error::bad_transfer_encoding;
    }

    static void keep_first(std::string& kept, Text value) {
        if (kept.empty())
            kept.assign(value.data(), value.size());
    }

    Request& request_;
    std::string& target_;
    unsigned refusal_ = 0;
};

std::string with_full_line_ends(std::string_view header) {
    std::string full;
    // At once, so that no part of a secret stays behind.
    full.reserve(header.size() +
                 static_cast<std::size_t>(std::count(header.begin(), header.end(), '\n')));
    char before = '\0';
    for (const char c : header) {
        if (c == '\n' && before != '\r')
            full += '\r';
        full += c;
        before = c;
    }
    return full;
}

} // namespace

RequestParser::RequestParser(std::size_t header_bytes, std::size_t body_bytes)
    : header_bytes_(header_bytes), body_bytes_(body_bytes) {}

RequestParser::~RequestParser() {
    forget_secrets();
}

/// Where the last request had a token: it stands in the request, and in the bytes that were read.
void RequestParser::forget_secrets() {
    if (request_.authorization.empty())
        return;
    base::wipe(request_.authorization);
    base::wipe(buffer_.data(), begin_);
}

void RequestParser::begin() {
    chunks_.reset();
    body_left_ = 0;
    stage_ = Stage::header;
    scanned_ = 0;
    line_ = 0;
    bare_ = false;
    asked_to_continue_ = false;
    request_.user_agent.clear();
    forget_secrets();
    request_.forwarded_for.clear();
    request_.body.clear();
    if (request_.body.capacity() > usual_request)
        request_.body = {};
    if (!has_bytes()) {
        begin_ = end_ = 0;
        if (buffer_.size() > usual_request)
            buffer_ = {};
    }
}

std::span<char> RequestParser::prepare() {
    if (begin_ > 0) {
        end_ -= begin_;
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_);
        if (!request_.authorization.empty())
            base::wipe(buffer_.data() + end_, begin_);
        begin_ = 0;
    }
    // next() consumes or refuses what would fill more than this.
    if (end_ == buffer_.size())
        buffer_.resize(std::max(usual_request, std::min(2 * end_, 2 * header_bytes_)));
    return {buffer_.data() + end_, buffer_.size() - end_};
}

RequestParser::Progress RequestParser::next() {
    return stage_ == Stage::header ? parse_header() : parse_body();
}

RequestParser::Progress RequestParser::refuse(unsigned status) {
    refusal_status_ = status;
    return Progress::refuse;
}

bool RequestParser::find_header_end() {
    const char* first = buffer_.data() + begin_;
    const std::size_t size = end_ - begin_;
    while (scanned_ < size) {
        const auto* feed =
            static_cast<const char*>(std::memchr(first + scanned_, '\n', size - scanned_));
        if (feed == nullptr) {
            scanned_ = size;
            break;
        }
        const auto at = static_cast<std::size_t>(feed - first);
        const bool full = at > line_ && first[at - 1] == '\r';
        const std::string_view line(first + line_, at - line_ - (full ? 1 : 0));
        scanned_ = at + 1;
        bare_ = bare_ || !full;
        // What names no version will not become a request; do not wait for more.
        if (line_ == 0 && line.find(" HTTP/") == std::string_view::npos) {
            refusal_status_ = 400;
            return false;
        }
        if (line.empty())
            return true;
        line_ = scanned_;
    }
    if (size > header_bytes_)
        refusal_status_ = 431;
    return false;
}

RequestParser::Progress RequestParser::parse_header() {
    if (!find_header_end())
        return refusal_status_ != 0 ? Progress::refuse : Progress::read_more;
    const std::string_view header(buffer_.data() + begin_, scanned_);
    if (header.size() > header_bytes_)
        return refuse(431);
    begin_ += header.size();
    stage_ = Stage::body;
    if (!bare_) {
        const auto step = read_header(header);
        return step == Progress::complete ? parse_body() : step;
    }
    auto full = with_full_line_ends(header);
    const auto step = full.size() > header_bytes_ ? refuse(431) : read_header(full);
    base::wipe(full);
    if (step != Progress::complete)
        return step;
    if (chunks_ || body_left_ > 0)
        return refuse(400);
    request_.keep_alive = false;
    return finish();
}

RequestParser::Progress RequestParser::read_header(std::string_view header) {
    HeaderParser parser(request_, target_);
    parser.header_limit(static_cast<std::uint32_t>(header_bytes_));
    parser.body_limit(body_bytes_);
    beast::error_code failure;
    parser.put({header.data(), header.size()}, failure);
    if (failure)
        return refuse(parser.status_of(failure));
    request_.http_1_1 = parser.version >= 11;
    request_.keep_alive = parser.keep_alive();
    if (parser.hosts > 1 || (request_.http_1_1 && parser.hosts == 0))
        return refuse(400);
    if (!parser.expectation.empty() && request_.http_1_1) {
        if (!beast::iequals(parser.expectation, "100-continue"))
            return refuse(417);
        asked_to_continue_ = true;
    }
    if (parser.chunked())
        chunks_.emplace(header_bytes_, body_bytes_);
    else
        body_left_ = parser.content_length().value_or(0);
    return Progress::complete;
}

RequestParser::Progress RequestParser::parse_body() {
    const auto step = chunks_ ? feed_chunks() : feed_by_length();
    if (step == Progress::complete)
        return finish();
    if (step == Progress::read_more && asked_to_continue_ && !has_bytes()) {
        asked_to_continue_ = false;
        return Progress::send_continue;
    }
    return step;
}

RequestParser::Progress RequestParser::feed_by_length() {
    const auto size = std::min(body_left_, end_ - begin_);
    request_.body.append(buffer_.data() + begin_, size);
    begin_ += size;
    body_left_ -= size;
    return body_left_ == 0 ? Progress::complete : Progress::read_more;
}

RequestParser::Progress RequestParser::feed_chunks() {
    std::string_view bytes(buffer_.data() + begin_, end_ - begin_);
    const auto step = chunks_->feed(bytes, request_.body);
    begin_ = end_ - bytes.size();
    switch (step) {
    case ChunkedBody::Progress::read_more: return Progress::read_more;
    case ChunkedBody::Progress::complete: return Progress::complete;
    case ChunkedBody::Progress::refuse: break;
    }
    return refuse(chunks_->refusal_status());
}

RequestParser::Progress RequestParser::finish() {
    request_.captures.clear();
    auto target = parse_target(target_);
    if (!target && request_.method == "OPTIONS" && target_ == "*") {
        request_.target = {};
        return Progress::complete;
    }
    if (!target)
        return refuse(400);
    request_.target = std::move(*target);
    return Progress::complete;
}

} // namespace handlers::http
