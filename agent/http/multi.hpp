#pragma once
// libcurl's multi interface driven by the Asio loop. It owns every transfer under way: one heap
// object each, from start() until its one end, which is told by Transfer::ended(). Owned by
// Transport.
//
// Threading: the loop thread. curl calls back only from inside our own calls into it; a transfer's
// callbacks store and notify, they never call back into the Multi.
// Failure: a transfer always ends, at the latest when the Multi is destroyed; deadlines are the
// caller's.

#include "base/async.hpp"
#include "base/handle.hpp"

#include <curl/curl.h>

#include <memory>

namespace agent::http {

using Easy = base::Handle<CURL, &curl_easy_cleanup>;

/// One request and all that curl needs while it runs.
class Transfer {
public:
    virtual ~Transfer() = default;
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    /// Called once, last, never from inside curl. CURLE_ABORTED_BY_CALLBACK when it was taken off.
    virtual void ended(CURLcode code) = 0;

    CURL* easy() const { return easy_.get(); }

protected:
    Transfer() : easy_(curl_easy_init()) {}

private:
    Easy easy_;
};

class Multi {
public:
    explicit Multi(base::Executor loop);
    /// Ends what is under way.
    ~Multi();
    Multi(const Multi&) = delete;
    Multi& operator=(const Multi&) = delete;

    void start(std::unique_ptr<Transfer> transfer);
    /// Takes off a transfer that has not ended, and ends it. Not from inside a curl callback.
    void stop(const Transfer& transfer);

private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

} // namespace agent::http
