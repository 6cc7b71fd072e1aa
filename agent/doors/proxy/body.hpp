#pragma once
// Where the body of an HTTP/1 message ends: told from its framing, byte after byte, while it passes. Chunks
// are read as Go reads them: any extensions, line ends of a line feed alone, trailers. Pure.

#include "agent/doors/proxy/head.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace agent::doors::proxy {

class Body {
public:
    /// Of a message without one.
    Body() = default;
    /// Not of an unclear framing.
    explicit Body(const Framing& framing);

    /// How many of the bytes are the body's (frames of chunks included). What the chunks hold is appended
    /// to `content`, unless that is null.
    std::size_t take(std::string_view bytes, std::string* content = nullptr);
    bool has_ended() const { return stage_ == Stage::ended; }
    /// Its frames cannot be read; where it ends is not known.
    bool is_broken() const { return stage_ == Stage::broken; }

private:
    enum class Stage {
        data,      ///< `left_` bytes of a body by length, or of a chunk
        data_end,  ///< the line end behind a chunk
        size,      ///< the digits of a chunk's size
        extension, ///< the rest of that line
        trailer,   ///< the lines behind the last chunk
        ended,
        broken,
    };

    std::size_t take_data(std::string_view bytes, std::string* content);
    void take_frame(char c);
    void take_size(char c);
    void end_size();
    void take_trailer(char c);

    Stage stage_ = Stage::ended;
    bool chunked_ = false;
    bool return_ = false; ///< the byte before was a carriage return
    bool blank_ = false;  ///< of a trailer's line: nothing stands in it yet
    int digits_ = 0;      ///< of the size, so far
    std::uint64_t left_ = 0;
};

/// What the chunks of a whole body hold.
std::string without_chunks(std::string_view body);

} // namespace agent::doors::proxy
