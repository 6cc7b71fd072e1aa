#include "handlers/http/request_parser.hpp"

#include "base/secret.hpp"

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/basic_parser.hpp>

#include <cstring>

namespace beast = boost::beast;

namespace handlers::http {

namespace {

constexpr std::size_t usual_request = 1024;
/// A chunked body's last bytes are "0\r\n\r\n".
constexpr std::size_t shortest_chunked_rest = 5;

/// The client's fault, by Beast's code.
unsigned status_of(beast::error_code failure) {
    namespace codes = beast::http;
    if (failure == codes::error::bad_version)
        return 505;
    if (failure == codes::error::body_limit)
        return 413;
    if (failure == codes::error::header_limit)
        return 431;
    return 400;
}

} // namespace

/// Keeps of a header what the handlers ask for, in the request, where the memory is used again: a
/// container of all fields would cost more than the rest of the parsing.
class RequestParser::Beast final : public beast::http::basic_parser<true> {
public:
    Beast(Request& request, std::string& target) : request_(request), target_(target) {}

    std::size_t hosts = 0;
    std::size_t encodings = 0;
    std::string first_encoding;
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
    void on_field_impl(beast::http::field name, Text name_text, Text value, Code&) override {
        using beast::http::field;
        switch (name) {
        case field::host: ++hosts; break;
        case field::transfer_encoding:
            if (++encodings == 1)
                first_encoding.assign(value.data(), value.size());
            break;
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
    std::size_t on_body_impl(Text bytes, Code&) override {
        request_.body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_chunk_body_impl(std::uint64_t, Text bytes, Code& failure) override {
        return on_body_impl(bytes, failure);
    }
    void on_response_impl(int, Text, int, Code&) override {}
    void on_header_impl(Code&) override {}
    void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
    void on_chunk_header_impl(std::uint64_t, Text, Code&) override {}
    void on_finish_impl(Code&) override {}

    static void keep_first(std::string& kept, Text value) {
        if (kept.empty())
            kept.assign(value.data(), value.size());
    }

    Request& request_;
    std::string& target_;
};

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
    ::explicit_bzero(buffer_.data(), begin_);
}

void RequestParser::begin() {
    beast_.reset();
    stage_ = Stage::header;
    scanned_ = 0;
    line_ = 0;
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
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    // next() consumes or refuses what would fill more than this.
    if (end_ == buffer_.size())
        buffer_.resize(std::max(usual_request, std::min(2 * end_, 2 * header_bytes_)));
    return {buffer_.data() + end_, buffer_.size() - end_};
}

RequestParser::Step RequestParser::next() {
    return stage_ == Stage::header ? parse_header() : parse_body();
}

RequestParser::Step RequestParser::refuse(unsigned status) {
    refusal_status_ = status;
    return Step::refuse;
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
        scanned_ = at + 1;
        // A line end without a carriage return will not become a request; do not wait for more.
        if (at == 0 || first[at - 1] != '\r') {
            refusal_status_ = 400;
            return false;
        }
        if (at - 1 == line_ && line_ > 0)
            return true;
        line_ = at + 1;
    }
    if (size > header_bytes_)
        refusal_status_ = 431;
    return false;
}

RequestParser::Step RequestParser::parse_header() {
    if (!find_header_end())
        return refusal_status_ != 0 ? Step::refuse : Step::read_more;
    if (scanned_ > header_bytes_)
        return refuse(431);
    beast_ = std::make_unique<Beast>(request_, target_);
    beast_->header_limit(static_cast<std::uint32_t>(header_bytes_));
    beast_->body_limit(body_bytes_);
    beast::error_code failure;
    begin_ += beast_->put({buffer_.data() + begin_, scanned_}, failure);
    if (failure)
        return refuse(status_of(failure));
    stage_ = Stage::body;
    const auto checked = check_header();
    return checked == Step::complete ? parse_body() : checked;
}

/// What Beast lets pass. complete means: go on.
RequestParser::Step RequestParser::check_header() {
    const auto& header = *beast_;
    const bool http_1_1 = header.version >= 11;
    if (header.hosts > 1 || (http_1_1 && header.hosts == 0))
        return refuse(400);
    // An encoding that is not undone would leave the body to be read as the next request.
    if (header.encodings > 0) {
        if (!http_1_1)
            return refuse(400);
        if (!header.chunked() || !beast::iequals(header.first_encoding, "chunked"))
            return refuse(501);
    }
    if (!header.expectation.empty() && http_1_1) {
        if (!beast::iequals(header.expectation, "100-continue"))
            return refuse(417);
        asked_to_continue_ = true;
    }
    return Step::complete;
}

RequestParser::Step RequestParser::parse_body() {
    auto& parser = *beast_;
    while (!parser.is_done()) {
        // Beast asserts on a last chunk that it sees by halves.
        const std::size_t least = parser.chunked() ? shortest_chunked_rest : 1;
        const std::size_t size = end_ - begin_;
        if (size < least)
            break;
        beast::error_code failure;
        const auto used = parser.put({buffer_.data() + begin_, size}, failure);
        begin_ += used;
        if (failure && failure != beast::http::error::need_more)
            return refuse(status_of(failure));
        if (failure || used == 0) {
            // Chunk headers and trailers have to fit where the header had to.
            if (end_ - begin_ > header_bytes_)
                return refuse(400);
            break;
        }
    }
    if (parser.is_done())
        return finish();
    if (asked_to_continue_ && !has_bytes()) {
        asked_to_continue_ = false;
        return Step::send_continue;
    }
    return Step::read_more;
}

RequestParser::Step RequestParser::finish() {
    request_.http_1_1 = beast_->version >= 11;
    request_.keep_alive = beast_->keep_alive();
    request_.captures.clear();
    auto target = parse_target(target_);
    if (!target && request_.method == "OPTIONS" && target_ == "*") {
        request_.target = {};
        return Step::complete;
    }
    if (!target)
        return refuse(400);
    request_.target = std::move(*target);
    return Step::complete;
}

} // namespace handlers::http
