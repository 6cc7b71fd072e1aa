#pragma once
// One client's connection, and the engine's that belongs to it. Two coroutines: serve() has what the client
// sends, answer() what the engine sends. Each reads what is there, sends what is taken at once, keeps the rest
// (at most one turn's bytes, or a create that is to be completed) and reads on when that is gone. An idle
// connection has no buffer. Owned by its coroutines and the proxy's list; loop thread.
//
// Whoever ends sending has that passed on, and is still sent to; whoever is gone has the other side closed.
// Every failure closes both.

#include "agent/doors/proxy/request_framing.hpp"
#include "agent/doors/proxy/response_framing.hpp"
#include "agent/doors/proxy/service.hpp"
#include "agent/doors/sockets/stream_linux.hpp"

#include <chrono>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace agent::doors::proxy {

class Session : public std::enable_shared_from_this<Session> {
public:
    using Clock = std::chrono::steady_clock;

    /// One that is `crowded` out is told so. `service` must outlive the session's coroutines.
    Session(Service& service, base::Fd client, bool crowded);

    /// Until the connection has ended; then it is closed.
    static base::Async<void> serve(std::shared_ptr<Session> self);
    void close();

    /// Nobody would miss anything if it were closed now.
    bool is_idle() const {
        return !is_stream_ && unanswered_.empty() && from_client_.empty() && from_engine_.empty();
    }
    /// Is past a deadline, or goes on only for a client that is gone.
    bool is_over(Clock::time_point now);

private:
    /// A request that the engine has, or has begun to get.
    struct Unanswered {
        Request request;
        bool completed = false;
        std::string ticket; ///< of a completed one, until its completer knows the answer
        Clock::time_point begun;
    };
    /// What the completer is to be told before the answer is passed on.
    struct Verdict {
        std::string ticket;
        int status = 0;
    };
    /// What has the client's direction to do before it may read on?
    enum class Due { nothing, connect, send, complete, say_continue };

    static base::Async<void> answer(std::shared_ptr<Session> self);

    // From the client to the engine (session_requests.cpp).
    bool must_wait_for_answer() const;
    bool has_answered_all() const { return unanswered_.empty() && from_engine_.empty(); }
    /// Decides about bytes that were read, after those that were kept, and sends what may pass.
    Due advance(std::string_view bytes);
    Due decide(std::string_view bytes, std::size_t& passable);
    /// Does what is due until nothing is. False when the session has ended.
    base::Async<bool> settle(Due due);
    base::Async<bool> connect();
    base::Async<bool> send_to_engine();
    base::Async<bool> complete();
    bool say_continue();
    base::Async<void> refuse(std::string message);
    /// The client sends no more: false when nobody is left to be told. One that is gone altogether is seen
    /// by the next wait.
    base::Async<bool> end_of_client();
    void stop_reading_client();
    /// Counts what is kept of a create that is not whole yet; true when that is more than all may keep.
    bool is_too_much(std::size_t kept);
    void count_kept(std::size_t kept);
    void begin(Request request, std::string_view why_untouched = {});

    // From the engine to the client (session_answers.cpp).
    void pass_on_answer(std::string_view bytes);
    std::size_t passable_answer(std::string_view bytes);
    /// Tells what the engine said of a create, and goes on with what was kept for that. False when the
    /// client takes nothing more.
    base::Async<bool> tell_verdicts();
    base::Async<bool> send_to_client();
    bool end_of_engine();
    void wake_client_side();
    void log(const Unanswered& exchange, int status) const;

    Service& service_;
    const bool crowded_;
    sockets::Stream client_;
    sockets::Stream engine_;
    RequestFraming requests_;
    ResponseFraming responses_;
    std::list<Unanswered> unanswered_; ///< in the order in which they are answered
    std::optional<Verdict> verdict_;   ///< holds back what is for the client

    std::size_t kept_ = 0;       ///< by count_kept()
    std::string from_client_;    ///< read, and not taken by the engine yet
    std::size_t for_engine_ = 0; ///< so much of it, at its begin, only waits to be taken
    std::string from_engine_;
    std::size_t for_client_ = 0;

    bool is_stream_ = false;    ///< all that comes passes unread, in both directions
    bool client_ended_ = false; ///< sends nothing more that anybody would take
    bool engine_ended_ = false;
    bool client_failed_ = false; ///< takes nothing more
    bool held_ = false;          ///< serve() waits for an answer, not for bytes
    bool reading_ = false;       ///< serve() waits for bytes
    bool closed_ = false;
    bool blocked_ = false;    ///< the engine takes no more at the moment
    Clock::time_point moved_; ///< when it last took some
    Clock::time_point deadline_ = Clock::time_point::max();
};

} // namespace agent::doors::proxy
