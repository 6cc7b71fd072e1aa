#include "handlers/http/request_parser.hpp"

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/http/string_body.hpp>

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

struct RequestParser::Beast {
    beast::http::request_parser<beast::http::string_body> parser;
};

RequestParser::RequestParser(std::size_t header_bytes, std::size_t body_bytes)
    : header_bytes_(header_bytes), body_bytes_(body_bytes) {}

RequestParser::~RequestParser() = default;

void RequestParser::begin() {
    beast_.reset();
    stage_ = Stage::header;
    scanned_ = 0;
    line_ = 0;
    asked_to_continue_ = false;
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
    beast_ = std::make_unique<Beast>();
    auto& parser = beast_->parser;
    parser.header_limit(static_cast<std::uint32_t>(header_bytes_));
    parser.body_limit(body_bytes_);
    beast::error_code failure;
    begin_ += parser.put({buffer_.data() + begin_, scanned_}, failure);
    if (failure)
        return refuse(status_of(failure));
    stage_ = Stage::body;
    const auto checked = check_header();
    return checked == Step::complete ? parse_body() : checked;
}

/// What Beast lets pass. complete means: go on.
RequestParser::Step RequestParser::check_header() {
    using beast::http::field;
    const auto& parser = beast_->parser;
    const auto& fields = parser.get();
    const bool http_1_1 = fields.version() >= 11;
    const auto hosts = fields.count(field::host);
    if (hosts > 1 || (http_1_1 && hosts == 0))
        return refuse(400);
    // An encoding that is not undone would leave the body to be read as the next request.
    if (fields.count(field::transfer_encoding) > 0) {
        if (!http_1_1)
            return refuse(400);
        if (!parser.chunked() || !beast::iequals(fields[field::transfer_encoding], "chunked"))
            return refuse(501);
    }
    const auto expectation = fields[field::expect];
    if (!expectation.empty() && http_1_1) {
        if (!beast::iequals(expectation, "100-continue"))
            return refuse(417);
        asked_to_continue_ = true;
    }
    return Step::complete;
}

RequestParser::Step RequestParser::parse_body() {
    auto& parser = beast_->parser;
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
    using beast::http::field;
    auto& message = beast_->parser.get();
    const auto text = message.target();
    request_.method = message.method_string();
    request_.http_1_1 = message.version() >= 11;
    request_.keep_alive = beast_->parser.keep_alive();
    request_.user_agent = message[field::user_agent];
    request_.body = std::move(message.body());
    request_.captures.clear();
    auto target = parse_target({text.data(), text.size()});
    if (!target && request_.method == "OPTIONS" && text == "*") {
        request_.target = {};
        return Step::complete;
    }
    if (!target)
        return refuse(400);
    request_.target = std::move(*target);
    return Step::complete;
}

} // namespace handlers::http
