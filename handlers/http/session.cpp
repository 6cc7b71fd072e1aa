#include "handlers/http/session.hpp"

#include "base/log.hpp"

namespace handlers::http {

namespace {

using Step = RequestParser::Step;

/// After a refusal: how long and how much we still listen to a client that goes on sending.
constexpr auto finish_time = std::chrono::milliseconds(1000);
constexpr std::size_t finish_bytes = 1024 * 1024;
/// Pipelined requests that one connection may have answered in its turn.
constexpr int requests_a_turn = 16;
constexpr std::string_view please_continue = "HTTP/1.1 100 Continue\r\n\r\n";

/// complete or refuse; read_more when the client went away or was too slow.
base::Async<Step> read_request(const Service& service, Connection& connection) {
    auto& parser = connection.parser;
    connection.idle = !parser.has_bytes();
    if (connection.idle) {
        if (service.stopping)
            co_return Step::read_more;
        connection.set_deadline(service.limits.idle_time);
        const bool arrived = co_await connection.read();
        if (!arrived)
            co_return Step::read_more;
        connection.idle = false;
    }
    connection.set_deadline(service.limits.request_time);
    for (;;) {
        const auto step = parser.next();
        if (step == Step::complete || step == Step::refuse)
            co_return step;
        if (step == Step::send_continue) {
            const bool sent = co_await connection.write(please_continue, {});
            if (!sent)
                co_return Step::read_more;
        }
        const bool more = co_await connection.read();
        if (!more)
            co_return Step::read_more;
    }
}

base::Async<Response> answer(const Service& service, Request& request) {
    if (request.target.segments.empty()) // OPTIONS *
        co_return Response();
    try {
        co_return co_await service.application.answer(request);
    } catch (const std::exception& exception) {
        base::log::error("a request handler failed; this is a bug",
                         {{"server", service.name},
                          {"path", service.application.loggable_path(request.target)},
                          {"what", exception.what()}});
    }
    co_return service.application.failure();
}

/// `request` is null when it was refused.
void log_request(const Service& service, const Connection& connection, const Request* request,
                 const Response& response, Connection::Clock::time_point begun) {
    if (!base::log::enabled(base::log::Level::info))
        return;
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(Connection::Clock::now() - begun);
    const bool known = request != nullptr;
    base::log::info("request",
                    {{"server", service.name},
                     {"method", known ? std::string_view(request->method) : "-"},
                     {"path", known ? service.application.loggable_path(request->target) : "-"},
                     {"status", std::int64_t{response.status}},
                     {"peer", connection.peer.address},
                     {"bytes", response.body().size()},
                     {"microseconds", std::int64_t{took.count()}},
                     {"agent", known ? std::string_view(request->user_agent) : "-"}});
}

/// Answers what was read; false when the connection is to end.
base::Async<bool> exchange(Service& service, Connection& connection, bool refused) {
    const auto begun = Connection::Clock::now();
    connection.set_deadline(service.limits.answer_time);
    auto& request = connection.parser.request();
    Response response;
    if (refused) {
        response = refusal(connection.parser.refusal_status());
    } else {
        request.peer = connection.peer;
        request.local = connection.local;
        response = co_await answer(service, request);
    }
    HeadOptions options;
    options.date = service.date();
    options.http_1_1 = refused || request.http_1_1;
    options.keep_alive = !refused && request.keep_alive && !response.close && !service.stopping;
    connection.head.clear();
    append_head(connection.head, response, options);
    const bool only_head = !refused && request.method == "HEAD";
    const auto body = only_head ? std::string_view() : response.body();
    const bool written = co_await connection.write(connection.head, body);
    log_request(service, connection, refused ? nullptr : &request, response, begun);
    if (!written)
        co_return false;
    co_return options.keep_alive;
}

} // namespace

std::string_view Service::date() {
    const auto second = std::time(nullptr);
    if (second != date_second_) {
        date_second_ = second;
        date_ = http_date(second);
    }
    return date_;
}

base::Async<void> serve(Service& service, Connection& connection) {
    auto& parser = connection.parser;
    for (int served = 1;; ++served) {
        parser.begin();
        const auto step = co_await read_request(service, connection);
        if (step == Step::read_more)
            co_return;
        const bool refused = step == Step::refuse;
        const bool goes_on = co_await exchange(service, connection, refused);
        if (!goes_on) {
            // Closing with bytes unread would make the kernel throw the answer away.
            connection.idle = true;
            connection.set_deadline(finish_time);
            if (refused || parser.has_bytes())
                co_await connection.finish(finish_bytes);
            co_return;
        }
        if (served % requests_a_turn == 0)
            co_await connection.yield();
    }
}

} // namespace handlers::http
