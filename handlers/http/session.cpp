#include "handlers/http/session.hpp"

#include "base/log_batch.hpp"

#include <boost/asio/post.hpp>

namespace handlers::http {

namespace {

using Clock = Connection::Clock;
using Progress = RequestParser::Progress;

/// After a refusal: how long and how much we still listen to a client that goes on sending.
constexpr auto finish_time = std::chrono::milliseconds(1000);
constexpr std::size_t finish_bytes = 1024 * 1024;
/// Whoever asks more than it may is answered at once, and not listened to for so long: saying no, too,
/// costs time that others wait for.
constexpr auto rest_of_the_greedy = std::chrono::milliseconds(50);
constexpr std::string_view please_continue = "HTTP/1.1 100 Continue\r\n\r\n";

/// What is to be done for one connection, without the waiting, which serve() does. The clock is
/// read twice for a request: when it has come and when it is answered.
class Session {
public:
    Session(Service& service, Connection& connection)
        : service_(service), connection_(connection), parser_(connection.parser) {
        parser_.request().peer = connection.peer;
        parser_.request().local = connection.local;
    }

    /// Turns to the next request; false when there is to be none.
    bool begin() {
        parser_.begin();
        connection_.idle = !parser_.has_bytes();
        if (connection_.idle && service_.stopping)
            return false;
        connection_.set_deadline(
            now_ + (connection_.idle ? service_.limits.idle_time : service_.limits.request_time));
        step_ = connection_.idle ? Progress::read_more : parser_.next();
        in_a_row_ = connection_.idle ? 0 : in_a_row_ + 1;
        return true;
    }

    bool needs_bytes() const {
        return step_ == Progress::read_more || step_ == Progress::send_continue;
    }
    bool is_to_continue() const { return step_ == Progress::send_continue; }

    void parse(std::size_t bytes) {
        parser_.commit(bytes);
        now_ = Clock::now();
        if (connection_.idle) {
            connection_.idle = false;
            connection_.set_deadline(now_ + service_.limits.request_time);
        }
        step_ = parser_.next();
    }

    bool refused() const { return step_ == Progress::refuse; }

    /// The request that is there, which the application is to answer.
    Request& request() {
        connection_.set_deadline(now_ + service_.limits.answer_time);
        return parser_.request();
    }

    Response refusal() const { return http::refusal(parser_.refusal_status()); }

    void log_failure(const std::exception& failure) {
        base::log::error("a request handler failed; this is a bug",
                         {{"server", service_.name},
                          {"path", service_.application.loggable_path(parser_.request().target)},
                          {"what", failure.what()}});
    }

    /// True when the answer is sent; write_rest() is due else.
    bool send(const Response& response) {
        const auto& request = parser_.request();
        HeadOptions options;
        options.date = service_.date();
        options.http_1_1 = refused() || request.http_1_1;
        options.keep_alive =
            !refused() && request.keep_alive && !response.close && !service_.stopping;
        goes_on_ = options.keep_alive;
        service_.head.clear();
        append_head(service_.head, response, options);
        const bool only_head = !refused() && request.method == "HEAD";
        const auto body = only_head ? std::string_view() : response.body();
        return connection_.write_at_once(service_.head, body);
    }

    void log(const Response& response) {
        const auto begun = now_;
        now_ = Clock::now();
        if (!base::log::enabled(base::log::Level::info))
            return;
        const auto took = std::chrono::duration_cast<std::chrono::microseconds>(now_ - begun);
        const auto* request = refused() ? nullptr : &parser_.request();
        const auto& application = service_.application;
        const bool first = base::log::info_soon(
            "request",
            {{"server", service_.name},
             {"method", request != nullptr ? std::string_view(request->method) : "-"},
             {"path", request != nullptr ? application.loggable_path(request->target) : "-"},
             {"status", std::int64_t{response.status}},
             {"peer", connection_.peer.address},
             {"bytes", response.body().size()},
             {"microseconds", std::int64_t{took.count()}},
             {"agent", request != nullptr ? std::string_view(request->user_agent) : "-"}});
        // The lines of all that is answered in this turn of the loop are written together.
        if (first)
            boost::asio::post(service_.loop, base::log::flush);
    }

    bool goes_on() const { return goes_on_; }
    /// One that pipelines has one answer a turn: with a hundred such connections, others would wait
    /// for hundreds of them at every step.
    bool had_its_turn() const { return in_a_row_ > 0; }

    /// Closing with bytes unread would make the kernel throw the answer away.
    bool is_to_finish() {
        connection_.idle = true;
        connection_.set_deadline(now_ + finish_time);
        return refused() || parser_.has_bytes();
    }

private:
    Service& service_;
    Connection& connection_;
    RequestParser& parser_;
    Progress step_ = Progress::read_more;
    Clock::time_point now_ = Clock::now();
    bool goes_on_ = true;
    int in_a_row_ = 0; ///< requests whose bytes were there already
};

} // namespace

std::string_view Service::date() {
    const auto second = std::time(nullptr);
    if (second != date_second_) {
        date_second_ = second;
        date_ = http_date(second);
    }
    return date_;
}

// All that is awaited for a request is awaited here: each coroutine less is a frame less.
base::Async<void> serve(Service& service, Connection& connection) {
    Session session(service, connection);
    while (session.begin()) {
        while (session.needs_bytes()) {
            if (session.is_to_continue()) {
                bool sent = connection.write_at_once(please_continue, {});
                if (!sent)
                    sent = co_await connection.write_rest();
                if (!sent)
                    co_return;
            }
            const auto [failure, bytes] = co_await connection.receive();
            if (failure)
                co_return;
            session.parse(bytes);
        }
        Response response;
        if (session.refused()) {
            response = session.refusal();
        } else if (!session.request().target.segments.empty()) { // it is not OPTIONS *
            try {
                response = co_await service.application.answer(session.request());
            } catch (const std::exception& failure) {
                session.log_failure(failure);
                response = service.application.failure();
            }
        }
        bool written = session.send(response);
        if (!written)
            written = co_await connection.write_rest();
        session.log(response);
        if (!written)
            co_return;
        if (!session.goes_on()) {
            if (session.is_to_finish())
                co_await connection.finish(finish_bytes);
            co_return;
        }
        if (response.status == 429) {
            const bool rested = co_await base::sleep_for(rest_of_the_greedy);
            if (!rested)
                co_return;
        } else if (session.had_its_turn()) {
            co_await connection.yield();
        }
    }
}

} // namespace handlers::http
