#pragma once
// Cuts what a client sends into requests: which bytes pass as they are, and which are a create that is to be
// completed. It holds no bytes: the session shows it what it has read and not passed on yet. Pure.

#include "agent/doors/proxy/body.hpp"
#include "agent/doors/proxy/completer.hpp"
#include "agent/doors/proxy/head.hpp"
#include "agent/doors/proxy/limits.hpp"
#include "agent/doors/proxy/target.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace agent::doors::proxy {

/// What is to be known of a request while its answer is awaited.
struct Request {
    Call call = Call::other;
    std::string method;
    std::string path; ///< for the log
    /// The answer may say that the connection is no longer HTTP's: nothing that the client sends behind
    /// this request can be read before it.
    bool may_become_stream = false;
    /// Of a create that passes as it was sent, known before anybody was asked.
    std::optional<Untouched> untouched;
};

/// A whole create, at the beginning of the bytes shown.
struct WholeCreate {
    CreateRequest request;
    std::string_view head;
    std::string_view bytes; ///< head and body as sent
};

class RequestFraming {
public:
    enum class Verdict {
        read_more, ///< keep the bytes, and show them again with more behind them
        pass,      ///< the first `size` of them are the engine's
        create,    ///< whole_create() has them; end_create() goes on behind them
        opaque,    ///< what is here and all that follows is not for us to read
    };
    struct Decision {
        Verdict verdict = Verdict::read_more;
        std::size_t size = 0;
        bool begins = false; ///< a request is passed, or its first bytes: request()
    };

    explicit RequestFraming(const Limits& limits);

    /// Of bytes that were not passed yet, one or more; the same ones again after read_more and create.
    Decision next(std::string_view bytes);
    /// The one that was begun last.
    const Request& request() const { return request_; }
    bool is_between_requests() const { return stage_ == Stage::head; }
    /// What was shown is kept until a create is whole. It need not be: give_up_create() passes it.
    bool is_keeping_create() const { return stage_ == Stage::create; }
    Decision give_up_create() { return pass_create(Untouched::late); }

    /// A create's client waits for "100 Continue", which is ours to send. Where the create then passes as
    /// it is, the engine says it once more, which clients of HTTP have to expect.
    bool is_asked_to_continue() const { return is_asked_; }
    void told_to_continue() { is_asked_ = false; }

    /// `bytes` as shown to next() when it said create.
    WholeCreate whole_create(std::string_view bytes) const;
    void end_create() { begin_head(); }

private:
    enum class Stage { head, body, create };

    Decision next_head(std::string_view bytes);
    Decision next_create(std::string_view bytes);
    Decision pass_create(Untouched reason);
    void begin_head();

    const Limits& limits_;
    Stage stage_ = Stage::head;
    HeadEnd head_end_;
    Body body_;
    Request request_;
    // Of a create, while its bytes are kept.
    Target target_;
    std::size_t head_size_ = 0;
    std::size_t body_size_ = 0; ///< of what was seen of it
    bool chunked_ = false;
    bool is_asked_ = false;
};

} // namespace agent::doors::proxy
