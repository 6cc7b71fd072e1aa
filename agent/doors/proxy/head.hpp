#pragma once
// The heads of HTTP/1 messages, read just enough to know where the messages end and what they may turn
// into, as Go's net/http reads them: lines may end in a line feed alone, a field may go on on the next line.
// Nothing is refused: what cannot be read passes unread, and the engine refuses it. Pure.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace agent::doors::proxy {

/// What does a head say of its body?
struct Framing {
    enum class Kind {
        none,   ///< nothing
        length, ///< `length` bytes
        chunked,
        unclear, ///< what we, or some engine, might read otherwise than others
    };
    Kind kind = Kind::none;
    std::uint64_t length = 0;
};

/// Its texts stand in the head that was read.
struct RequestHead {
    std::string_view method;
    std::string_view target;
    bool http_1_1 = false;
    Framing body;
    bool expects_continue = false; ///< waits for "100 Continue" before it sends the body
    bool wants_upgrade = false;    ///< to another protocol
};

struct ResponseHead {
    int status = 0;
    Framing body; ///< whatever the status says of it
};

/// Of a whole head with its empty line. Nothing for what is none of HTTP/1.
std::optional<RequestHead> read_request_head(std::string_view head);
std::optional<ResponseHead> read_response_head(std::string_view head);

/// Searches the empty line that ends a head, in bytes of which ever more come.
class HeadEnd {
public:
    /// Where the head ends, its empty line and what blank lines stand before it included; nothing when
    /// its end is not there yet. To be asked with the same bytes again and more behind them.
    std::optional<std::size_t> find(std::string_view bytes);

private:
    std::size_t scanned_ = 0;
    bool begun_ = false; ///< a line that is not blank was there
};

/// The head for a body of `length` bytes that comes at once: without chunks, trailers and the question
/// whether to continue; all other fields as they were.
std::string with_length(std::string_view head, std::size_t length);

} // namespace agent::doors::proxy
