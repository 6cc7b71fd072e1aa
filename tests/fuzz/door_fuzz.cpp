// What clients send to the Docker socket (agent/doors/proxy/request_framing): however the bytes are cut, the
// same requests are told apart and every byte passes once, in its order; no more is kept than a create may
// have; and a create with another body is that create with that body. The same bytes as an engine's answers.

#include "agent/doors/proxy/request_framing.hpp"
#include "agent/doors/proxy/response_framing.hpp"
#include "tests/fuzz/support.hpp"

#include <utility>
#include <vector>

namespace {

using namespace agent::doors::proxy;
using fuzz::require;

Limits small_limits() {
    Limits limits;
    limits.head_bytes = 300;
    limits.body_bytes = 100;
    return limits;
}

/// All that was made of a connection's bytes.
struct DoorReading {
    std::vector<std::string> told; ///< requests and bodies
    std::string passed;
    bool operator==(const DoorReading&) const = default;
};

/// The head and a new body, read again.
void check_completed(const WholeCreate& create, const Limits& limits) {
    const std::string body = "{\"Env\":[]}";
    // A head at its limit may be over it with the new length.
    const auto text = with_length(create.head, body.size()) + body;
    Limits wider = limits;
    wider.head_bytes += 64;
    RequestFraming again(wider);
    require(again.next(text).verdict == RequestFraming::Verdict::create,
            "a completed create is none any more:\n" + text);
    const auto found = again.whole_create(text);
    require(found.bytes.size() == text.size(), "a completed create ends elsewhere:\n" + text);
    fuzz::require_same(found.request.body, body, "a completed create has another body");
    fuzz::require_same(found.request.name, create.request.name,
                       "a completed create has another name");
    require(found.request.kind == create.request.kind, "a completed create is another call");
}

/// What becomes of the bytes at the front.
struct Passage {
    std::size_t size = 0; ///< 0: more bytes are needed
    bool opaque = false;  ///< they and all that follow pass unread
};

/// Reads all pieces; `next` is shown what is kept, and tells the reading what it makes of it.
template <class NextPiece, class Next>
DoorReading read_pieces(NextPiece next_piece, Next next) {
    DoorReading reading;
    std::string kept;
    bool opaque = false;
    for (auto piece = next_piece(); !piece.empty(); piece = next_piece()) {
        kept += piece;
        while (!kept.empty() && !opaque) {
            const Passage passage = next(kept, reading);
            require(passage.size <= kept.size(), "more passes than is there");
            opaque = passage.opaque;
            if (passage.size == 0)
                break;
            reading.passed += kept.substr(0, passage.size);
            kept.erase(0, passage.size);
        }
        if (opaque)
            reading.passed += std::exchange(kept, {});
    }
    reading.passed += kept;
    if (opaque)
        reading.told.push_back("opaque");
    return reading;
}

template <class NextPiece>
DoorReading read_requests(const Limits& limits, NextPiece next_piece) {
    using Verdict = RequestFraming::Verdict;
    RequestFraming framing(limits);
    return read_pieces(next_piece, [&](const std::string& kept, DoorReading& reading) -> Passage {
        const auto decision = framing.next(kept);
        if (decision.begins)
            reading.told.push_back(framing.request().method + ' ' + framing.request().path);
        switch (decision.verdict) {
        case Verdict::create: {
            const auto create = framing.whole_create(kept);
            require(kept.starts_with(create.bytes), "a create is not what was sent");
            require(create.request.body.size() <= limits.body_bytes, "a create is too large");
            check_completed(create, limits);
            reading.told.push_back(create.request.body);
            const auto size = create.bytes.size();
            framing.end_create();
            return {size, false};
        }
        case Verdict::read_more:
            require(kept.size() <= limits.head_bytes + limits.body_bytes, "too much is kept");
            return {};
        case Verdict::opaque: return {decision.size, true};
        case Verdict::pass: require(decision.size > 0, "nothing becomes of the bytes"); break;
        }
        return {decision.size, false};
    });
}

template <class NextPiece>
DoorReading read_answers(const Limits& limits, NextPiece next_piece) {
    using Verdict = ResponseFraming::Verdict;
    ResponseFraming framing(limits);
    return read_pieces(next_piece, [&](const std::string& kept, DoorReading& reading) -> Passage {
        const auto decision = framing.next(kept, false);
        if (decision.verdict == Verdict::read_more) {
            require(kept.size() <= limits.head_bytes, "too much is kept");
            return {};
        }
        const bool opaque = decision.verdict == Verdict::opaque;
        if (decision.ends || opaque)
            reading.told.push_back(std::to_string(framing.status()));
        require(opaque || decision.size > 0, "nothing becomes of the bytes");
        return {decision.size, opaque};
    });
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const auto bytes = fuzz::text_of(data, size);
    for (const auto& limits : {Limits(), small_limits()}) {
        // Whether a head or a create is too large may be seen later when more comes at once, so pieces are
        // compared with single bytes.
        const auto in_pieces = [&](auto read) {
            fuzz::Pieces pieces(bytes);
            return read(limits, [&] {
                return pieces.empty() ? std::string_view() : pieces.take(bytes.size());
            });
        };
        const auto in_bytes = [&](auto read) {
            std::size_t at = 0;
            return read(limits, [&] {
                return std::string_view(bytes).substr(std::min(at++, bytes.size()), 1);
            });
        };
        const auto requests = [](const Limits& its, auto next) { return read_requests(its, next); };
        const auto answers = [](const Limits& its, auto next) { return read_answers(its, next); };
        require(in_pieces(requests) == in_bytes(requests), "requests differ by how they are cut");
        require(in_pieces(answers) == in_bytes(answers), "answers differ by how they are cut");
        fuzz::require_same(in_bytes(requests).passed, std::string(bytes),
                           "a byte is lost or added");
        fuzz::require_same(in_bytes(answers).passed, std::string(bytes), "a byte is lost or added");
    }
    return 0;
}
