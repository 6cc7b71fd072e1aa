// What comes from the engine's NRI socket (agent/doors/nri): however the bytes are cut, the same is told, every
// create can be answered once, and what is sent is whole frames with messages in them.

#include "agent/doors/nri/conversation.hpp"
#include "tests/fuzz/support.hpp"

#include <utility>
#include <vector>

namespace {

namespace nri = agent::doors::nri;
using fuzz::require;

/// All that was made of a connection's bytes.
struct NriReading {
    std::vector<std::string> told;
    std::string error;
};

std::string text_of_container(const nri::Container& container) {
    auto text = container.id + ' ' + container.name;
    for (const auto& [name, value] : container.labels)
        text += ' ' + name + '=' + value;
    for (const auto& variable : container.environment)
        text += ' ' + variable;
    return text;
}

nri::Adjustment gifts_for(const nri::Container& container) {
    nri::Adjustment adjustment;
    adjustment.variables.emplace_back("NAME", container.name);
    adjustment.bind = nri::ReadOnlyBind{"/source", "/target"};
    return adjustment;
}

std::string told_of_nri(const nri::Conversation::Event& event) {
    if (const auto* introduced = std::get_if<nri::Conversation::Introduced>(&event))
        return "engine " + introduced->runtime.name + ' ' + introduced->runtime.version;
    if (const auto* listed = std::get_if<nri::Conversation::Listed>(&event)) {
        auto text = std::string(listed->listing.more ? "more" : "all");
        for (const auto& container : listed->listing.containers)
            text += '\n' + text_of_container(container);
        return text;
    }
    if (const auto* create = std::get_if<nri::Conversation::Create>(&event))
        return "create " + text_of_container(create->container);
    return "unreadable";
}

void answer_create(nri::Conversation& conversation, const nri::Conversation::Event& event) {
    const auto* create = std::get_if<nri::Conversation::Create>(&event);
    if (create == nullptr)
        return;
    require(conversation.answer(create->token, gifts_for(create->container)),
            "a create cannot be answered");
    require(!conversation.answer(create->token, {}), "a create can be answered twice");
}

void check_nri_output(const std::string& sent) {
    nri::FrameDecoder decoder;
    std::vector<nri::Frame> frames;
    require(decoder.read(sent, frames).has_value(), "what is sent cannot be read");
    std::string again;
    for (const auto& frame : frames) {
        again += nri::encode(frame);
        require(frame.connection == nri::agent_asks
                    ? nri::decode_call(frame.data).has_value()
                    : frame.type == nri::FrameType::response &&
                          nri::decode_answer(frame.data).has_value(),
                "what is sent is no message");
    }
    fuzz::require_same(again, sent, "what is sent is more than frames");
}

template <class NextPiece>
NriReading read_nri(NextPiece next_piece) {
    NriReading reading;
    nri::Conversation conversation;
    std::vector<nri::Conversation::Event> all;
    for (auto piece = next_piece(); !piece.empty(); piece = next_piece()) {
        auto events = conversation.receive(piece);
        if (!events) {
            reading.error = events.error().what();
            break;
        }
        for (auto& event : *events) {
            reading.told.push_back(told_of_nri(event));
            all.push_back(std::move(event));
        }
    }
    for (const auto& event : all)
        answer_create(conversation, event);
    check_nri_output(conversation.take_output());
    return reading;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    fuzz::Pieces pieces(bytes);
    const auto in_pieces =
        read_nri([&] { return pieces.empty() ? std::string_view() : pieces.take(bytes.size()); });
    std::size_t at = 0;
    const auto in_bytes = read_nri([&] { return bytes.substr(std::min(at++, bytes.size()), 1); });
    fuzz::require_same(in_pieces.error, in_bytes.error,
                       "it ends otherwise when it is cut otherwise");
    // What came in one piece with an error is not told any more.
    if (in_bytes.error.empty())
        require(in_pieces.told == in_bytes.told, "what is told differs by how it is cut");
    return 0;
}
