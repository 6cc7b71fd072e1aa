// HTTP requests as they come over a connection (handlers/http/request_parser): however the bytes are
// cut, the same requests are read and the same is refused; nothing is larger than its limit; and a
// request that was understood, written down again, is understood the same way.

#include "handlers/http/request_parser.hpp"
#include "tests/fuzz/support.hpp"

#include <cstring>
#include <vector>

namespace {

using fuzz::require;
using handlers::http::Request;
using handlers::http::RequestParser;
using Step = RequestParser::Progress;

struct Limits {
    std::size_t header = 0;
    std::size_t body = 0;
};

/// Nothing that the fuzzer makes reaches the first; the second are met all the time.
constexpr Limits wide{64 * 1024, 64 * 1024};
constexpr Limits narrow{200, 50};

/// All that was made of the bytes of one connection.
struct Reading {
    std::vector<std::string> requests;
    unsigned refusal = 0; ///< 0: not refused
    bool operator==(const Reading&) const = default;
};

std::string written(const Request& request) {
    const auto& target = request.target;
    auto text = request.method + ' ' + target.origin + target.path;
    if (target.has_query)
        text += '?' + target.query;
    text += request.http_1_1 ? " HTTP/1.1\r\nHost: h\r\n" : " HTTP/1.0\r\n";
    if (request.http_1_1 != request.keep_alive)
        text += request.keep_alive ? "Connection: keep-alive\r\n" : "Connection: close\r\n";
    if (!request.user_agent.empty())
        text += "User-Agent: " + request.user_agent + "\r\n";
    return text + "Content-Length: " + std::to_string(request.body.size()) + "\r\n\r\n" +
           request.body;
}

void check(const Request& request, const Limits& limits) {
    require(request.body.size() <= limits.body, "a body is larger than its limit");
    if (request.target.segments.empty()) {
        require(request.method == "OPTIONS", "only OPTIONS may ask for no path");
        return;
    }
    require(request.target.path.starts_with('/'), "a path does not begin with a slash");
    for (const auto c : request.method + request.target.path + request.target.query)
        require(static_cast<unsigned char>(c) > ' ' && c != '\x7f',
                "white space or a control character in a request line");
}

/// `next_piece(room)` gives the bytes that arrive next, "" at the end.
template <class NextPiece>
Reading read(const Limits& limits, NextPiece next_piece) {
    RequestParser parser(limits.header, limits.body);
    Reading reading;
    for (bool more = true; more;) {
        parser.begin();
        auto step = parser.has_bytes() ? parser.next() : Step::read_more;
        while (step == Step::read_more || step == Step::send_continue) {
            const auto room = parser.prepare();
            require(!room.empty(), "no room to read into");
            require(room.size() <= 4 * (limits.header + 1024), "the buffer has no limit");
            const std::string_view piece = next_piece(room.size());
            more = !piece.empty();
            if (!more)
                break;
            std::memcpy(room.data(), piece.data(), piece.size());
            parser.commit(piece.size());
            step = parser.next();
        }
        if (step == Step::refuse) {
            reading.refusal = parser.refusal_status();
            require(reading.refusal >= 400 && reading.refusal < 600, "a refusal without a status");
            break;
        }
        if (step == Step::complete) {
            check(parser.request(), limits);
            reading.requests.push_back(written(parser.request()));
            if (!parser.request().keep_alive)
                break;
        }
    }
    return reading;
}

Reading read_whole(std::string_view bytes, const Limits& limits) {
    return read(limits, [&](std::size_t room) {
        const auto piece = bytes.substr(0, room);
        bytes.remove_prefix(piece.size());
        return piece;
    });
}

Reading read_in_pieces(std::string_view bytes, const Limits& limits) {
    fuzz::Pieces pieces(bytes);
    return read(limits, [&](std::size_t room) { return pieces.take(room); });
}

void check_written_down_again(const Reading& reading) {
    for (const auto& request : reading.requests) {
        if (request.starts_with("OPTIONS  HTTP"))
            continue; // of "*"
        const auto again = read_whole(request, wide);
        require(again.refusal == 0 && again.requests.size() == 1,
                "a request is not understood when it is written down again:\n" + request);
        fuzz::require_same(again.requests.front(), request, "a request changes");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    const auto whole = read_whole(bytes, wide);
    const auto cut = read_in_pieces(bytes, wide);
    require(whole.refusal == cut.refusal, "refused with " + std::to_string(whole.refusal) +
                                              " in one piece and " + std::to_string(cut.refusal) +
                                              " in several");
    require(whole.requests == cut.requests, "other requests in pieces than in one");
    check_written_down_again(whole);

    // What is over a limit may be noticed earlier or later; what came before is the same.
    const auto limited = read_whole(bytes, narrow);
    const auto limited_cut = read_in_pieces(bytes, narrow);
    for (std::size_t i = 0; i < std::min(limited.requests.size(), limited_cut.requests.size()); ++i)
        fuzz::require_same(limited.requests[i], limited_cut.requests[i],
                           "other requests in pieces");
    return 0;
}
