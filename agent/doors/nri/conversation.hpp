#pragma once
// What is said on a connection to the engine's NRI socket, from the first byte: bytes in, bytes out, and
// what of it the agent has to know. It registers the agent, says that it wants to hear of creates alone,
// and answers everything but these by itself. No input or output of its own. Loop thread.

#include "agent/doors/nri/frames.hpp"
#include "agent/doors/nri/messages.hpp"
#include "base/error.hpp"

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace agent::doors::nri {

class Conversation {
public:
    /// By what a create is answered.
    using Token = std::uint32_t;

    struct Introduced {
        Runtime runtime;
    };
    /// What the engine has, or a part of it: with the last one it begins to ask of creates.
    struct Listed {
        Listing listing;
    };
    /// The engine, and all who make containers, wait until answer() is called.
    struct Create {
        Token token = 0;
        Container container;
    };
    /// A create that could not be read; it was answered without anything.
    struct Unreadable {};
    using Event = std::variant<Introduced, Listed, Create, Unreadable>;

    /// Its first output registers the agent.
    Conversation();

    /// What the engine has sent. After an error the connection has to be closed, which never fails a
    /// create: too_large, protocol (it speaks otherwise than NRI), permission (it does not want the agent).
    base::Result<std::vector<Event>> receive(std::string_view bytes);

    /// False where no such create waits.
    bool answer(Token token, const Adjustment& adjustment);

    /// What is to be sent, once.
    std::string take_output();

    /// The engine asks of creates.
    bool is_registered() const { return registered_; }

private:
    base::Result<> take_answer(const Frame& frame);
    base::Result<> take_call(const Frame& frame, std::vector<Event>& events);
    base::Result<> dispatch(std::uint32_t stream, const Call& call, std::vector<Event>& events);
    base::Result<> introduce(std::uint32_t stream, const Call& call, std::vector<Event>& events);
    base::Result<> list(std::uint32_t stream, const Call& call, std::vector<Event>& events);
    base::Result<> create(std::uint32_t stream, const Call& call, std::vector<Event>& events);
    void send_answer(std::uint32_t stream, Answer answer);

    FrameDecoder decoder_;
    std::string output_;
    std::set<Token> creates_; ///< that wait
    bool registered_ = false;
};

} // namespace agent::doors::nri
