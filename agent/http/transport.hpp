#pragma once
// HTTP to one server, the Docker Engine or another: one request and its answer, or one request and
// a stream of lines. This is the seam under every client: libcurl over TCP or a Unix socket stands
// behind it, a named pipe of Windows will, and in tests a conversation that is written down. Owned by
// a client, lives on the loop thread, which outlives it; calls and streams under way when it is
// destroyed end as unavailable. No redirect is followed.
//
// Errors of all calls: unavailable (nobody listens, or the connection broke), permission (the
// socket may not be opened), timeout (the deadline, counted from the call), cancelled (the task was
// asked to end), protocol (that was no HTTP), too_large (the answer is over its limit).

#include "agent/http/line_queue.hpp"
#include "agent/http/server_address.hpp"
#include "base/async.hpp"
#include "base/error.hpp"
#include "base/secret.hpp"
#include "base/time.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace agent::http {

/// Signs a request as AWS's Signature Version 4 has it. All parameters are to be in the body:
/// libcurl 7.88 signs a query that is not sorted wrongly.
struct AwsSignature {
    std::string service;
    std::string region;
    base::Secret access_key_id;
    base::Secret secret_access_key;
    base::Secret session_token; ///< may be empty
};

/// One request. Anything but GET and HEAD goes out on a connection of its own, since curl silently
/// repeats a request when a kept connection dies under it.
struct Request {
    std::string method = "GET";
    std::string target; ///< path and query, escaped
    std::string body;
    std::vector<std::string> headers; ///< "Name: value"; may hold secrets
    std::chrono::milliseconds deadline = std::chrono::seconds(10);
    std::size_t body_limit = std::size_t{4} << 20; ///< of the answer, in bytes
    std::optional<AwsSignature> signature;
    /// PEM, of those whom to trust; nothing: whom libcurl trusts, whose files it reads on this thread.
    std::optional<std::string> certificates;
};

struct Response {
    long status = 0;
    std::map<std::string, std::string> headers; ///< names in lower case
    std::string body;
};

/// What next() found.
struct StreamItem {
    enum class Kind { line, nothing_yet, end };
    Kind kind = Kind::nothing_yet;
    std::string line;
};

/// An answer that comes line by line. Its destruction closes the connection.
class LineStream {
public:
    virtual ~LineStream() = default;

    /// The next line that is not empty, nothing_yet after `limit`, or end when the engine ended its
    /// answer properly. An error other than cancelled ends the stream, exhausted when lines came
    /// faster than they were read.
    virtual base::Async<base::Result<StreamItem>>
    next(std::chrono::steady_clock::duration limit) = 0;
};

struct StreamAnswer {
    Response response;                 ///< with a body only when refused
    std::unique_ptr<LineStream> lines; ///< nothing when the status is not 2xx
};

struct TransportOptions {
    bool proxy_of_environment = false; ///< http_proxy, https_proxy, no_proxy; else none is used
};

class Transport {
public:
    virtual ~Transport() = default;

    virtual base::Async<base::Result<Response>> exchange(Request request) = 0;
    /// Returns when the head of the answer is there; the deadline is for that only.
    virtual base::Async<base::Result<StreamAnswer>> open_stream(Request request,
                                                                QueueLimits limits) = 0;
};

/// To the server at `address`, by libcurl. Nothing is sent before the first call.
std::unique_ptr<Transport> make_transport(base::Executor loop, ServerAddress address,
                                          TransportOptions options = {});

/// Where libcurl has the certificates that the system trusts; "" where they are in no one file.
std::string system_certificates_file();

/// A time as HTTP's headers have it; nothing for other text.
std::optional<base::Time> parse_date(const std::string& text);

} // namespace agent::http
