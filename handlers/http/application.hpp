#pragma once
// What a server needs from those who use it: answers, and a word about who may connect.

#include "base/async.hpp"
#include "handlers/http/message.hpp"

#include <string>
#include <string_view>

namespace handlers::http {

/// Role: answers the requests of one server. Threading: the loop thread.
class Application {
public:
    virtual ~Application() = default;

    /// The answer. The request stays alive until it is given; captures may be filled in.
    virtual base::Async<Response> answer(Request& request) = 0;
    /// What is sent when answer() throws.
    virtual Response failure() const = 0;
    /// The path as the access log may show it: without what is secret in it.
    virtual std::string loggable_path(const Target& target) const = 0;
};

/// Who may connect at all? Others are closed unanswered.
class PeerPolicy {
public:
    virtual ~PeerPolicy() = default;
    /// `address` is IPv4 or IPv6 text, without a zone.
    virtual bool may_connect(std::string_view address) = 0;
};

} // namespace handlers::http
