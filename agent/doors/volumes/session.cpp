#include "agent/doors/volumes/session.hpp"

#include <utility>

namespace agent::doors::volumes {

using base::Async;
using handlers::http::Response;
using Progress = handlers::http::RequestParser::Progress;
using Wait = sockets::Stream::Wait;
using Read = sockets::Stream::Read;

namespace {

constexpr std::string_view please_continue = "HTTP/1.1 100 Continue\r\n\r\n";

std::string text_of(const Response& response, bool http_1_1, bool keep_alive) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto date =
        handlers::http::http_date(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    std::string text;
    append_head(text, response, {date, http_1_1, keep_alive});
    return text.append(response.body());
}

} // namespace

Session::Session(const base::Executor& loop, base::Fd client, const ServerLimits& limits)
    : limits_(limits),
      stream_(loop, std::move(client)),
      parser_(limits.header_bytes, limits.body_bytes) {}

void Session::close() {
    closed_ = true;
    stream_.close();
}

Async<void> Session::serve(std::shared_ptr<Session> self, Plugin& plugin) {
    auto& s = *self;
    bool goes_on = true;
    while (goes_on && !s.closed_) {
        const bool came = co_await s.receive();
        if (!came)
            break;
        const auto& request = s.parser_.request();
        const auto response = co_await plugin.answer(request);
        goes_on = request.keep_alive && !s.ending_;
        auto text = text_of(response, request.http_1_1, goes_on);
        const bool sent = co_await s.send(std::move(text));
        goes_on = goes_on && sent;
    }
    s.close();
}

/// Turns to the next request; false when there is to be none.
bool Session::begin() {
    parser_.begin();
    idle_ = !parser_.has_bytes();
    if (idle_ && ending_)
        return false;
    idle_since_ = Clock::now();
    deadline_ = idle_ ? Clock::time_point::max() : Clock::now() + limits_.request_time;
    step_ = idle_ ? Progress::read_more : parser_.next();
    return true;
}

/// So many bytes have come.
void Session::read(std::size_t bytes) {
    if (idle_)
        deadline_ = Clock::now() + limits_.request_time;
    idle_ = false;
    parser_.commit(bytes);
    step_ = parser_.next();
}

Async<bool> Session::receive() {
    if (!begin())
        co_return false;
    while (step_ == Progress::read_more || step_ == Progress::send_continue) {
        if (step_ == Progress::send_continue) {
            step_ = Progress::read_more;
            // The request's own deadline holds on.
            const auto sent = stream_.send(please_continue);
            if (sent != please_continue.size())
                co_return false;
        }
        const auto [failure] = co_await stream_.wait(Wait::wait_read);
        if (failure || closed_)
            co_return false;
        const auto received = stream_.read(parser_.prepare());
        if (received.outcome == Read::Outcome::nothing)
            continue;
        if (received.outcome != Read::Outcome::some)
            co_return false;
        read(received.size);
    }
    // The engine waits for as long as it likes; what is done for it has limits of its own.
    deadline_ = Clock::time_point::max();
    if (step_ == Progress::complete)
        co_return true;
    const auto refusal = handlers::http::refusal(parser_.refusal_status());
    auto text = text_of(refusal, true, false);
    co_await send(std::move(text));
    co_return false;
}

Async<bool> Session::send(std::string text) {
    deadline_ = Clock::now() + limits_.send_time;
    std::string_view rest(text);
    while (!rest.empty()) {
        const auto sent = stream_.send(rest);
        if (!sent || closed_)
            co_return false;
        rest.remove_prefix(*sent);
        if (rest.empty())
            break;
        const auto [failure] = co_await stream_.wait(Wait::wait_write);
        if (failure || closed_)
            co_return false;
    }
    co_return true;
}

} // namespace agent::doors::volumes
