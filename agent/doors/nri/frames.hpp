#pragma once
// How messages are laid out on NRI's socket: one connection carries two, each in pieces (their number, a
// length, the bytes), and the bytes of each are ttrpc's frames (a length, a stream, a type, flags, the
// data). A frame may be cut into pieces anywhere. All numbers are big-endian. Pure.

#include "base/error.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace agent::doors::nri {

/// The connections inside the one: who asks on which.
inline constexpr std::uint32_t engine_asks = 1; ///< the service Plugin, which is ours
inline constexpr std::uint32_t agent_asks = 2;  ///< the service Runtime, which is the engine's

enum class FrameType : std::uint8_t { request = 1, response = 2, data = 3 };

struct Frame {
    std::uint32_t connection = engine_asks;
    std::uint32_t stream = 0;
    FrameType type = FrameType::request;
    std::uint8_t flags = 0;
    std::string data;

    bool operator==(const Frame&) const = default;
};

/// Of a frame, as ttrpc has it.
inline constexpr std::size_t most_data = std::size_t{4} * 1024 * 1024;

/// The frame as it is sent.
std::string encode(const Frame& frame);

/// Puts frames together, however their bytes come. It keeps no more than a frame of each connection.
class FrameDecoder {
public:
    /// Appends the frames that are whole with these bytes. Nothing can be read any more after an error:
    /// too_large (a frame has more than most_data), protocol (a connection or a type that nobody knows).
    base::Result<> read(std::string_view bytes, std::vector<Frame>& frames);

private:
    base::Result<> begin_piece();
    base::Result<> take_frames(std::uint32_t connection, std::vector<Frame>& frames);

    std::string header_;              ///< of the piece that is being read, as far as it is there
    std::uint32_t connection_ = 0;    ///< whose piece it is
    std::size_t left_ = 0;            ///< of its bytes, to come
    std::array<std::string, 2> kept_; ///< of each connection, until a frame is whole
};

} // namespace agent::doors::nri
