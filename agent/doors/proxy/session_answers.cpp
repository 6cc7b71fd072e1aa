// What a session does with what the engine sends.

#include "agent/doors/proxy/session.hpp"
#include "base/log.hpp"

#include <utility>

namespace agent::doors::proxy {

using Wait = sockets::Stream::Wait;

std::size_t Session::passable_answer(std::string_view bytes) {
    auto passable = for_client_;
    while (passable < bytes.size()) {
        if (!is_stream_ && unanswered_.empty()) {
            is_stream_ = true; // nobody has asked for this
            ++service_.counters.not_understood;
        }
        if (is_stream_)
            return bytes.size();
        auto& exchange = unanswered_.front();
        const bool to_head = exchange.request.method == "HEAD";
        const auto decision = responses_.next(bytes.substr(passable), to_head);
        if (decision.verdict == ResponseFraming::Verdict::read_more)
            break;
        passable += decision.size;
        is_stream_ = decision.verdict == ResponseFraming::Verdict::opaque;
        // The answer waits where it is known, which for an interim one it is not.
        if (!exchange.ticket.empty() && responses_.status() >= 200)
            verdict_ = Verdict{std::exchange(exchange.ticket, {}), responses_.status()};
        if (is_stream_ || decision.ends) {
            log(exchange, responses_.status());
            unanswered_.pop_front();
        }
        if (verdict_)
            break;
    }
    return passable;
}

void Session::pass_on_answer(std::string_view fresh) {
    if (!from_engine_.empty())
        from_engine_.append(fresh);
    const std::string_view bytes = from_engine_.empty() ? fresh : from_engine_;
    const auto passable = passable_answer(bytes);
    if (verdict_) {
        if (from_engine_.empty())
            from_engine_.assign(bytes);
        for_client_ = passable;
        return;
    }
    const auto sent = client_.send(bytes.substr(0, passable));
    client_failed_ = !sent;
    if (!sent)
        return;
    if (*sent == bytes.size())
        std::string().swap(from_engine_);
    else if (from_engine_.empty())
        from_engine_.assign(bytes.substr(*sent));
    else
        from_engine_.erase(0, *sent);
    for_client_ = passable - *sent;
}

base::Async<bool> Session::tell_verdicts() {
    while (verdict_) {
        auto verdict = std::move(*verdict_);
        verdict_.reset();
        co_await service_.completions.answered(std::move(verdict.ticket), verdict.status);
        if (closed_)
            co_return false;
        const bool sent = co_await send_to_client();
        if (!sent)
            co_return false;
        pass_on_answer({});
    }
    co_return true;
}

base::Async<bool> Session::send_to_client() {
    for (std::size_t at = 0; at < for_client_;) {
        const auto sent = client_.send({from_engine_.data() + at, for_client_ - at});
        if (!sent)
            co_return false;
        at += *sent;
        if (at == for_client_)
            break;
        const auto [failure] = co_await client_.wait(Wait::wait_write);
        if (failure || closed_)
            co_return false;
    }
    from_engine_.erase(0, for_client_);
    if (from_engine_.empty())
        std::string().swap(from_engine_);
    for_client_ = 0;
    co_return true;
}

/// False when there is nothing more to do for anybody. One that is gone altogether is seen by the next wait.
bool Session::end_of_engine() {
    if (client_ended_)
        return false;
    client_.end_sending();
    engine_ended_ = true;
    return true;
}

void Session::wake_client_side() {
    const bool may_read = held_ && !client_ended_ && !must_wait_for_answer();
    const bool may_pass = reading_ && is_stream_ && !from_client_.empty();
    if (may_read || may_pass)
        client_.wake_up();
}

/// Nothing of what passes but this. A status of 0: the connection ended before the answer.
void Session::log(const Unanswered& exchange, int status) const {
    const auto& request = exchange.request;
    const bool creates = request.call != Call::attach && request.call != Call::other;
    const auto level = creates ? base::log::Level::info : base::log::Level::debug;
    if (!base::log::enabled(level))
        return;
    const auto took =
        std::chrono::duration_cast<std::chrono::microseconds>(Clock::now() - exchange.begun);
    const auto write = creates ? base::log::info : base::log::debug;
    write("request", {{"server", "docker"},
                      {"method", request.method},
                      {"path", request.path},
                      {"status", status},
                      {"microseconds", std::int64_t{took.count()}},
                      {"completed", exchange.completed ? "yes" : "no"}});
}

} // namespace agent::doors::proxy
