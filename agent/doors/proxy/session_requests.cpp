// What a session does with what its client sends.

#include "agent/doors/proxy/refusal.hpp"
#include "agent/doors/proxy/session.hpp"
#include "base/log.hpp"

namespace agent::doors::proxy {

using Wait = sockets::Stream::Wait;
using Read = sockets::Stream::Read;

namespace {

constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";

/// Keeps what is behind the first `gone` bytes of `bytes`, which may be what is kept already. What is
/// empty holds no memory.
void keep_rest(std::string& kept, std::string_view bytes, std::size_t gone) {
    if (gone == bytes.size())
        std::string().swap(kept);
    else if (bytes.data() == kept.data())
        kept.erase(0, gone);
    else
        kept.assign(bytes.substr(gone));
}

} // namespace

bool Session::must_wait_for_answer() const {
    if (is_stream_)
        return false;
    if (requests_.is_asked_to_continue() && !has_answered_all())
        return true; // else the answer before would have it in its middle
    if (!requests_.is_between_requests() || unanswered_.empty())
        return false;
    return unanswered_.back().request.may_become_stream ||
           unanswered_.size() >= service_.settings.limits.unanswered;
}

Session::Due Session::decide(std::string_view bytes, std::size_t& passable) {
    while (passable < bytes.size()) {
        if (is_stream_)
            passable = bytes.size();
        else if (must_wait_for_answer())
            return Due::nothing;
        else {
            auto decision = requests_.next(bytes.substr(passable));
            if (decision.verdict == RequestFraming::Verdict::read_more &&
                is_too_much(bytes.size() - passable))
                decision = requests_.give_up_create();
            if (decision.begins)
                begin(requests_.request());
            passable += decision.size;
            switch (decision.verdict) {
            case RequestFraming::Verdict::pass: break;
            case RequestFraming::Verdict::create: return Due::complete;
            case RequestFraming::Verdict::read_more:
                return requests_.is_asked_to_continue() && has_answered_all() ? Due::say_continue
                                                                              : Due::nothing;
            case RequestFraming::Verdict::opaque:
                is_stream_ = true;
                ++service_.counters.not_understood;
                break;
            }
        }
    }
    return Due::nothing;
}

bool Session::is_too_much(std::size_t kept) {
    const bool for_create = requests_.is_keeping_create();
    count_kept(for_create ? kept : 0);
    return for_create && service_.kept_for_creates > service_.settings.limits.kept_bytes;
}

void Session::count_kept(std::size_t kept) {
    service_.kept_for_creates += kept - kept_;
    kept_ = kept;
}

Session::Due Session::advance(std::string_view fresh) {
    if (!from_client_.empty())
        from_client_.append(fresh);
    const std::string_view bytes = from_client_.empty() ? fresh : from_client_;
    if (!engine_.is_open() && !bytes.empty()) {
        keep_rest(from_client_, bytes, 0);
        return Due::connect;
    }
    auto passable = for_engine_;
    const auto due = decide(bytes, passable);
    if (passable == 0) {
        keep_rest(from_client_, bytes, 0);
        return due;
    }
    const auto sent = engine_.send(bytes.substr(0, passable));
    if (!sent) {
        stop_reading_client();
        return Due::nothing;
    }
    keep_rest(from_client_, bytes, *sent);
    for_engine_ = passable - *sent;
    return for_engine_ > 0 ? Due::send : due;
}

base::Async<bool> Session::settle(Due due) {
    while (due != Due::nothing) {
        bool done = false;
        switch (due) {
        case Due::connect: done = co_await connect(); break;
        case Due::send: done = co_await send_to_engine(); break;
        case Due::complete: done = co_await complete(); break;
        case Due::say_continue: done = say_continue(); break;
        case Due::nothing: break;
        }
        if (!done || closed_)
            co_return false;
        due = advance({});
    }
    co_return true;
}

base::Async<bool> Session::connect() {
    const auto& settings = service_.settings;
    if (crowded_) {
        auto message = "the agent's Docker socket has as many connections as it may have: " +
                       std::to_string(service_.counters.connections);
        co_await refuse(std::move(message));
        co_return false;
    }
    auto connected =
        co_await sockets::connect_to(settings.engine_path, settings.limits.connect_time);
    if (closed_)
        co_return false;
    if (!connected) {
        ++service_.counters.engine_away;
        if (!service_.engine_is_away)
            base::log::warn("clients of the Docker socket are told that the engine is away",
                            {base::log::why(connected.error())});
        service_.engine_is_away = true;
        auto message = engine_is_away(settings.engine_path);
        co_await refuse(std::move(message));
        co_return false;
    }
    service_.engine_is_away = false;
    engine_ = sockets::Stream(service_.loop, std::move(*connected));
    service_.tasks.spawn("answers of the Docker socket", answer(shared_from_this()));
    co_return true;
}

base::Async<bool> Session::send_to_engine() {
    std::size_t at = 0;
    moved_ = Clock::now();
    blocked_ = true;
    while (at < for_engine_) {
        const auto [failure] = co_await engine_.wait(Wait::wait_write);
        if (failure || closed_)
            co_return false;
        const auto sent = engine_.send({from_client_.data() + at, for_engine_ - at});
        if (!sent) {
            stop_reading_client();
            co_return true;
        }
        at += *sent;
        moved_ = Clock::now();
    }
    blocked_ = false;
    for_engine_ = 0;
    keep_rest(from_client_, from_client_, at);
    co_return true;
}

/// The engine takes nothing more; what it has to say of that is for answer() to pass on.
void Session::stop_reading_client() {
    client_ended_ = true;
    blocked_ = false;
    for_engine_ = 0;
    std::string().swap(from_client_);
}

base::Async<bool> Session::complete() {
    auto create = requests_.whole_create(from_client_);
    auto question = std::move(create.request);
    auto completed = co_await service_.completions.complete(std::move(question));
    if (closed_) {
        if (auto* body = std::get_if<NewBody>(&completed); body != nullptr && !body->ticket.empty())
            service_.completions.give_up(std::move(body->ticket));
        co_return false;
    }
    auto request = requests_.request();
    requests_.end_create();
    if (auto* body = std::get_if<NewBody>(&completed)) {
        const auto text = with_length(create.head, body->text.size()) + body->text;
        from_client_.replace(0, create.bytes.size(), text);
        for_engine_ = text.size();
        ++service_.counters.completed;
        begin(std::move(request));
        unanswered_.back().completed = true;
        unanswered_.back().ticket = std::move(body->ticket);
        co_return true;
    }
    const auto& left = std::get<LeftAlone>(completed);
    request.untouched = left.reason;
    for_engine_ = create.bytes.size();
    begin(std::move(request), left.why);
    co_return true;
}

/// A client that waits for it has room for it.
bool Session::say_continue() {
    requests_.told_to_continue();
    return client_.send(go_on) == go_on.size();
}

base::Async<void> Session::refuse(std::string message) {
    deadline_ = Clock::now() + service_.settings.limits.refusal_time;
    from_engine_ = refusal(from_client_, message);
    for_client_ = from_engine_.size();
    const bool sent = co_await send_to_client();
    if (!sent)
        co_return;
    client_.end_sending();
    // Closing with bytes unread would make the kernel tell the client of that, and not of the answer.
    for (;;) {
        const auto [failure] = co_await client_.wait(Wait::wait_read);
        if (failure || closed_)
            co_return;
        const auto read = client_.read(service_.turn);
        if (read.outcome == Read::Outcome::ended || read.outcome == Read::Outcome::failed)
            co_return;
    }
}

base::Async<bool> Session::end_of_client() {
    if (!engine_.is_open())
        co_return false;
    for_engine_ = from_client_.size(); // a part of a request passes as it is
    const bool sent = co_await send_to_engine();
    if (!sent || engine_ended_)
        co_return false;
    engine_.end_sending();
    client_ended_ = true;
    co_return true;
}

void Session::begin(Request request, std::string_view why_untouched) {
    ++service_.counters.requests;
    count_kept(0);
    if (const auto reason = request.untouched) {
        ++service_.counters.of(*reason);
        // An image that is not there is pulled, and the create comes again.
        if (*reason != Untouched::not_wanted && *reason != Untouched::no_image)
            base::log::warn(
                "a create reaches the engine as it was sent",
                {{"path", request.path}, {"reason", to_string(*reason)}, {"why", why_untouched}});
    }
    unanswered_.push_back({std::move(request), false, {}, Clock::now()});
}

} // namespace agent::doors::proxy
