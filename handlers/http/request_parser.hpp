#pragma once
// Role: turns the bytes of one connection into requests, one after the other (pipelined ones wait
//   in the buffer). Does no input or output: the connection reads into prepare() and calls next().
// Lines of a header may end in a line feed alone, as people type them; such a request has no body and is its
//   connection's last, so that nobody before us can have taken a part of it for another request.
// Threading: none of its own. Failure: a refusal status; the connection then ends.
// Memory: nothing until the first prepare(), 1 KiB for usual requests.

#include "handlers/http/chunked_body.hpp"
#include "handlers/http/message.hpp"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace handlers::http {

class RequestParser {
public:
    /// What does the parser need now?
    enum class Progress {
        read_more,     ///< more bytes
        send_continue, ///< "100 Continue" to be sent, then more bytes
        complete,      ///< nothing: request() is there; begin() starts with the next one
        refuse,        ///< to be ended with refusal_status()
    };

    RequestParser(std::size_t header_bytes, std::size_t body_bytes);
    ~RequestParser();
    RequestParser(const RequestParser&) = delete;
    RequestParser& operator=(const RequestParser&) = delete;

    /// Forgets the last request and starts with the bytes behind it.
    void begin();
    /// Whether bytes of the next request are there already.
    bool has_bytes() const { return begin_ != end_; }
    /// Room to read into; never empty.
    std::span<char> prepare();
    /// So many bytes were read into prepare()'s room.
    void commit(std::size_t bytes) { end_ += bytes; }
    Progress next();

    /// Target, method and so on of a complete request; peer and local are the connection's to set.
    Request& request() { return request_; }
    unsigned refusal_status() const { return refusal_status_; }

private:
    enum class Stage { header, body };

    Progress refuse(unsigned status);
    /// Searches the empty line; false while it is missing or after a refusal.
    bool find_header_end();
    Progress parse_header();
    /// Of a whole header whose lines all end in full; complete: go on with its body.
    Progress read_header(std::string_view header);
    Progress parse_body();
    Progress feed_by_length();
    Progress feed_chunks();
    Progress finish();
    void forget_secrets();

    std::size_t header_bytes_;
    std::size_t body_bytes_;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;   ///< of what is not parsed yet
    std::size_t end_ = 0;     ///< of what was read
    std::size_t scanned_ = 0; ///< how far behind begin_ line ends were searched
    std::size_t line_ = 0;    ///< where the current header line starts, behind begin_
    bool bare_ = false;       ///< a header line ended in a line feed alone
    Stage stage_ = Stage::header;
    bool asked_to_continue_ = false;
    unsigned refusal_status_ = 0;
    std::size_t body_left_ = 0;         ///< of one that comes by its length
    std::optional<ChunkedBody> chunks_; ///< of one that does not
    std::string target_;                ///< as sent
    Request request_;
};

} // namespace handlers::http
