#include "agent/doors/nri/frames.hpp"

#include <algorithm>
#include <utility>

namespace agent::doors::nri {

using base::Errc;
using base::Error;
using base::Result;

namespace {

constexpr std::size_t piece_header = 8;
constexpr std::size_t frame_header = 10;
constexpr std::size_t most_in_piece = frame_header + most_data;
/// The engine reads a piece into 4 KiB in one go, and gives up a connection whose piece has more.
constexpr std::size_t sent_in_piece = 4096;

void append_number(std::string& bytes, std::size_t number) {
    for (int shift = 24; shift >= 0; shift -= 8)
        bytes += static_cast<char>(number >> shift & 0xff);
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t number = 0;
    for (std::size_t i = at; i < at + 4; ++i)
        number = number << 8 | static_cast<unsigned char>(bytes[i]);
    return number;
}

bool is_known(FrameType type) {
    return type == FrameType::request || type == FrameType::response || type == FrameType::data;
}

} // namespace

std::string encode(const Frame& frame) {
    std::string whole;
    append_number(whole, frame.data.size());
    append_number(whole, frame.stream);
    whole += static_cast<char>(frame.type);
    whole += static_cast<char>(frame.flags);
    whole += frame.data;
    std::string sent;
    for (std::size_t at = 0; at < whole.size(); at += sent_in_piece) {
        const auto piece = std::string_view(whole).substr(at, sent_in_piece);
        append_number(sent, frame.connection);
        append_number(sent, piece.size());
        sent += piece;
    }
    return sent;
}

Result<> FrameDecoder::read(std::string_view bytes, std::vector<Frame>& frames) {
    while (!bytes.empty()) {
        if (left_ == 0) {
            const auto part = bytes.substr(0, piece_header - header_.size());
            header_ += part;
            bytes.remove_prefix(part.size());
            if (header_.size() < piece_header)
                break;
            TRY(begin_piece());
            continue;
        }
        const auto part = bytes.substr(0, left_);
        kept_[connection_ - 1] += part;
        left_ -= part.size();
        bytes.remove_prefix(part.size());
        TRY(take_frames(connection_, frames));
    }
    return {};
}

Result<> FrameDecoder::begin_piece() {
    connection_ = number_at(header_, 0);
    left_ = number_at(header_, 4);
    header_.clear();
    if (connection_ != engine_asks && connection_ != agent_asks)
        return Error(Errc::protocol, "the engine speaks on connection " +
                                         std::to_string(connection_) +
                                         ", and there are only 1 and 2");
    if (left_ > most_in_piece)
        return Error(Errc::too_large, "the engine announces a piece of " + std::to_string(left_) +
                                          " bytes, at most 4 MiB are read");
    return {};
}

Result<> FrameDecoder::take_frames(std::uint32_t connection, std::vector<Frame>& frames) {
    auto& kept = kept_[connection - 1];
    std::size_t at = 0;
    while (kept.size() - at >= frame_header) {
        const std::size_t size = number_at(kept, at);
        if (size > most_data)
            return Error(Errc::too_large, "the engine announces a message of " +
                                              std::to_string(size) +
                                              " bytes, at most 4 MiB are read");
        Frame frame;
        frame.connection = connection;
        frame.stream = number_at(kept, at + 4);
        frame.type = static_cast<FrameType>(kept[at + 8]);
        frame.flags = static_cast<std::uint8_t>(kept[at + 9]);
        if (!is_known(frame.type))
            return Error(Errc::protocol, "the engine sends a frame of type " +
                                             std::to_string(static_cast<unsigned>(frame.type)) +
                                             ", which there is not");
        if (kept.size() - at - frame_header < size)
            break;
        at += frame_header;
        if (kept.size() - at == size) {
            // The last, and mostly the only one: megabytes are not copied.
            kept.erase(0, at);
            frame.data = std::exchange(kept, {});
            at = 0;
        } else {
            frame.data = kept.substr(at, size);
            at += size;
        }
        frames.push_back(std::move(frame));
    }
    kept.erase(0, at);
    return {};
}

} // namespace agent::doors::nri
