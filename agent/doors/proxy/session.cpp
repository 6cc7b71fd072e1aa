#include "agent/doors/proxy/session.hpp"

namespace agent::doors::proxy {

using Wait = sockets::Stream::Wait;
using Read = sockets::Stream::Read;

Session::Session(Service& service, base::Fd client, bool crowded)
    : service_(service),
      crowded_(crowded),
      client_(service.loop, std::move(client)),
      engine_(service.loop),
      requests_(service.settings.limits),
      responses_(service.settings.limits) {
    if (crowded_)
        deadline_ = Clock::now() + service.settings.limits.refusal_time;
}

void Session::close() {
    count_kept(0);
    closed_ = true;
    client_.close();
    engine_.close();
}

bool Session::is_over(Clock::time_point now) {
    if (now >= deadline_)
        return true;
    // serve() waits for the engine, and does not see its client go.
    return blocked_ && now - moved_ >= service_.settings.limits.linger_time &&
           client_.has_hung_up();
}

// A wait for bytes sees the client go too. While nothing may be read, that alone is waited for.
base::Async<void> Session::serve(std::shared_ptr<Session> self) {
    auto& s = *self;
    while (!s.closed_) {
        s.held_ = s.client_ended_ || s.must_wait_for_answer();
        s.reading_ = !s.held_;
        const auto what = s.held_ ? Wait::wait_error : Wait::wait_read;
        const auto [failure] = co_await s.client_.wait(what);
        const bool gone = s.held_ && !failure;
        s.held_ = s.reading_ = false;
        if (gone || s.closed_)
            break;
        // A wait that failed was ended by answer(): what is kept may go on.
        const auto read = failure ? Read() : s.client_.read(s.service_.turn);
        if (read.outcome == Read::Outcome::failed)
            break;
        const auto due = s.advance({s.service_.turn.data(), read.size});
        if (due != Due::nothing) {
            const bool goes_on = co_await s.settle(due);
            if (!goes_on)
                break;
        }
        if (read.outcome == Read::Outcome::ended) {
            const bool goes_on = co_await s.end_of_client();
            if (!goes_on)
                break;
        }
    }
    s.close();
    for (const auto& exchange : s.unanswered_) {
        s.log(exchange, 0);
        if (!exchange.ticket.empty())
            s.service_.completions.give_up(exchange.ticket);
    }
    s.unanswered_.clear();
}

base::Async<void> Session::answer(std::shared_ptr<Session> self) {
    auto& s = *self;
    while (!s.closed_) {
        const auto what = s.engine_ended_ ? Wait::wait_error : Wait::wait_read;
        const auto [failure] = co_await s.engine_.wait(what);
        if (failure || s.closed_ || s.engine_ended_)
            break;
        const auto read = s.engine_.read(s.service_.turn);
        if (read.outcome == Read::Outcome::nothing)
            continue;
        const bool ended = read.outcome != Read::Outcome::some;
        if (ended)
            s.for_client_ = s.from_engine_.size(); // a part of an answer passes as it is
        s.pass_on_answer({s.service_.turn.data(), read.size});
        if (s.verdict_) {
            const bool told = co_await s.tell_verdicts();
            if (!told)
                break;
        }
        if (s.for_client_ > 0) {
            const bool sent = co_await s.send_to_client();
            if (!sent)
                break;
        }
        if (s.client_failed_)
            break;
        s.wake_client_side();
        const bool failed = read.outcome == Read::Outcome::failed;
        if (failed || (ended && !s.end_of_engine()))
            break;
    }
    s.close();
}

} // namespace agent::doors::proxy
