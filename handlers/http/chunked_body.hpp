#pragma once
// Role: undoes the chunked transfer coding of one request's body while its bytes come. The fields behind the last
//   chunk, the trailer, are passed over: whatever their names, none of them is a field of the header.
// Threading: none of its own. Failure: a refusal status.

#include <cstddef>
#include <string>
#include <string_view>

namespace handlers::http {

class ChunkedBody {
public:
    enum class Progress {
        read_more, ///< what is left of the bytes needs more of them behind it
        complete,  ///< what is left of the bytes is the next request's
        refuse,    ///< with refusal_status()
    };

    /// A chunk's head, and the trailer as a whole, may have `line_bytes`.
    ChunkedBody(std::size_t line_bytes, std::size_t body_bytes)
        : line_bytes_(line_bytes), line_bytes_left_(line_bytes), body_bytes_left_(body_bytes) {}

    /// Takes from the front of `bytes` what can be understood, and appends what it carries to `body`.
    Progress feed(std::string_view& bytes, std::string& body);

    unsigned refusal_status() const { return refusal_status_; }

private:
    enum class Part { head, data, data_end, trailer };

    Progress refuse(unsigned status);
    /// The next line without its end, "" too; complete says that it is there.
    Progress next_line(std::string_view& bytes, std::string_view& line);
    /// complete: the chunk is known.
    Progress begin_chunk(std::string_view line);

    std::size_t line_bytes_;
    std::size_t line_bytes_left_; ///< of this head, or of the trailer
    std::size_t body_bytes_left_;
    std::size_t data_left_ = 0; ///< of this chunk
    std::size_t scanned_ = 0;   ///< how much of the bytes was searched for the line's end already
    Part part_ = Part::head;
    unsigned refusal_status_ = 0;
};

} // namespace handlers::http
