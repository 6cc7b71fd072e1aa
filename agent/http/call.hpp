#pragma once
// One HTTP call while it runs, in two halves: the HttpTransfer, owned by the Multi, which curl
// calls; and the Call, shared with the coroutine that waits. The coroutine's frame owns nothing
// that curl uses, so either half may go first. For curl_transport.cpp only; loop thread.

#include "agent/http/line_queue.hpp"
#include "agent/http/multi.hpp"
#include "agent/http/transport.hpp"

#include <array>
#include <optional>

namespace agent::http {

/// What has come of a call so far. `changed` is notified when its head is complete, when bytes came
/// for a stream, and at its end.
struct Call {
    Call(base::Executor loop, std::size_t limit) : changed(std::move(loop)), body_limit(limit) {}

    /// Takes the transfer off if it still runs. Not from inside a curl callback.
    void stop();

    base::Notifier changed;
    std::size_t body_limit;
    Response response;
    std::optional<LineQueue> lines; ///< only for a stream
    bool head_complete = false;
    bool ended = false;
    std::optional<base::Error> failure; ///< why it ended, or must end
    // Where it runs; null when it has ended.
    Multi* multi = nullptr;
    const Transfer* transfer = nullptr;
};

class HttpTransfer : public Transfer {
public:
    HttpTransfer(std::shared_ptr<Call> call, const ServerAddress& endpoint,
                 const TransportOptions& options, Request request);
    ~HttpTransfer() override;

    void ended(CURLcode code) override;

private:
    void set_options(const TransportOptions& options);
    void trust_only(std::string& certificates);
    void set_method();
    void sign(const AwsSignature& signature);
    void set_headers();
    void add_header(const std::string& header);
    bool receive_header(std::string_view line);
    bool receive_body(std::string_view bytes);
    base::Error describe(CURLcode code) const;

    static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
    static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);

    std::shared_ptr<Call> call_;
    ServerAddress endpoint_;
    Request request_;
    base::Handle<curl_slist, &curl_slist_free_all> headers_;
    std::array<char, CURL_ERROR_SIZE> detail_{};
    std::size_t head_bytes_ = 0;
};

} // namespace agent::http
