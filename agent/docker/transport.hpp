#pragma once
// HTTP to the Docker Engine: one request and its answer, or one request and a stream of lines.
// Owned by the client, lives on the loop thread, which outlives it; calls and streams under way
// when it is destroyed end as unavailable. No proxy is ever used, no redirect followed.
//
// Errors of all calls: unavailable (nobody listens, or the connection broke), permission (the
// socket may not be opened), timeout (the deadline, counted from the call), cancelled (the task was
// asked to end), protocol (that was no HTTP), too_large (the answer is over its limit).

#include "agent/docker/endpoint.hpp"
#include "agent/docker/line_queue.hpp"
#include "base/async.hpp"
#include "base/error.hpp"

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace agent::docker {

class Multi;
struct Call;

/// One request. Anything but GET and HEAD goes out on a connection of its own, since curl silently
/// repeats a request when a kept connection dies under it.
struct Request {
    std::string method = "GET";
    std::string target; ///< path and query, escaped
    std::string body;
    std::vector<std::string> headers; ///< "Name: value"; may hold secrets
    std::chrono::milliseconds deadline = std::chrono::seconds(10);
    std::size_t body_limit = std::size_t{4} << 20; ///< of the answer, in bytes
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
    explicit LineStream(std::shared_ptr<Call> call);
    ~LineStream();
    LineStream(const LineStream&) = delete;
    LineStream& operator=(const LineStream&) = delete;

    /// The next line that is not empty, nothing_yet after `limit`, or end when the engine ended its
    /// answer properly. An error other than cancelled ends the stream, exhausted when lines came
    /// faster than they were read.
    base::Async<base::Result<StreamItem>> next(std::chrono::steady_clock::duration limit);

private:
    std::shared_ptr<Call> call_;
};

struct StreamAnswer {
    Response response;                 ///< with a body only when refused
    std::unique_ptr<LineStream> lines; ///< nothing when the status is not 2xx
};

class Transport {
public:
    Transport(base::Executor loop, Endpoint endpoint);
    ~Transport();
    Transport(const Transport&) = delete;
    Transport& operator=(const Transport&) = delete;

    base::Async<base::Result<Response>> exchange(Request request);
    /// Returns when the head of the answer is there; the deadline is for that only.
    base::Async<base::Result<StreamAnswer>> open_stream(Request request, QueueLimits limits);

private:
    base::Executor loop_;
    Endpoint endpoint_;
    std::unique_ptr<Multi> multi_;
};

} // namespace agent::docker
