#include "agent/doors/nri/conversation.hpp"

#include <utility>

namespace agent::doors::nri {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::string_view runtime_service = "nri.pkg.api.v1alpha1.Runtime";
constexpr std::string_view plugin_service = "nri.pkg.api.v1alpha1.Plugin";
constexpr std::string_view plugin_name = "ecs-node-agent";
/// Plugins are asked in the order of their indices, "00" to "99".
constexpr std::string_view plugin_index = "10";
/// As long as the engine waits for a plugin to register.
constexpr auto registration_timeout = std::chrono::seconds(5);
constexpr std::uint32_t registration_stream = 1;
constexpr int unimplemented = 12; ///< gRPC's code

Error unreadable(std::string_view what) {
    return Error(Errc::protocol,
                 "the engine's " + std::string(what) + " is no message of that kind");
}

/// A call that neither sends nor awaits a stream of messages, which all of NRI's are.
bool is_whole_request(const Frame& frame) {
    constexpr std::uint8_t remote_closed = 1;
    return frame.type == FrameType::request && (frame.flags & ~remote_closed) == 0;
}

} // namespace

Conversation::Conversation() {
    const Call call{std::string(runtime_service), "RegisterPlugin",
                    registration(std::string(plugin_name), std::string(plugin_index))};
    const Frame frame{agent_asks, registration_stream, FrameType::request, 0,
                      encode(call, registration_timeout)};
    output_ = encode(frame);
}

std::string Conversation::take_output() {
    return std::exchange(output_, {});
}

Result<std::vector<Conversation::Event>> Conversation::receive(std::string_view bytes) {
    std::vector<Frame> frames;
    std::vector<Event> events;
    const auto read = decoder_.read(bytes, frames);
    for (const auto& frame : frames)
        TRY(frame.connection == agent_asks ? take_answer(frame) : take_call(frame, events));
    // Behind those that were whole.
    if (!read)
        return read.error();
    return events;
}

Result<> Conversation::take_answer(const Frame& frame) {
    if (frame.type != FrameType::response || frame.stream != registration_stream)
        return Error(Errc::protocol, "the engine answers what it was not asked");
    const auto answer = decode_answer(frame.data);
    if (!answer)
        return unreadable("answer to the registration");
    if (answer->code != 0)
        return Error(Errc::permission, "the engine does not take the agent: " + answer->message);
    return {};
}

// Whoever refuses a call of the engine's fails somebody's `docker run`; who closes the connection does
// not. So that is done with what cannot be read.
Result<> Conversation::take_call(const Frame& frame, std::vector<Event>& events) {
    if (!is_whole_request(frame))
        return Error(Errc::protocol, "the engine sends a stream of messages, which NRI has not");
    const auto call = decode_call(frame.data);
    if (!call)
        return unreadable("call");
    return dispatch(frame.stream, *call, events);
}

Result<> Conversation::dispatch(std::uint32_t stream, const Call& call,
                                std::vector<Event>& events) {
    const bool ours = call.service == plugin_service;
    if (ours && call.method == "Configure")
        return introduce(stream, call, events);
    if (ours && call.method == "Synchronize")
        return list(stream, call, events);
    if (ours && call.method == "CreateContainer")
        return create(stream, call, events);
    if (ours && (call.method == "Shutdown" || call.method == "StateChange")) {
        send_answer(stream, {});
        return {};
    }
    // None of them comes unless it was subscribed to.
    send_answer(stream, {unimplemented, "the agent has no method of that name", {}});
    return {};
}

Result<> Conversation::introduce(std::uint32_t stream, const Call& call,
                                 std::vector<Event>& events) {
    auto runtime = decode_configure(call.payload);
    if (!runtime)
        return unreadable("Configure");
    send_answer(stream, {0, {}, subscription_to_creates()});
    events.emplace_back(Introduced{std::move(*runtime)});
    return {};
}

Result<> Conversation::list(std::uint32_t stream, const Call& call, std::vector<Event>& events) {
    auto listing = decode_synchronize(call.payload);
    if (!listing)
        return unreadable("Synchronize");
    // Creates wait for it.
    send_answer(stream, {0, {}, synchronized(listing->more)});
    registered_ = registered_ || !listing->more;
    events.emplace_back(Listed{std::move(*listing)});
    return {};
}

Result<> Conversation::create(std::uint32_t stream, const Call& call, std::vector<Event>& events) {
    auto container = decode_create(call.payload);
    if (!container) {
        send_answer(stream, {});
        events.emplace_back(Unreadable{});
        return {};
    }
    if (!creates_.insert(stream).second)
        return Error(Errc::protocol, "the engine asks twice by one number");
    events.emplace_back(Create{stream, std::move(*container)});
    return {};
}

bool Conversation::answer(Token token, const Adjustment& adjustment) {
    if (creates_.erase(token) == 0)
        return false;
    send_answer(token, {0, {}, encode(adjustment)});
    return true;
}

void Conversation::send_answer(std::uint32_t stream, Answer answer) {
    const Frame frame{engine_asks, stream, FrameType::response, 0, encode(answer)};
    output_ += encode(frame);
}

} // namespace agent::doors::nri
